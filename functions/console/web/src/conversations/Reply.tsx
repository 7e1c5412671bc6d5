import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { once, postOnce, useChange } from "../api/resources";
import type { ConversationWhole, Message } from "../api/types";
import { words } from "../layout/notices";

/** A reply by mail to whoever wrote last. */
export default function Reply({ conversation: c }: { conversation: ConversationWhole }) {
  const [body, setBody] = useState("");
  const [cc, setCc] = useState("");
  const [withCc, setWithCc] = useState(false);
  const [key, setKey] = useState(once);
  const send = useChange(
    () => {
      const copies = cc.split(/[\s,;]+/).filter(Boolean);
      return postOnce<Message>(`/conversations/${c.id}/messages`, { body, ...(copies.length ? { cc: copies } : {}) }, key);
    },
    {
      touches: ["/conversations"],
      quiet: true,
      said: (m) => `The reply was sent to ${m.to.join(", ")}.`,
      done: () => {
        setBody("");
        setCc("");
        setWithCc(false);
        setKey(once());
      },
    },
  );
  return (
    <Container header={<Header variant="h2">Reply</Header>}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (body.trim() && !send.isPending) send.mutate(undefined);
        }}
      >
        <SpaceBetween size="s">
          <FormField label="Text" description="Markdown: **bold**, lists and links become HTML in the mail." stretch>
            <Textarea
              value={body}
              rows={6}
              spellcheck
              onChange={({ detail }) => {
                setBody(detail.value);
                setKey(once()); // another text is another mail
              }}
            />
          </FormField>
          {withCc && (
            <FormField label="Copy to" stretch>
              <Input value={cc} placeholder="name@example.com, …" onChange={({ detail }) => { setCc(detail.value); setKey(once()); }} />
            </FormField>
          )}
          {send.error && <Alert type="error">{words(send.error)}</Alert>}
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="primary" formAction="submit" loading={send.isPending} disabled={!body.trim()}>
              Send to {c.contactEmail}
            </Button>
            {!withCc && (
              <Button formAction="none" variant="link" onClick={() => setWithCc(true)}>
                Add a copy
              </Button>
            )}
          </SpaceBetween>
        </SpaceBetween>
      </form>
    </Container>
  );
}

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { once, postOnce, useChange } from "../api/resources";
import type { Approval } from "../api/types";
import { words } from "../layout/notices";
import TextDiff from "../parts/TextDiff";

/** The decision: the draft as it is to be sent, a comment, approve or reject. */
export default function Decide({ approval: a }: { approval: Approval }) {
  // With a quorum, those before may have edited the draft; the next one goes on from there.
  const start = (a.votes?.length ?? 0) > 0 ? (a.text ?? a.draft ?? "") : (a.draft ?? "");
  const [text, setText] = useState(start);
  const [comment, setComment] = useState("");
  const [key] = useState(once);
  const decide = useChange(
    (decision: "approve" | "reject") =>
      postOnce<Approval>(`/approvals/${a.id}/decision`, { decision, ...(comment.trim() ? { comment } : {}), ...(a.hasDraft ? { text } : {}) }, key + decision + hash(text + comment)),
    { touches: ["/approvals", "/runs"], quiet: true, said: (_, d) => (d === "approve" ? "Approved. The workflow goes on." : "Rejected. The workflow goes on along its reject way.") },
  );
  const edited = a.hasDraft && text !== (a.draft ?? "");
  const empty = a.hasDraft && !!a.draft?.trim() && !text.trim();
  return (
    <Container header={<Header variant="h2">Your decision</Header>}>
      <SpaceBetween size="m">
        {a.hasDraft && (
          <FormField
            label="Draft"
            description="What will be sent. You can change it before you approve; both texts are kept."
            stretch
            secondaryControl={
              edited ? (
                <Button iconName="undo" onClick={() => setText(a.draft ?? "")}>
                  Original
                </Button>
              ) : undefined
            }
            errorText={empty ? "There would be nothing to send: write something, or reject" : undefined}
          >
            <Textarea value={text} rows={Math.min(24, Math.max(8, text.split("\n").length + 2))} onChange={({ detail }) => setText(detail.value)} spellcheck />
          </FormField>
        )}
        {edited && !empty && (
          <ExpandableSection headerText="What you changed" defaultExpanded>
            <TextDiff before={a.draft ?? ""} after={text} />
          </ExpandableSection>
        )}
        <FormField label="Comment" description="For the record, and for the steps that follow." stretch>
          <Textarea value={comment} rows={2} onChange={({ detail }) => setComment(detail.value)} />
        </FormField>
        {decide.error && <Alert type="error">{words(decide.error)}</Alert>}
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="primary" disabled={empty} loading={decide.isPending && decide.variables === "approve"} onClick={() => decide.mutate("approve")}>
            {edited ? "Approve as edited" : "Approve"}
          </Button>
          <Button loading={decide.isPending && decide.variables === "reject"} onClick={() => decide.mutate("reject")}>
            Reject
          </Button>
        </SpaceBetween>
      </SpaceBetween>
    </Container>
  );
}

/** Another text is another order: its key must be another one too. */
function hash(text: string): string {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 31) + text.charCodeAt(i)) | 0;
  return (h >>> 0).toString(36);
}

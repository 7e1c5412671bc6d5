import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { patch } from "../api/client";
import { useChange, useGroups, useInboxes } from "../api/resources";
import type { ConversationWhole } from "../api/types";
import { useCan } from "../auth/Gate";
import { Pick } from "../parts/Choice";
import PersonField from "../parts/PersonField";
import TagField from "../parts/TagField";
import { title } from "../parts/words";

/** State, assignment and tags, changed in place. */
export default function Details({ conversation: c }: { conversation: ConversationWhole }) {
  const may = useCan("editor");
  const inboxes = useInboxes();
  const groups = useGroups();
  const change = useChange((edit: Record<string, unknown>) => patch<ConversationWhole>(`/conversations/${c.id}`, edit), { touches: ["/conversations", "/events"] });
  const set = (edit: Record<string, unknown>) => change.mutate(edit);
  const disabled = !may || change.isPending;
  const words = (list: string[]) => list.map((value) => ({ value, label: title(value) }));
  const named = (list: { slug: string; name: string }[] | undefined) => [{ value: "", label: "None" }, ...(list ?? []).map((x) => ({ value: x.slug, label: x.name }))];
  return (
    <Container header={<Header variant="h2">Details</Header>}>
      <SpaceBetween size="s">
        <div className="pair">
          <FormField label="Status">
            <Pick label="Status" disabled={disabled} value={c.status} options={words(["open", "pending", "closed"])} onChange={(status) => set({ status })} />
          </FormField>
          <FormField label="Priority">
            <Pick label="Priority" disabled={disabled} value={c.priority} options={words(["low", "normal", "high", "urgent"])} onChange={(priority) => set({ priority })} />
          </FormField>
          <FormField label="Inbox">
            <Pick label="Inbox" disabled={disabled} value={c.inbox ?? ""} options={named(inboxes.data)} onChange={(inbox) => set({ inbox })} />
          </FormField>
          <FormField label="Group">
            <Pick label="Group" disabled={disabled} value={c.group ?? ""} options={named(groups.data)} onChange={(group) => set({ group })} />
          </FormField>
        </div>
        <FormField label="Assignee">
          <PersonField value={c.assignee ?? ""} disabled={disabled} groups={groups.data ?? []} onChange={(assignee) => set({ assignee })} />
        </FormField>
        <FormField label="Tags">
          <TagField tags={c.tags} disabled={disabled} onChange={(tags) => set({ tags })} />
        </FormField>
        {c.ticketId && (
          <div>
            Ticket: <Link href={`/tickets/${c.ticketId}`}>open it</Link>
          </div>
        )}
      </SpaceBetween>
    </Container>
  );
}

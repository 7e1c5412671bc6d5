import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { patch } from "../api/client";
import { useChange, useGroups, useTicket } from "../api/resources";
import type { Ticket } from "../api/types";
import { useCan } from "../auth/Gate";
import { usePage } from "../layout/page";
import { Pick } from "../parts/Choice";
import { Loaded } from "../parts/states";
import { DeskState } from "../parts/Status";
import { Ago } from "../parts/Time";
import { title } from "../parts/words";

export default function TicketPage({ id }: { id: string }) {
  const query = useTicket(id);
  return <Loaded query={query} what="Loading the ticket">{(t) => <Whole ticket={t} />}</Loaded>;
}

function Whole({ ticket: t }: { ticket: Ticket }) {
  usePage(t.subject, [
    { text: "Tickets", href: "/tickets" },
    { text: t.subject, href: `/tickets/${t.id}` },
  ]);
  const may = useCan("editor");
  const groups = useGroups();
  const change = useChange((edit: Record<string, string>) => patch<Ticket>(`/tickets/${t.id}`, edit), { touches: ["/tickets", "/events"] });
  const disabled = !may || change.isPending;
  const words = (list: string[]) => list.map((value) => ({ value, label: title(value) }));
  return (
    <SpaceBetween size="l">
      <Header variant="h1">
        <span className="break">{t.subject}</span> <DeskState status={t.status} />
      </Header>
      <div className="beside">
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Description</Header>}>{t.description ? <div className="prose">{t.description}</div> : <Box color="text-body-secondary">None</Box>}</Container>
          <Container>
            <KeyValuePairs
              columns={3}
              minColumnWidth={170}
              items={[
                { label: "Contact", value: t.contactId ? <Link href={`/contacts/${t.contactId}`}>{t.contactEmail}</Link> : "–" },
                { label: "Conversation", value: t.conversationId ? <Link href={`/conversations/${t.conversationId}`}>Open it</Link> : "–" },
                { label: "Created", value: <Ago at={t.createdAt} /> },
                { label: "Last opened", value: <Ago at={t.openedAt} /> },
                { label: "Status since", value: t.statusSince ? <Ago at={t.statusSince} /> : "–" },
                { label: "Before", value: t.previousStatus ? title(t.previousStatus) : "–" },
                { label: "Id", value: <Box variant="code">{t.id}</Box> },
              ]}
            />
          </Container>
        </SpaceBetween>
        <Container header={<Header variant="h2">Details</Header>}>
          <SpaceBetween size="s">
            <FormField label="Status">
              <Pick label="Status" disabled={disabled} value={t.status} options={words(["open", "pending", "solved", "closed"])} onChange={(status) => change.mutate({ status })} />
            </FormField>
            <FormField label="Priority">
              <Pick label="Priority" disabled={disabled} value={t.priority} options={words(["low", "normal", "high", "urgent"])} onChange={(priority) => change.mutate({ priority })} />
            </FormField>
            <FormField label="Group">
              <Pick
                label="Group"
                disabled={disabled}
                value={t.group ?? ""}
                options={[{ value: "", label: "None" }, ...(groups.data ?? []).map((g) => ({ value: g.slug, label: g.name }))]}
                onChange={(group) => change.mutate({ group })}
              />
            </FormField>
          </SpaceBetween>
        </Container>
      </div>
    </SpaceBetween>
  );
}

import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useMemo } from "react";
import type { DeskEvent } from "../api/types";
import { usePage } from "../layout/page";
import { Choice } from "../parts/Choice";
import Only from "../parts/Only";
import ListTable from "../parts/ListTable";
import { Empty } from "../parts/states";
import Narrow from "../parts/Narrow";
import { Ago } from "../parts/Time";
import { useFilters } from "../parts/useFilters";
import { title } from "../parts/words";
import { About } from "./about";

const types = [
  "message.received",
  "message.sent",
  "conversation.tagged",
  "conversation.assigned",
  "conversation.closed",
  "ticket.created",
  "ticket.status_changed",
  "contact.created",
  "approval.requested",
  "approval.decided",
  "run.started",
  "run.waiting",
  "run.succeeded",
  "run.failed",
  "run.stopped",
  "schedule",
  "webhook",
  "manual",
].map((value) => ({ value, label: title(value) }));

const verdicts = [
  { value: "true", label: "Started a run" },
  { value: "false", label: "Started none" },
];

export default function EventsPage() {
  usePage("Events", [{ text: "Events", href: "/events" }]);
  const [f, set] = useFilters("type", "matched", "conversation");
  const query = useMemo(() => ({ type: f.type, matched: f.matched, conversation: f.conversation }), [f.type, f.matched, f.conversation]);
  return (
    <ListTable<DeskEvent>
      title="Events"
      what="events"
      description="What happened at the desk in the last 30 days, and what each workflow made of it."
      path="/events"
      query={query}
      every={5000}
      idOf={(e) => e.id}
      filters={
        <>
          <Choice label="Event" any="Any event" value={f.type} options={types} onChange={(type) => set({ type })} />
          <Choice label="Outcome" any="Any outcome" value={f.matched} options={verdicts} onChange={(matched) => set({ matched })} />
          <Only what="one conversation" value={f.conversation} href={`/conversations/${f.conversation}`} onClear={() => set({ conversation: "" })} />
        </>
      }
      empty={
        f.type || f.matched || f.conversation ? (
          <Empty title="No event fits these filters" />
        ) : (
          <Empty title="Nothing has happened yet">Events come with mail to an inbox, with changes to tickets, contacts and conversations, and over the API.</Empty>
        )
      }
      columns={[
        {
          id: "type",
          header: "Event",
          always: true,
          width: 210,
          cell: (e) => (
            <>
              <Link href={`/events/${e.id}`}>{title(e.type)}</Link>
              <Narrow>
                <About event={e} />
                <Ago at={e.time} />
              </Narrow>
            </>
          ),
        },
        { id: "about", header: "About", cell: (e) => <About event={e} /> },
        { id: "outcome", header: "Outcome", width: 220, narrow: 150, always: true, cell: (e) => <Outcome event={e} /> },
        { id: "when", header: "When", width: 150, cell: (e) => <Ago at={e.time} /> },
        { id: "actor", header: "By", width: 220, cell: (e) => <Actor actor={e.actor} /> },
      ]}
    />
  );
}

export function Actor({ actor }: { actor?: string }) {
  if (!actor) return <span className="quiet">–</span>;
  const run = /^run:(.+)$/.exec(actor)?.[1];
  return run ? <Link href={`/runs/${run}`}>A workflow’s run</Link> : <span className="clip">{actor.replace(/^machine:/, "Program ")}</span>;
}

export function Outcome({ event: e }: { event: DeskEvent }) {
  if (!e.dispatched) return <StatusIndicator type="in-progress">Not looked at yet</StatusIndicator>;
  if (e.matches.length === 0) return <span className="quiet">No workflow listens</span>;
  const n = e.matches.filter((m) => m.matched).length;
  if (n === 0) return <StatusIndicator type="stopped">None of {e.matches.length} started</StatusIndicator>;
  return (
    <StatusIndicator type="success">
      {n} of {e.matches.length} started
    </StatusIndicator>
  );
}

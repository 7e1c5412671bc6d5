import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { Approval, ConversationWhole, DeskEvent, List, Run } from "../api/types";
import { Outcome } from "../events/EventsPage";
import { verdictWords } from "../events/reasons";
import { ApprovalState } from "../parts/Status";
import { State } from "../runs/RunsTable";
import { Ago } from "../parts/Time";
import { Failure } from "../parts/states";
import { title } from "../parts/words";

const shown = 5;

/** The newest of a list of /v1 that are about the conversation; asked again when the
 *  conversation has changed. */
function useNewest<T>(path: string, c: ConversationWhole) {
  return useQuery({
    queryKey: [path, "of", c.id, c.updatedAt],
    queryFn: ({ signal }) => get<List<T>>(path, { conversation: c.id, limit: shown }, signal),
    placeholderData: (before) => before,
    refetchInterval: 10_000,
  });
}

/** What workflows made of the conversation: runs, requests for approval, and for each
 *  event why a workflow ran or did not. */
export default function Automation({ conversation: c }: { conversation: ConversationWhole }) {
  const runs = useNewest<Run>("/runs", c);
  const approvals = useNewest<Approval>("/approvals", c);
  const events = useNewest<DeskEvent>("/events", c);
  return (
    <>
      <Part title="Runs" query={runs} empty="No workflow has run for it." more={`/runs?conversation=${c.id}`} all="All its runs">
        {(r: Run) => (
          <li key={r.id}>
            <Link href={`/runs/${r.id}`}>{r.workflowName || r.workflowId}</Link>
            <div>
              <State run={r} />
            </div>
            <div className="quiet">
              <Ago at={r.startedAt} />
            </div>
          </li>
        )}
      </Part>
      {!!approvals.data?.items.length && (
        <Part title="Approvals" query={approvals} empty="" more={`/approvals?view=all&conversation=${c.id}`} all="All its approvals">
          {(a: Approval) => (
            <li key={a.id}>
              <Link href={`/approvals/${a.id}`}>{a.subject || "Without a subject"}</Link>
              <div>
                <ApprovalState status={a.status} /> {a.decidedBy && <span className="quiet break">by {a.decidedBy}</span>}
              </div>
              <div className="quiet">
                {a.status === "pending" ? "Time ends " : "Asked "}
                <Ago at={a.status === "pending" ? a.expiresAt : a.createdAt} />
              </div>
            </li>
          )}
        </Part>
      )}
      <Part title="Why a workflow ran, or did not" query={events} empty="No event of it is kept; they are for 30 days." more={`/events?conversation=${c.id}`} all="All its events">
        {(e: DeskEvent) => (
          <li key={e.id}>
            <Link href={`/events/${e.id}`}>{title(e.type)}</Link>
            <div>
              <Outcome event={e} />
            </div>
            {e.matches.length === 1 && !e.matches[0]!.matched && <div className="quiet break">{verdictWords(e.matches[0]!)}</div>}
            <div className="quiet">
              <Ago at={e.time} />
            </div>
          </li>
        )}
      </Part>
    </>
  );
}

interface PartProps<T> {
  title: string;
  query: { data?: List<T>; error: unknown; refetch: () => unknown };
  empty: string;
  more: string;
  all: string;
  children: (item: T) => React.ReactNode;
}

function Part<T>({ title, query, empty, more, all, children }: PartProps<T>) {
  const items = query.data?.items;
  return (
    <Container header={<Header variant="h2">{title}</Header>}>
      {!items ? (
        query.error ? (
          <Failure error={query.error} retry={() => void query.refetch()} />
        ) : (
          <Box color="text-body-secondary">Loading…</Box>
        )
      ) : items.length === 0 ? (
        <Box color="text-body-secondary">{empty}</Box>
      ) : (
        <SpaceBetween size="s">
          <ul className="timeline">{items.map(children)}</ul>
          {query.data?.nextCursor && <Link href={more}>{all}</Link>}
        </SpaceBetween>
      )}
    </Container>
  );
}

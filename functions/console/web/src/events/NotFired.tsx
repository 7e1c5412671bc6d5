import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useMemo } from "react";
import type { DeskEvent, Workflow } from "../api/types";
import { Choice } from "../parts/Choice";
import ListTable from "../parts/ListTable";
import { Empty } from "../parts/states";
import { Ago } from "../parts/Time";
import { useFilters } from "../parts/useFilters";
import { title } from "../parts/words";
import { About } from "./about";
import { verdictWords } from "./reasons";

/** What one workflow made of recent events of its trigger. */
export default function NotFired({ workflow: w }: { workflow: Workflow }) {
  const [f, set] = useFilters("matched");
  const query = useMemo(() => ({ workflow: w.id, matched: f.matched }), [w.id, f.matched]);
  const mine = (e: DeskEvent) => e.matches.find((m) => m.workflowId === w.id);
  return (
    <ListTable<DeskEvent>
      inner
      title="Events that it was asked about"
      what="events"
      description="Each event of its trigger in the last 30 days, with what it decided and what stood in the way."
      path="/events"
      query={query}
      every={10_000}
      idOf={(e) => e.id}
      filters={
        <Choice
          label="Outcome"
          any="Any outcome"
          value={f.matched}
          options={[
            { value: "false", label: "Did not start" },
            { value: "true", label: "Started" },
          ]}
          onChange={(matched) => set({ matched })}
        />
      }
      empty={
        w.activeVersion === null ? (
          <Empty title="It was never asked">Only published workflows are. Publish it in the editor.</Empty>
        ) : f.matched ? (
          <Empty title="No event fits this filter" />
        ) : (
          <Empty title={`No event “${title(w.trigger.type)}” since it was published`} />
        )
      }
      columns={[
        {
          id: "about",
          header: "Event",
          always: true,
          width: 260,
          cell: (e) => (
            <>
              <Link href={`/events/${e.id}`}>{title(e.type)}</Link>
              <About event={e} />
            </>
          ),
        },
        {
          id: "why",
          header: "Outcome",
          always: true,
          cell: (e) => {
            const m = mine(e);
            if (!m) return <span className="quiet">–</span>;
            return (
              <>
                <StatusIndicator type={m.matched ? "success" : "stopped"}>{m.matched ? "Started" : "Did not start"}</StatusIndicator>
                <div>
                  {m.matched ? m.runId && <Link href={`/runs/${m.runId}`}>See the run</Link> : <span className="quiet clip">{verdictWords(m)}</span>}
                </div>
              </>
            );
          },
        },
        { id: "when", header: "When", width: 150, cell: (e) => <Ago at={e.time} /> },
      ]}
    />
  );
}

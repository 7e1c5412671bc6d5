import SegmentedControl from "@cloudscape-design/components/segmented-control";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import { useState } from "react";
import type { HistoryEvent, Run } from "../api/types";
import Data from "../parts/Data";
import ListTable from "../parts/ListTable";
import { Empty } from "../parts/states";
import { stamp } from "../parts/words";

const newest = { order: "newest" };

/** What Step Functions kept of the run, event by event, a page at a time: also a history
 *  of thousands is quick to open. */
export default function History({ run }: { run: Run }) {
  const [order, setOrder] = useState("oldest");
  return (
    <ListTable<HistoryEvent>
      inner
      title="Event history"
      what="events"
      description="As Step Functions tells it: every state that was entered and left, every attempt."
      path={`/runs/${run.id}/history`}
      query={order === "newest" ? newest : undefined}
      filters={
        <SegmentedControl
          label="Order"
          selectedId={order}
          onChange={({ detail }) => setOrder(detail.selectedId)}
          options={[
            { id: "oldest", text: "Oldest first" },
            { id: "newest", text: "Newest first" },
          ]}
        />
      }
      limit={50}
      every={run.endedAt ? undefined : 5000}
      idOf={(e) => String(e.id)}
      empty={<Empty title="No events yet" />}
      columns={[
        { id: "id", header: "#", width: 70, always: true, cell: (e) => <span className="number">{e.id}</span> },
        { id: "type", header: "Event", width: 240, always: true, cell: (e) => e.type },
        { id: "state", header: "State", width: 170, always: true, cell: (e) => e.state ?? "" },
        { id: "at", header: "Time", width: 190, cell: (e) => <span className="number">{stamp(e.timestamp)}</span> },
        { id: "data", header: "Data", cell: (e) => <EventData event={e} /> },
      ]}
    />
  );
}

function EventData({ event: e }: { event: HistoryEvent }) {
  const data = { input: e.input, output: e.output, error: e.error, cause: e.cause, resource: e.resource, assignedVariables: e.assignedVariables };
  const present = Object.fromEntries(Object.entries(data).filter(([, v]) => v !== undefined));
  const names = Object.keys(present);
  if (names.length === 0) return <span className="quiet">–</span>;
  return (
    <ExpandableSection headerText={names.join(", ")} headingTagOverride="h3">
      <Data value={present} label={`the data of event ${e.id}`} />
    </ExpandableSection>
  );
}

import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Version, Workflow } from "../api/types";
import { useCan } from "../auth/Gate";
import ListTable from "../parts/ListTable";
import { Empty } from "../parts/states";
import { Ago } from "../parts/Time";
import Activate from "./Activate";

export default function Versions({ workflow: w }: { workflow: Workflow }) {
  const may = useCan("editor") && !w.archived;
  const [activating, setActivating] = useState<number>();
  return (
    <>
      <ListTable<Version>
        inner
        title="Versions"
        what="versions"
        description="Every publish makes one. Runs that are open go on with the version they began with."
        path={`/workflows/${w.id}/versions`}
        idOf={(v) => String(v.version)}
        empty={<Empty title="Nothing was published yet">Publish the draft in the editor to make version 1.</Empty>}
        columns={[
          {
            id: "version",
            header: "Version",
            always: true,
            width: 170,
            narrow: 92,
            cell: (v) => (
              <>
                <Link href={`/workflows/${w.id}/versions/${v.version}`}>Version {v.version}</Link> {v.active && <Badge color="green">Active</Badge>}
                {v.pruned && <Badge color="grey">Put away</Badge>}
              </>
            ),
          },
          { id: "note", header: "Note", always: true, cell: (v) => v.note || <span className="quiet">–</span> },
          { id: "when", header: "Published", width: 160, cell: (v) => <Ago at={v.publishedAt} /> },
          { id: "who", header: "By", width: 220, cell: (v) => v.publishedBy },
          {
            id: "do",
            header: "Actions",
            width: 230,
            narrow: 118,
            always: true,
            cell: (v) => (
              <SpaceBetween direction="horizontal" size="xs">
                {v.version > 1 && (
                  <Button variant="inline-link" href={`/workflows/${w.id}/versions/${v.version}?with=${v.version - 1}`} ariaLabel={`What changed in version ${v.version}`}>
                    What changed
                  </Button>
                )}
                {may && !v.active && (
                  <Button variant="inline-link" onClick={() => setActivating(v.version)} ariaLabel={`Activate… version ${v.version}`}>
                    Activate…
                  </Button>
                )}
              </SpaceBetween>
            ),
          },
        ]}
      />
      {activating && <Activate workflow={w} version={activating} onClose={() => setActivating(undefined)} />}
    </>
  );
}

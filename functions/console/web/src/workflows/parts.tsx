import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import type { CardsProps } from "@cloudscape-design/components/cards";
import Link from "@cloudscape-design/components/link";
import type { TableProps } from "@cloudscape-design/components/table";
import Toggle from "@cloudscape-design/components/toggle";
import type { ReactNode } from "react";
import type { Stats, Summary } from "../api/types";
import Sparkline from "../parts/Sparkline";
import { Ago } from "../parts/Time";
import { percent, title } from "../parts/words";

// The cells of a workflow in the grid and in the table.

export function Name({ workflow: w }: { workflow: Summary }) {
  return (
    <span className="workflow-name">
      <Link href={`/workflows/${w.id}`} fontSize="inherit">
        {w.name}
      </Link>{" "}
      {w.activeVersion === null ? <Badge>Never published</Badge> : w.hasUnpublishedChanges && <Badge>Unpublished changes</Badge>}
    </span>
  );
}

/** On and off in place; a workflow that was never published has nothing to turn on. */
export function Switch({ workflow: w, may, busy, onToggle }: { workflow: Summary; may: boolean; busy: boolean; onToggle: () => void }) {
  const never = w.activeVersion === null;
  return (
    <Toggle
      checked={busy ? !w.enabled : w.enabled}
      disabled={never || !may}
      onChange={() => {
        if (!busy) onToggle();
      }}
      ariaLabel={`${w.name}: ${w.enabled ? "enabled" : "disabled"}`}
    >
      <span className={w.enabled ? "on" : "off"}>{w.enabled ? "Enabled" : "Disabled"}</span>
    </Toggle>
  );
}

export const LastRun = ({ at }: { at: string | null }) => (at ? <Ago at={at} /> : <Box color="text-body-secondary">Never</Box>);

export function Rate({ stats }: { stats: Stats }) {
  const n = stats.succeeded + stats.failed;
  if (stats.successRate === null) {
    return (
      <span className="number" title="No run has finished in 30 days">
        – <span className="quiet">of 0</span>
      </span>
    );
  }
  return (
    <span className="number">
      {percent(stats.successRate)} <span className="quiet">of {n.toLocaleString("en")}</span>
    </span>
  );
}

export function OpenRuns({ stats }: { stats: Stats }) {
  const parts = [
    [stats.running, "running"],
    [stats.waiting, "waiting"],
    [stats.paused, "paused"],
  ].filter(([n]) => n);
  return <span className="quiet">{parts.map(([n, word]) => `${n} ${word}`).join(", ")}</span>;
}

export const cardSections = (toggle: (w: Summary) => ReactNode): CardsProps.SectionDefinition<Summary>[] => [
  { id: "description", content: (w) => <p className="card-text">{w.description || " "}</p> },
  { id: "trigger", header: "Trigger", content: (w) => title(w.trigger.type), width: 50 },
  { id: "last", header: "Last run", content: (w) => <LastRun at={w.lastRunAt} />, width: 50 },
  { id: "rate", header: "Success rate", content: (w) => <Rate stats={w.stats} />, width: 50 },
  { id: "days", header: "30 days", content: (w) => <Sparkline days={w.stats.days} />, width: 50 },
  {
    id: "status",
    content: (w) => (
      <div className="card-foot">
        {toggle(w)}
        {!w.enabled && w.disabledBy === "system" ? <span className="quiet">after failures</span> : <OpenRuns stats={w.stats} />}
      </div>
    ),
  },
];

export function tableColumns(toggle: (w: Summary) => ReactNode, menu: (w: Summary) => ReactNode, wide: boolean): TableProps.ColumnDefinition<Summary>[] {
  const all: (TableProps.ColumnDefinition<Summary> & { always?: boolean })[] = [
    { id: "name", header: "Name", cell: (w) => <Name workflow={w} />, isRowHeader: true, minWidth: 180, always: true },
    { id: "trigger", header: "Trigger", cell: (w) => title(w.trigger.type), width: 190 },
    { id: "status", header: "Status", cell: toggle, width: 140, always: true },
    { id: "last", header: "Last run", cell: (w) => <LastRun at={w.lastRunAt} />, width: 150 },
    { id: "rate", header: "Success rate", cell: (w) => <Rate stats={w.stats} />, width: 150 },
    { id: "days", header: "30 days", cell: (w) => <Sparkline days={w.stats.days} height={22} />, width: 170 },
    { id: "menu", header: "Actions", cell: menu, width: 80, always: true },
  ];
  if (wide) return all;
  // What is left fits a phone without scrolling to the side.
  return all.filter((c) => c.always).map((c) => ({ ...c, minWidth: undefined, width: narrow[c.id!] }));
}

const narrow: Record<string, number> = { status: 118, menu: 64 };

import Button from "@cloudscape-design/components/button";
import Select from "@cloudscape-design/components/select";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect } from "react";
import type { Overlay } from "../graph/cards";
import { edgeKey, outputOf } from "../graph/model";
import { aboutWords } from "../events/about";
import { reasonWords } from "./reason";
import { ago, title } from "../parts/words";
import { useEditor, type TestReport } from "./context";
import { useRecentEvents } from "./sample";
import type { Definition } from "../api/types";

/** Which event the draft is tried on, and what came of it. */
export default function TestBar({ busy, onRun, onClear }: { busy: boolean; onRun: () => void; onClear: () => void }) {
  const { definition, event, setEvent, test } = useEditor();
  const events = useRecentEvents(definition.trigger.type);
  const items = events.data?.items ?? [];
  // The newest, until another is chosen; one of another trigger's is not kept.
  useEffect(() => {
    if (!events.data) return;
    if (!event || !items.some((e) => e.id === event)) setEvent(items[0]?.id);
  }, [events.data]);
  const now = items.find((e) => e.id === event);
  return (
    <div className="testbar">
      <Select
        ariaLabel="Sample event"
        inlineLabelText="Sample event"
        disabled={items.length === 0}
        statusType={events.isLoading ? "loading" : "finished"}
        placeholder={events.data && items.length === 0 ? `No event of this trigger yet` : "Choose"}
        expandToViewport
        selectedOption={now ? { value: now.id, label: aboutWords(now) || title(now.type) } : null}
        options={items.map((e) => ({ value: e.id, label: aboutWords(e) || title(e.type), description: ago(e.time, Date.now()), labelTag: e.snapshot?.contact?.email }))}
        onChange={({ detail }) => {
          setEvent(detail.selectedOption.value);
          onClear();
        }}
      />
      <Button iconName="caret-right-filled" loading={busy} disabled={!event} disabledReason={`An event of ${title(definition.trigger.type).toLowerCase()} has to happen first`} onClick={onRun}>
        Test
      </Button>
      {test && (
        <>
          <StatusIndicator type={test.verdict.matched ? (test.status === "failed" ? "error" : "success") : "stopped"}>{outcome(test)}</StatusIndicator>
          <Button variant="inline-link" onClick={onClear}>
            Clear
          </Button>
        </>
      )}
    </div>
  );
}

export function outcome(t: TestReport): string {
  if (!t.verdict.matched) return `Would not start: ${reasonWords(t.verdict.reason, t.verdict.failed)}`;
  return t.status === "failed" ? `Would fail: ${t.reason ?? "no reason given"}` : `Would succeed after ${t.path.length} ${t.path.length === 1 ? "step" : "steps"}`;
}

/** The way of a test over the canvas. */
export function overlayOf(d: Definition, t: TestReport): Overlay {
  const nodes: NonNullable<Overlay["nodes"]> = {};
  const taken = new Set<string>();
  const take = (from: string, output: string, until: string | undefined) => {
    // Over disabled steps, which are passed by without a step of their own.
    for (let at = from, way = output; at !== until; way = "next") {
      const e = d.edges.find((x) => x.from === at && outputOf(x) === way);
      if (!e || taken.has(edgeKey(e))) return;
      taken.add(edgeKey(e));
      at = e.to;
      if (!d.nodes.find((n) => n.id === at)?.disabled) return;
    }
  };
  if (t.verdict.matched && t.path.length) take("trigger", "next", t.path[0]!.node);
  t.path.forEach((s, i) => {
    nodes[s.node] = { status: s.status };
    if (s.output && t.path[i + 1]) take(s.node, s.output, t.path[i + 1]!.node);
  });
  return { nodes, taken };
}

import Button from "@cloudscape-design/components/button";
import Select from "@cloudscape-design/components/select";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Overlay } from "../graph/cards";
import { edgeKey, outputOf } from "../graph/model";
import { reasonWords } from "./reason";
import { useEditor, type TestReport } from "./context";
import type { Definition } from "../api/types";

/** Which event the draft is tried on, and what came of it. */
export default function TestBar({ busy, loading, onRun, onClear }: { busy: boolean; loading: boolean; onRun: () => void; onClear: () => void }) {
  const { sample, samples, setSample, test, mocks, definition: d } = useEditor();
  const option = (s: (typeof samples)[number]) => ({ value: s.key, label: s.label, description: s.description, labelTag: s.who });
  const real = samples.filter((s) => s.event).map(option);
  const made = samples.filter((s) => !s.event).map(option);
  const given = d.nodes.filter((n) => mocks[n.id] !== undefined).length;
  return (
    <div className="testbar">
      <Select
        ariaLabel="Sample event"
        inlineLabelText="Sample event"
        disabled={samples.length === 0}
        statusType={loading ? "loading" : "finished"}
        placeholder={samples.length === 0 ? "No event of this trigger yet" : "Choose"}
        expandToViewport
        selectedOption={sample ? option(sample) : null}
        options={real.length && made.length ? [{ label: "What happened", options: real }, { label: "Made up", options: made }] : [...real, ...made]}
        onChange={({ detail }) => {
          if (detail.selectedOption.value) setSample(detail.selectedOption.value);
          onClear();
        }}
      />
      <Button iconName="caret-right-filled" loading={busy} disabled={!sample} disabledReason="Choose the trigger first: there is no event to test on" onClick={onRun}>
        Test
      </Button>
      {given > 0 && <span className="quiet">with {given === 1 ? "one result" : `${given} results`} of your own</span>}
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

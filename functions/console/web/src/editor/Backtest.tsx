import ExpandableSection from "@cloudscape-design/components/expandable-section";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { post } from "../api/client";
import { Problem } from "../api/problem";
import type { Definition } from "../api/types";
import { nameOf } from "../graph/model";
import { words } from "../layout/notices";
import { changeOf, each, outcomeOf, type Change, type Outcome } from "./backtest";
import { useEditor, type TestReport } from "./context";
import type { Sample } from "./sample";

/** Events that are looked at; each takes two calls, one for the draft, one for the live version. */
const events = 10;

interface Row {
  sample: Sample;
  draft?: Outcome;
  live?: Outcome;
  change: Change;
  trouble?: string;
}

const told: Record<Change, { type: "success" | "warning" | "error" | "info" | "stopped"; words: string }> = {
  same: { type: "stopped", words: "As before" },
  starts: { type: "info", words: "Starts now, did not before" },
  stops: { type: "warning", words: "No longer starts" },
  way: { type: "info", words: "Takes another way" },
  doing: { type: "info", words: "Same way, other texts or values" },
  fails: { type: "error", words: "Would fail" },
  new: { type: "success", words: "Would start" },
};

/** What the draft would do to the last events, next to what the active version does; with
 *  no side effects. */
export default function Backtest({ active }: { active: number | undefined }) {
  const { workflow, definition: d, samples, kinds } = useEditor();
  const real = samples.filter((s) => s.event).slice(0, events);
  const run = useQuery({
    queryKey: ["backtest", workflow, active, real.map((s) => s.key).join(), JSON.stringify(d)],
    enabled: real.length > 0,
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
    queryFn: ({ signal }) =>
      each(real, 3, async (sample): Promise<Row> => {
        const ask = async (what: { definition: Definition } | { version: number }) => {
          if (signal.aborted) throw new Error("no longer asked");
          return outcomeOf(await post<TestReport>(`/workflows/${workflow}/test`, { ...what, ...sample.order }));
        };
        try {
          const [draft, live] = await Promise.all([
            ask({ definition: d }),
            // A version of another trigger does not take this event at all.
            active === undefined ? undefined : ask({ version: active }).catch((e: unknown) => (e instanceof Problem && e.status === 422 ? { starts: false, way: [], doing: "" } : Promise.reject(e))),
          ]);
          return { sample, draft, live, change: changeOf(draft, live) };
        } catch (e) {
          return { sample, change: "same", trouble: words(e) };
        }
      }),
  });
  if (real.length === 0) return <div className="quiet">No event of this trigger has happened yet that it could be tried on.</div>;
  if (run.error) return <StatusIndicator type="error">{words(run.error)}</StatusIndicator>;
  if (!run.data) return <StatusIndicator type="in-progress">Trying it on the last {real.length === 1 ? "event" : `${real.length} events`}</StatusIndicator>;
  const rows = run.data;
  const starts = rows.filter((r) => r.draft?.starts).length;
  const before = rows.filter((r) => r.live?.starts).length;
  const changed = rows.filter((r) => r.change !== "same" || r.trouble);
  const way = (o: Outcome) => o.way.map((id) => nameOf(d, id, kinds)).join(" → ") || "no step";
  return (
    <div className="stack-s">
      <div>
        {rows.length === 1 ? `The last event ${starts ? "would start it" : "would not start it"}` : `Of the last ${rows.length} events, ${starts === 0 ? "none" : starts === rows.length ? "all" : starts} would start it`}
        {active === undefined ? "." : starts === before ? ", as with the active version." : `; the active version takes ${before === 0 ? "none" : before}.`}{" "}
        {active !== undefined && (changed.length === 0 ? "Nothing else would come of them." : changed.length === 1 ? "For one, something would be different." : `For ${changed.length}, something would be different.`)}
      </div>
      {changed.length > 0 && (
        <ExpandableSection headerText={active === undefined ? "Which" : "What would be different"} defaultExpanded={changed.length <= 5}>
          <ul className="backtest">
            {changed.map((r) => (
              <li key={r.sample.key}>
                <strong>{r.sample.label}</strong> <span className="quiet">{[r.sample.who, r.sample.description].filter(Boolean).join(", ")}</span>
                <div>{r.trouble ? <StatusIndicator type="warning">Could not be tried: {r.trouble}</StatusIndicator> : <StatusIndicator type={told[r.change].type}>{told[r.change].words}</StatusIndicator>}</div>
                {r.change === "way" && r.live && r.draft && (
                  <div className="quiet">
                    {way(r.live)}; now {way(r.draft)}
                  </div>
                )}
                {(r.change === "new" || r.change === "starts") && r.draft && <div className="quiet">{way(r.draft)}</div>}
              </li>
            ))}
          </ul>
        </ExpandableSection>
      )}
    </div>
  );
}

import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { once, postOnce, useChange } from "../api/resources";
import type { Run, RunWhole } from "../api/types";
import Confirm from "../parts/Confirm";
import { now } from "../parts/clock";
import { title } from "../parts/words";

type Mode = "redrive" | "restart";

/** Why a run cannot be redriven; undefined when it can. */
export function redriveBar(r: Run, at: number): string | undefined {
  if (r.status === "succeeded") return "It succeeded: there is no failed step to go on from.";
  if (r.endedBy) return "An end step ended it as failed, and would do so again.";
  if (r.endedAt && at - Date.parse(r.endedAt) > 14 * 86_400_000) return "It ended more than 14 days ago, and Step Functions takes it up no more.";
  return undefined;
}

/** Two ways to try again, and what each of them repeats. */
export default function Retry({ run: r, onClose }: { run: RunWhole; onClose: () => void }) {
  const bar = redriveBar(r, now());
  const [mode, setMode] = useState<Mode>(bar ? "restart" : "redrive");
  const [key] = useState(once);
  const failed = [...r.steps].reverse().find((s) => (s.status === "failed" && !s.handled) || s.status === "stopped");
  const done = [...new Set(r.steps.filter((s) => s.status === "succeeded" && !["branch", "set", "wait", "end"].includes(s.type)).map((s) => s.name || title(s.type)))];
  const retry = useChange((m: Mode) => postOnce<Run>(`/runs/${r.id}/retry`, { mode: m }, key + m), {
    touches: ["/runs", "/workflows"],
    quiet: true,
    said: (_, m) => (m === "redrive" ? "The run goes on from the step that failed." : "A new run was started."),
    done: (run) => run.id !== r.id && navigate(`/runs/${run.id}`),
  });
  const at = failed ? `“${failed.name || title(failed.nodeId)}”` : "the step that failed";
  return (
    <Confirm title="Run it again" action={mode === "redrive" ? "Go on from the failed step" : "Start a new run"} onClose={onClose} onConfirm={() => retry.mutateAsync(mode)}>
      <RadioGroup
        ariaRequired
        value={mode}
        onChange={({ detail }) => setMode(detail.value as Mode)}
        items={[
          {
            value: "redrive",
            label: "Go on from the failed step (redrive)",
            disabled: !!bar,
            description: bar ?? `The same run, the same version ${r.version}, again from ${at}. The steps before it are not repeated. Use it when the cause is gone: a service that was down, a setting that was wrong.`,
          },
          {
            value: "restart",
            label: "Start anew (restart)",
            description:
              `A new run of the active version for the same event, from the first step; this run stays as it is. Use it after mending and publishing the workflow.` +
              (done.length > 0 ? ` These happen a second time if the way leads there: ${done.join(", ")}.` : ""),
          },
        ]}
      />
    </Confirm>
  );
}

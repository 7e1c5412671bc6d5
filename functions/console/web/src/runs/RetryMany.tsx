import Alert from "@cloudscape-design/components/alert";
import Link from "@cloudscape-design/components/link";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { once, postOnce } from "../api/resources";
import type { Run } from "../api/types";
import { notify, words } from "../layout/notices";
import Confirm from "../parts/Confirm";
import { now } from "../parts/clock";
import { count } from "../parts/words";
import { redriveBar } from "./Retry";

type Mode = "redrive" | "restart";

/** What runs have in common that failed alike: the workflow, and the error's code. */
export const signature = (r: Run) => `${r.workflowId} ${r.error || r.reason || ""}`;

/** Several runs again, one after the other, all in the same way; which were refused, and
 *  why, is told at the end. */
export default function RetryMany({ runs, onClose }: { runs: Run[]; onClose: () => void }) {
  const client = useQueryClient();
  const [mode, setMode] = useState<Mode>("redrive");
  // Asked again after an answer that was lost, a run is not taken up twice.
  const [keys] = useState(() => new Map(runs.map((r) => [r.id, once()])));
  const [done, setDone] = useState<number>();
  const [refused, setRefused] = useState<{ run: Run; why: string }[]>();
  const barred = runs.filter((r) => redriveBar(r, now()));
  const versions = new Set(runs.map((r) => `${r.workflowId} ${r.version}`)).size;

  const go = async () => {
    const no: { run: Run; why: string }[] = [];
    setRefused(undefined);
    for (const [i, run] of runs.entries()) {
      setDone(i);
      try {
        await postOnce<Run>(`/runs/${run.id}/retry`, { mode }, keys.get(run.id)! + mode);
      } catch (e) {
        no.push({ run, why: words(e) });
      }
    }
    await client.invalidateQueries({ predicate: ({ queryKey }) => ["/runs", "/workflows"].some((p) => String(queryKey[0]).startsWith(p)) });
    const went = runs.length - no.length;
    if (went > 0) notify("success", mode === "redrive" ? `${count(went, "run")} went on from the failed step.` : `${count(went, "new run")} started.`);
    if (no.length === 0) return;
    setDone(undefined);
    setRefused(no);
    throw new Error(`${count(no.length, "run was", "runs were")} refused; the others are under way.`);
  };

  return (
    <Confirm
      title={`Run ${count(runs.length, "run")} again`}
      action={mode === "redrive" ? "Go on from the failed steps" : "Start new runs"}
      disabled={refused !== undefined || (mode === "redrive" && barred.length === runs.length)}
      onClose={onClose}
      onConfirm={go}
    >
      <RadioGroup
        ariaRequired
        value={mode}
        onChange={({ detail }) => {
          setMode(detail.value as Mode);
          setRefused(undefined);
        }}
        items={[
          {
            value: "redrive",
            label: "Go on from the failed step (redrive)",
            description:
              `Each the same run and its own version${versions > 1 ? " (they are of several)" : ""}; the steps before the failed one are not repeated. Use it when the cause is gone.` +
              (barred.length > 0 ? ` ${count(barred.length, "of them cannot", "of them cannot")} be redriven and will be refused.` : ""),
          },
          {
            value: "restart",
            label: "Start anew (restart)",
            description: "New runs of the active version for the same events, from the first step: what the old runs have done already is done a second time. Use it after mending and publishing the workflow.",
          },
        ]}
      />
      {done !== undefined && <ProgressBar value={(100 * done) / runs.length} label="Asked" additionalInfo={`${done} of ${runs.length}`} />}
      {refused && (
        <Alert type="warning" header="Refused">
          <ul className="changes">
            {refused.slice(0, 20).map(({ run, why }) => (
              <li key={run.id}>
                <Link href={`/runs/${run.id}`}>{run.workflowName || run.id}</Link>: {why}
              </li>
            ))}
          </ul>
          {refused.length > 20 && <div>and {refused.length - 20} more</div>}
        </Alert>
      )}
    </Confirm>
  );
}

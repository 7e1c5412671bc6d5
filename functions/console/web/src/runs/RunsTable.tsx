import Button from "@cloudscape-design/components/button";
import DateRangePicker, { type DateRangePickerProps } from "@cloudscape-design/components/date-range-picker";
import Link from "@cloudscape-design/components/link";
import { useMemo, useState } from "react";
import { get } from "../api/client";
import { useVersionNames, useWorkflowNames } from "../api/resources";
import type { List, Run, RunStatus } from "../api/types";
import { useCan } from "../auth/Gate";
import { notifyError } from "../layout/notices";
import { Choice } from "../parts/Choice";
import Only from "../parts/Only";
import ListTable, { type Column } from "../parts/ListTable";
import { Empty } from "../parts/states";
import { RunState, runWord } from "../parts/Status";
import Narrow from "../parts/Narrow";
import { Ago, Took } from "../parts/Time";
import { useFilters } from "../parts/useFilters";
import { count, stamp, title } from "../parts/words";
import RetryMany, { signature } from "./RetryMany";
import { now } from "../parts/clock";

const statuses: RunStatus[] = ["running", "waiting", "paused", "succeeded", "failed", "stopped"];
const options = statuses.map((value) => ({ value, label: runWord(value) }));

/** Runs, newest first: over all, or of a workflow. */
export default function RunsTable({ workflow, inner }: { workflow?: string; inner?: boolean }) {
  const [f, set] = useFilters("status", "workflow", "version", "conversation", "from", "to");
  const names = useWorkflowNames(!workflow);
  const only = workflow ?? f.workflow;
  const versions = useVersionNames(only || undefined);
  const range = span(f.from, f.to);
  const query = useMemo(() => ({ status: f.status, workflow: only, version: f.version, conversation: f.conversation, ...range.query }), [f.status, only, f.version, f.conversation, range.query]);
  const filtered = !!(f.status || f.from || f.to || (!workflow && f.workflow) || f.version || f.conversation);
  const again = useCan("editor") && (f.status === "failed" || f.status === "stopped");
  const [picked, setPicked] = useState<{ of: string; runs: Run[] }>({ of: "", runs: [] });
  const [retrying, setRetrying] = useState(false);
  // Other filters, another choice.
  const of = JSON.stringify([workflow, f]);
  const chosen = picked.of === of ? picked.runs : [];
  const alike = async (like: Run) => {
    try {
      const runs: Run[] = [];
      for (let cursor: string | null = "", n = 0; cursor !== null && n < atOnce / 100; n++) {
        const page: List<Run> = await get<List<Run>>("/runs", { ...query, workflow: like.workflowId, limit: 100, cursor });
        runs.push(...page.items.filter((r) => signature(r) === signature(like)));
        cursor = page.nextCursor;
      }
      setPicked({ of, runs });
    } catch (e) {
      notifyError(e);
    }
  };
  return (
    <>
      <ListTable<Run>
        inner={inner}
        chosen={again ? { items: chosen, onChange: (runs) => setPicked({ of, runs }), nameOf: (r) => `the run of ${r.workflowName || r.workflowId} at ${stamp(r.startedAt)}` } : undefined}
        actions={
          again && (
            <>
              {chosen.length === 1 && <Button onClick={() => void alike(chosen[0]!)}>Choose all with this error</Button>}
              <Button disabled={chosen.length === 0} onClick={() => setRetrying(true)}>
                {chosen.length > 0 ? `Retry ${count(chosen.length, "run")}…` : "Retry…"}
              </Button>
            </>
          )
        }
        title="Runs"
        what="runs"
        description={inner ? undefined : "Each time a workflow answered an event. Newest first; renewed while you look."}
        path="/runs"
        query={query}
        every={5000}
        idOf={(r) => r.id}
        filters={
          <>
            <Choice label="Status" any="Any status" value={f.status} options={options} onChange={(status) => set({ status })} />
            {!workflow && (
              <Choice
                label="Workflow"
                any="Any workflow"
                value={f.workflow}
                status={names.isLoading ? "loading" : "finished"}
                options={(names.data ?? []).map((w) => ({ value: w.id, label: w.name }))}
                onChange={(id) => set({ workflow: id, version: "" })}
              />
            )}
            {only && (
              <Choice
                label="Version"
                any="Any version"
                value={f.version}
                status={versions.isLoading ? "loading" : "finished"}
                options={(versions.data?.items ?? []).map((v) => ({ value: String(v.version), label: `Version ${v.version}`, description: v.note }))}
                onChange={(version) => set({ version })}
              />
            )}
            <DateRangePicker
              value={range.value}
              placeholder="Any time"
              ariaLabel="Started"
              expandToViewport
              relativeOptions={[
                { key: "1h", amount: 1, unit: "hour", type: "relative" },
                { key: "1d", amount: 1, unit: "day", type: "relative" },
                { key: "7d", amount: 7, unit: "day", type: "relative" },
                { key: "30d", amount: 30, unit: "day", type: "relative" },
              ]}
              isValidRange={(v) => (v?.type === "absolute" && v.startDate >= v.endDate ? { valid: false, errorMessage: "The end is before the start." } : { valid: true })}
              onChange={({ detail }) => set(fromValue(detail.value))}
            />
            <Only what="one conversation" value={f.conversation} href={`/conversations/${f.conversation}`} onClear={() => set({ conversation: "" })} />
          </>
        }
        empty={
          filtered ? (
            <Empty title="No run fits these filters">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="No runs yet">A run starts when an event fits an enabled workflow. Under Events you can see which did not, and why.</Empty>
          )
        }
        columns={columns(!workflow, f.status)}
      />
      {retrying && (
        <RetryMany
          runs={chosen}
          onClose={() => {
            setRetrying(false);
            setPicked({ of: "", runs: [] });
          }}
        />
      )}
    </>
  );
}

function columns(withName: boolean, status: string): Column<Run>[] {
  const list: (Column<Run> | false)[] = [
    {
      id: "run",
      header: withName ? "Workflow" : "Run",
      always: true,
      cell: (r) => (
        <>
          <Link href={`/runs/${r.id}`} >
            {withName ? r.workflowName || r.workflowId : <Ago at={r.startedAt} />}
          </Link>
          {withName && (
            <Narrow>
              <Ago at={r.startedAt} />
            </Narrow>
          )}
          {r.reason && status !== "succeeded" && <div className="quiet clip">{r.reason}</div>}
        </>
      ),
    },
    { id: "status", header: "Status", width: 150, narrow: 135, always: true, cell: (r) => <State run={r} /> },
    { id: "version", header: "Version", width: 90, cell: (r) => <span className="number">{r.version}</span> },
    { id: "trigger", header: "Trigger", width: 190, cell: (r) => <Link href={`/events/${r.trigger.eventId}`}>{title(r.trigger.type)}</Link> },
    withName && { id: "started", header: "Started", width: 150, cell: (r: Run) => <Ago at={r.startedAt} /> },
    { id: "took", header: "Took", width: 120, cell: (r) => (r.endedAt ? <Took ms={r.durationMs} /> : <Took since={r.startedAt} />) },
  ];
  return list.filter((c): c is Column<Run> => !!c);
}

export function State({ run: r }: { run: Run }) {
  return (
    <>
      <RunState status={r.status} />
      {r.status === "waiting" && r.waitingFor && (
        <div className="quiet clip" title={r.waitingFor.approvers.join(", ")}>
          for {r.waitingFor.approvers.join(", ")}
        </div>
      )}
      {r.status === "paused" && r.pausedUntil && (
        <div className="quiet">
          until <Ago at={r.pausedUntil} />
        </div>
      )}
    </>
  );
}

/** How many runs are looked through for those that failed alike. */
const atOnce = 500;

const units = { h: 3_600_000, d: 86_400_000 } as const;

/** The time filter of the address: `from` is a time or "7d" for the last seven days. */
function span(from: string, to: string): { value: DateRangePickerProps.Value | null; query: { from?: string; to?: string } } {
  const last = /^(\d+)([hd])$/.exec(from);
  if (last) {
    const amount = Number(last[1]);
    const unit = last[2] as "h" | "d";
    // To the minute, so that it does not ask anew at each look.
    const start = Math.floor((now() - amount * units[unit]) / 60_000) * 60_000;
    return { value: { type: "relative", amount, unit: unit === "h" ? "hour" : "day" }, query: { from: new Date(start).toISOString() } };
  }
  if (from && to) return { value: { type: "absolute", startDate: from, endDate: to }, query: { from: new Date(from).toISOString(), to: new Date(to).toISOString() } };
  return { value: null, query: {} };
}

function fromValue(value: DateRangePickerProps.Value | null): { from: string; to: string } {
  if (!value) return { from: "", to: "" };
  if (value.type === "absolute") return { from: value.startDate, to: value.endDate };
  const hours = { second: 1, minute: 1, hour: 1, day: 24, week: 168, month: 720, year: 8760 }[value.unit] * value.amount;
  return { from: hours % 24 === 0 ? `${hours / 24}d` : `${hours}h`, to: "" };
}

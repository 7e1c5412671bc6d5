import type { Definition, RunStatus } from "../api/types";
import { duration, title } from "../parts/words";
import { order, place } from "./layout";
import { casesOf, nameOf, outputOf, outputsOf, summary, triggerSummary, type Kind } from "./model";
import type { CardProps } from "./NodeCard";

/** What a run, or a comparison, shows on top of a definition. */
export interface Overlay {
  /** Node id → what became of it; a node that is not there was skipped. */
  nodes?: Record<string, { status: RunStatus; durationMs?: number; attempts?: number }>;
  /** Edges that were taken, as `from output to`. */
  taken?: Set<string>;
  /** Node id → how it differs from the version that is compared with. */
  changes?: Record<string, "added" | "removed" | "changed">;
  /** Edges that only one of two compared versions has, as `from output to`. */
  edges?: Record<string, "added" | "removed">;
}

/** The node to be looked at first when the whole is too large to be read. */
export function interest(d: Definition, overlay: Overlay | undefined): string {
  const of = (...states: RunStatus[]) => d.nodes.find((n) => states.includes(overlay?.nodes?.[n.id]?.status as RunStatus))?.id;
  // A step that failed and was followed by another is not where the run ended.
  const last = d.nodes.findLast((n) => overlay?.nodes?.[n.id])?.id;
  const failed = last && overlay?.nodes?.[last]?.status === "failed" ? last : undefined;
  return of("waiting", "paused", "running", "stopped") ?? failed ?? d.nodes.find((n) => overlay?.changes?.[n.id])?.id ?? "trigger";
}

const words: Record<RunStatus, string> = { running: "Running", waiting: "Waiting", paused: "Paused", succeeded: "Succeeded", failed: "Failed", stopped: "Stopped" };

/** The cards of a definition, in reading order. */
export function cards(d: Definition, kinds: Map<string, Kind> | undefined, overlay?: Overlay): { id: string; label: string; x: number; y: number; card: CardProps }[] {
  const boxes = place(d, kinds);
  // While a run goes on nobody knows yet which nodes it will skip.
  const open = Object.values(overlay?.nodes ?? {}).some((s) => s.status === "running" || s.status === "waiting" || s.status === "paused");
  return order(boxes).map((id) => {
    const box = boxes.get(id)!;
    const n = d.nodes.find((x) => x.id === id);
    const kind = n ? (kinds?.get(n.type)?.title ?? title(n.type)) : title(d.trigger.type || "trigger");
    const step = overlay?.nodes?.[id];
    const change = overlay?.changes?.[id];
    let tone: CardProps["tone"] = change;
    let state: string | undefined = change && title(change);
    if (overlay?.nodes && n) {
      tone = step?.status ?? "skipped";
      state = step ? words[step.status] + (step.durationMs !== undefined ? `, ${duration(step.durationMs)}` : "") + ((step.attempts ?? 1) > 1 ? `, ${step.attempts} attempts` : "") : open ? "Not reached" : "Skipped";
    }
    const card: CardProps = {
      id,
      name: n ? nameOf(d, id, kinds) : kind,
      kind,
      group: n ? (kinds?.get(n.type)?.group ?? groupOf(n.type)) : "Trigger",
      text: n ? summary(n) || (n.name && n.name !== kind ? kind : "") : triggerSummary(d),
      width: box.width,
      height: box.height,
      outputs: outputsOf(d, id, kinds),
      input: id !== "trigger",
      disabled: n?.disabled,
      notes: n?.notes,
      tone,
      state,
    };
    const ways = card.outputs.map((o) => {
      const e = d.edges.find((x) => x.from === id && outputOf(x) === o.id);
      return e ? `${o.label || "then"} to ${nameOf(d, e.to, kinds)}` : undefined;
    });
    const label = [`${card.name}, ${n ? kind : "trigger"}`, card.disabled && "disabled", state, ways.filter(Boolean).join("; ")].filter(Boolean).join(", ");
    return { id, label, x: box.x, y: box.y, card };
  });
}

const groupOf = (type: string) => (/^(approval|branch|wait|set|end)$/.test(type) ? "Flow" : ({ conversation: "Conversation", message: "Mail", notify: "Mail", ticket: "Ticket", contact: "Contact", ai: "AI" }[type.split(".")[0]!] ?? "Other systems"));

/** The node in the direction of an arrow key: down and up along the edges, left and right
 *  among those that come from the same node. */
export function along(d: Definition, at: string, key: string): string | undefined {
  const n = d.nodes.find((x) => x.id === at);
  const rank = (id: string, output: string) => (n && id === at && n.type === "branch" ? [...casesOf(n).map((c) => c.id), "otherwise"].indexOf(output) : 0);
  if (key === "ArrowDown") return d.edges.filter((e) => e.from === at).sort((a, b) => rank(at, outputOf(a)) - rank(at, outputOf(b)))[0]?.to;
  if (key === "ArrowUp") return d.edges.find((e) => e.to === at)?.from;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return undefined;
  const parents = d.edges.filter((e) => e.to === at).map((e) => e.from);
  const beside = [...new Set(d.edges.filter((e) => parents.includes(e.from)).map((e) => e.to))];
  const boxes = place(d);
  beside.sort((a, b) => (boxes.get(a)?.x ?? 0) - (boxes.get(b)?.x ?? 0));
  return beside[beside.indexOf(at) + (key === "ArrowRight" ? 1 : -1)];
}

import type { Definition, Edge, Step } from "../api/types";
import type { Overlay } from "../graph/Graph";

// What of a definition a run went through: from its steps, in the order in which they
// ran, to the nodes and edges of the canvas.

/** How the canvas names an edge. */
export const edgeKey = (e: Pick<Edge, "from" | "output" | "to">) => `${e.from} ${e.output ?? "next"} ${e.to}`;

/** The output by which a step was left, when its output tells. */
function left(step: Step | undefined): string | undefined {
  if (!step) return undefined;
  if (step.handled) return "error";
  const o = step.output as Record<string, unknown> | undefined;
  const word = (v: unknown) => (typeof v === "string" ? v : undefined);
  if (step.type === "approval") return word(o?.decision);
  if (step.type === "branch") return word(o?.case ?? o?.output);
  if (step.type === "wait") return o?.cancelled === true ? "cancelled" : word(o?.outcome);
  return undefined;
}

/** The edges from one node to the next that ran, through disabled ones between them. */
function between(d: Definition, from: string, to: string, output: string | undefined): Edge[] {
  const disabled = new Set(d.nodes.filter((n) => n.disabled).map((n) => n.id));
  const out = d.edges.filter((e) => e.from === from);
  const preferred = [...out.filter((e) => (e.output ?? "next") === output), ...out.filter((e) => (e.output ?? "next") !== output)];
  for (const e of preferred) {
    const path = [e];
    let at = e.to;
    const seen = new Set<string>();
    while (at !== to && disabled.has(at) && !seen.has(at)) {
      seen.add(at);
      const next = d.edges.find((x) => x.from === at && (x.output ?? "next") === "next");
      if (!next) break;
      path.push(next);
      at = next.to;
    }
    if (at === to) return path;
  }
  return [];
}

/** The overlay of a run on its version. */
export function overlayOf(d: Definition, steps: Step[]): Overlay {
  const nodes: NonNullable<Overlay["nodes"]> = {};
  const taken = new Set<string>();
  let before = "trigger";
  let last: Step | undefined;
  for (const s of steps) {
    // A redrive runs a step again: the last time counts.
    nodes[s.nodeId] = { status: s.status, durationMs: s.durationMs, attempts: s.attempts };
    for (const e of between(d, before, s.nodeId, left(last))) {
      taken.add(edgeKey(e));
    }
    before = s.nodeId;
    last = s;
  }
  return { nodes, taken };
}

import type { Condition, Definition, Edge, Node } from "../api/types";
import { title } from "../parts/words";

// A definition as a graph: what its nodes are called, which ways lead out of them, and
// what is reached from where. Nothing here knows the screen.

/** What of a node kind of /v1/catalog the graph needs. */
export interface Kind {
  type: string;
  title: string;
  group: string;
  outputs: string[];
  canError: boolean;
}

export interface Output {
  id: string;
  /** What stands at the way out; empty where there is only one. */
  label: string;
}

export const outputOf = (e: Pick<Edge, "output">) => e.output || "next";

/** How an edge is named: one per node and output. */
export const edgeKey = (e: Pick<Edge, "from" | "output" | "to">) => `${e.from} ${outputOf(e)} ${e.to}`;

export const nodeOf = (d: Definition, id: string): Node | undefined => d.nodes.find((n) => n.id === id);

export function nameOf(d: Definition, id: string, kinds?: Map<string, Kind>): string {
  if (id === "trigger") return "Trigger";
  const n = nodeOf(d, id);
  return n ? n.name || kinds?.get(n.type)?.title || title(n.type) : id;
}

interface Case {
  id: string;
  name?: string;
  when?: Condition;
}

/** The cases of a branch; a definition that somebody typed may hold anything. */
export function casesOf(n: Node): Case[] {
  const cases = n.params?.cases;
  if (!Array.isArray(cases)) return [];
  return cases.filter((c): c is Case => typeof c === "object" && c !== null && typeof (c as Case).id === "string");
}

const known: Record<string, string[]> = {
  approval: ["approved", "rejected", "timed_out"],
  branch: ["otherwise"],
  wait: ["elapsed", "cancelled"],
  set: ["next"],
  end: [],
};

/** The ways out of a node, in the order in which they are drawn. Those that an edge uses
 *  although the kind does not have them come last, so that nothing is hidden. */
export function outputsOf(d: Definition, id: string, kinds?: Map<string, Kind>): Output[] {
  const used = d.edges.filter((e) => e.from === id).map(outputOf);
  let names: string[];
  const n = nodeOf(d, id);
  if (id === "trigger" || !n) names = ["next"];
  else {
    const kind = kinds?.get(n.type);
    names = [...(kind?.outputs ?? known[n.type] ?? ["next"])];
    if (n.type === "branch") names = [...casesOf(n).map((c) => c.id), ...names];
    // The way after a failure is drawn once it is used, or the catalogue says it is there.
    if (kind?.canError) names.push("error");
  }
  const all = [...new Set([...names, ...used])];
  const labels = n?.type === "branch" ? new Map(casesOf(n).map((c) => [c.id, c.name || title(c.id)])) : undefined;
  return all.map((o) => ({ id: o, label: o === "next" ? "" : o === "error" ? "On error" : (labels?.get(o) ?? title(o)) }));
}

/** Everything that can be reached from a node, itself left out. */
export function reach(d: Definition, from: string, back = false): Set<string> {
  const seen = new Set<string>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const e of d.edges) {
      const [here, there] = back ? [e.to, e.from] : [e.from, e.to];
      if (here === at && !seen.has(there)) {
        seen.add(there);
        open.push(there);
      }
    }
  }
  seen.delete(from);
  return seen;
}

/** One line about what a node does, from its params. */
export function summary(n: Node): string {
  const p = n.params ?? {};
  const text = (v: unknown): string => {
    if (typeof v === "string") return v;
    if (Array.isArray(v)) return v.map(text).filter(Boolean).join(", ");
    if (v && typeof v === "object") {
      const o = v as Record<string, unknown>;
      for (const k of ["email", "user", "group", "managerOf"]) if (typeof o[k] === "string") return (k === "managerOf" ? "manager of " : k === "group" ? "group " : "") + o[k];
      return Object.keys(o).join(", ");
    }
    return v === undefined || v === null ? "" : String(v);
  };
  switch (n.type) {
    case "conversation.tag":
      return [...list(p.add).map((t) => "+ " + t), ...list(p.remove).map((t) => "− " + t)].join(", ");
    case "branch":
      return casesOf(n).map((c) => c.name || title(c.id)).join(" / ");
    case "wait":
      return p.for ? "for " + text(p.for) : p.until ? "until " + text(p.until) : "";
    case "approval":
      return [text(p.approvers), p.timeout ? "within " + text(p.timeout) : ""].filter(Boolean).join(", ");
    case "http.request":
      return [text(p.method), text(p.url)].filter(Boolean).join(" ");
  }
  for (const k of ["to", "inbox", "group", "user", "subject", "status", "priority", "body", "instructions", "labels", "fields", "values", "workflow", "detailType", "result", "name"]) {
    const t = text(p[k]);
    if (t) return t.replace(/\s+/g, " ").slice(0, 120);
  }
  return "";
}

const list = (v: unknown): string[] => (Array.isArray(v) ? v.map(String) : typeof v === "string" && v ? [v] : []);

/** What the canvas writes under the trigger. */
export function triggerSummary(d: Definition): string {
  const n = leaves(d.trigger.conditions);
  return n === 0 ? "every time" : n === 1 ? "on one condition" : `on ${n} conditions`;
}

export function leaves(c: Condition | undefined): number {
  if (!c) return 0;
  const items = c.all ?? c.any ?? c.none;
  if (Array.isArray(items)) return items.reduce((sum, x) => sum + leaves(x), 0);
  return c.field === undefined ? 0 : 1;
}

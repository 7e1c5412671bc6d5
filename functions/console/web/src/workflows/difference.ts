import type { Definition, Difference, Edge } from "../api/types";
import type { Overlay } from "../graph/cards";
import { edgeKey } from "../runs/path";
import { title, value } from "../parts/words";

/** What changed of one node, in sentences. */
export interface NodeChange {
  node: string;
  name: string;
  kind: "added" | "removed" | "changed";
  lines: string[];
}

export function nameOf(definition: Definition | undefined, node: string): string {
  if (node === "trigger") return "Trigger";
  if (node === "") return "The workflow";
  const found = definition?.nodes.find((n) => n.id === node);
  return found?.name || (found ? `${title(found.type)} (${node})` : node);
}

/** A JSON Pointer as words: /params/approvers/0/group is "approvers 1 group". */
export function place(pointer: string): string {
  const parts = pointer
    .split("/")
    .slice(1)
    .map((p) => p.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (parts[0] === "params" && parts.length > 1) parts.shift();
  return parts.map((p) => (/^\d+$/.test(p) ? String(Number(p) + 1) : p)).join(" ");
}

function line(pointer: string, before: unknown, after: unknown, names: (id: string) => string): string {
  const edge = /^\/edges\/(.+)$/.exec(pointer)?.[1];
  if (edge) {
    const from = edge === "next" ? "Then" : `On “${edge.replaceAll("_", " ")}”`;
    const to = (v: unknown) => (typeof v === "string" && v ? names(v) : "nothing (the run ends)");
    return `${from}: goes to ${to(after)}, before to ${to(before)}`;
  }
  const where = place(pointer);
  if (before === null || before === undefined) return `${where} was set to ${value(after)}`;
  if (after === null || after === undefined) return `${where} was taken away; it was ${value(before)}`;
  return `${where} is ${value(after)}, it was ${value(before)}`;
}

/** A comparison in words, node by node, in the order of the newer definition. */
export function inWords(d: Difference, before: Definition | undefined, after: Definition | undefined): NodeChange[] {
  const out: NodeChange[] = [];
  const name = (id: string) => {
    const known = after?.nodes.some((n) => n.id === id) || id === "trigger" ? after : before;
    return nameOf(known, id);
  };
  for (const id of d.added) out.push({ node: id, name: nameOf(after, id), kind: "added", lines: [] });
  for (const id of d.removed) out.push({ node: id, name: nameOf(before, id), kind: "removed", lines: [] });
  for (const c of d.changed) {
    let entry = out.find((e) => e.node === c.node && e.kind === "changed");
    if (!entry) {
      entry = { node: c.node, name: name(c.node), kind: "changed", lines: [] };
      out.push(entry);
    }
    entry.lines.push(line(c.path, c.before, c.after, name));
  }
  return out;
}

/** Two versions on one canvas: the newer, with what was taken away from the older drawn in
 *  its place, and what to mark. */
export function together(d: Difference, before: Definition, after: Definition): { definition: Definition; overlay: Overlay } {
  const there = new Set(after.nodes.map((n) => n.id));
  const gone = before.nodes.filter((n) => d.removed.includes(n.id) && !there.has(n.id));
  const keys = (list: Edge[]) => new Set(list.map(edgeKey));
  const [was, is] = [keys(before.edges), keys(after.edges)];
  const lost = before.edges.filter((e) => !is.has(edgeKey(e)));
  const nodes = [...after.nodes, ...gone];
  // Where one stood, another may stand now: then all of it is laid out anew.
  const close = gone.some((g) => after.nodes.some((n) => Math.abs((n.position?.x ?? 0) - (g.position?.x ?? 0)) < 230 && Math.abs((n.position?.y ?? 0) - (g.position?.y ?? 0)) < 90));
  return {
    definition: { ...after, nodes: close ? nodes.map((n) => ({ ...n, position: undefined })) : nodes, edges: [...after.edges, ...lost] },
    overlay: {
      changes: Object.fromEntries([...d.changed.map((c) => [c.node, "changed"] as const), ...d.added.map((n) => [n, "added"] as const), ...d.removed.map((n) => [n, "removed"] as const)].filter(([node]) => node)),
      edges: Object.fromEntries([...after.edges.filter((e) => !was.has(edgeKey(e))).map((e) => [edgeKey(e), "added"] as const), ...lost.map((e) => [edgeKey(e), "removed"] as const)]),
    },
  };
}

/** The same difference seen from the newer to the older, as going back makes it. */
export const backwards = (d: Difference): Difference => ({ added: d.removed, removed: d.added, changed: d.changed.map((c) => ({ ...c, before: c.after, after: c.before })) });

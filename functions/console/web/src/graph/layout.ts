import { Graph, layout } from "@dagrejs/dagre";
import type { Definition } from "../api/types";
import { outputOf, outputsOf, type Kind } from "./model";

// Where nodes stand: top down, the trigger at (0, 0). Sizes are known before anything is
// drawn, so that nothing moves when it is.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const width = 224;
export const height = 62;
/** The row of names of the ways out, for nodes with several. */
export const row = 24;
export const gap = 64;

export function sizeOf(d: Definition, id: string, kinds?: Map<string, Kind>): { width: number; height: number } {
  const ways = outputsOf(d, id, kinds).filter((o) => o.id !== "next");
  const many = ways.length > 1 || (ways.length === 1 && ways[0]!.id !== "error");
  return { width: Math.max(width, many ? ways.length * 92 : 0), height: height + (ways.length > 0 ? row : 0) };
}

let last: { of: string; boxes: Map<string, Box> } | undefined;

/** Positions (upper left corners) of every node, as if nobody had placed any. While only
 *  texts change, the last layout is the answer. */
export function tidy(d: Definition, kinds?: Map<string, Kind>): Map<string, Box> {
  const of = JSON.stringify([["trigger", ...d.nodes.map((n) => n.id)].map((id) => [id, outputsOf(d, id, kinds).map((o) => o.id), sizeOf(d, id, kinds)]), d.edges.map((e) => [e.from, outputOf(e), e.to])]);
  if (last?.of !== of) last = { of, boxes: arrange(d, kinds) };
  return new Map([...last.boxes].map(([id, b]) => [id, { ...b }]));
}

function arrange(d: Definition, kinds?: Map<string, Kind>): Map<string, Box> {
  const g = new Graph({ multigraph: true });
  g.setGraph({ rankdir: "TB", nodesep: 36, ranksep: gap, edgesep: 12 });
  g.setDefaultEdgeLabel(() => ({}));
  const ids = ["trigger", ...d.nodes.map((n) => n.id)];
  const there = new Set(ids);
  for (const id of ids) g.setNode(id, { ...sizeOf(d, id, kinds) });
  // In the order of the ways out, which is the order from left to right.
  for (const id of ids) {
    const order = outputsOf(d, id, kinds).map((o) => o.id);
    const out = d.edges.filter((e) => e.from === id && there.has(e.to) && e.to !== id);
    out.sort((a, b) => order.indexOf(outputOf(a)) - order.indexOf(outputOf(b)));
    for (const e of out) g.setEdge(e.from, e.to, { weight: outputOf(e) === "error" ? 1 : 3 }, outputOf(e));
  }
  layout(g);
  const boxes = new Map<string, Box>();
  const origin = corner(g.node("trigger") as Box);
  for (const id of ids) {
    const b = g.node(id) as Box;
    const at = corner(b);
    boxes.set(id, { x: Math.round(at.x - origin.x), y: Math.round(at.y - origin.y), width: b.width, height: b.height });
  }
  return boxes;
}

// dagre speaks of centres.
const corner = (b: Box) => ({ x: b.x - b.width / 2, y: b.y - b.height / 2 });

/** Where every node stands: as placed, or all laid out when one has no place. */
export function place(d: Definition, kinds?: Map<string, Kind>): Map<string, Box> {
  const placed = d.nodes.every((n) => Number.isFinite(n.position?.x) && Number.isFinite(n.position?.y));
  if (!placed) return tidy(d, kinds);
  const boxes = new Map<string, Box>([["trigger", { x: 0, y: 0, ...sizeOf(d, "trigger", kinds) }]]);
  for (const n of d.nodes) boxes.set(n.id, { x: n.position!.x, y: n.position!.y, ...sizeOf(d, n.id, kinds) });
  return boxes;
}

/** The nodes in reading order, for the keyboard and for screen readers. */
export function order(boxes: Map<string, Box>): string[] {
  return [...boxes].sort(([, a], [, b]) => a.y - b.y || a.x - b.x).map(([id]) => id);
}

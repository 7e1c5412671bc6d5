import type { Definition, Edge, Node, Sticky } from "../api/types";
import { place } from "../graph/layout";
import type { Kinds } from "./catalog";
import { clear, edgeAt, freeId, renameId, type Added, type Spot, type Way } from "./edits";
import { keyOf, pasteStickies, stickiesOf } from "./stickies";

// Nodes as text: what copy puts on the clipboard and paste takes from it, be it of this
// workflow, another one, another tab, or typed by hand.

export interface Piece {
  deskhand: "nodes";
  nodes: Node[];
  edges: Edge[];
  stickies?: Sticky[];
}

/** The chosen nodes, with the connections among them, as text. */
export function copy(d: Definition, chosen: string[], kinds?: Kinds): string {
  const of = new Set(chosen);
  const boxes = place(d, kinds);
  const piece: Piece = {
    deskhand: "nodes",
    nodes: d.nodes.filter((n) => of.has(n.id)).map((n) => ({ ...n, position: { x: boxes.get(n.id)!.x, y: boxes.get(n.id)!.y } })),
    edges: d.edges.filter((e) => of.has(e.from) && of.has(e.to)),
  };
  const notes = stickiesOf(d).filter((s) => of.has(keyOf(s)));
  if (notes.length) piece.stickies = notes;
  return piece.nodes.length + notes.length === 0 ? "" : JSON.stringify(piece, null, 2);
}

/** Nodes out of a text: what copy made, a definition, a list of nodes, or one node. */
export function read(text: string): Piece | undefined {
  let v: unknown;
  try {
    v = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isNode = (n: unknown): n is Node => typeof n === "object" && n !== null && typeof (n as Node).id === "string" && typeof (n as Node).type === "string";
  const isEdge = (e: unknown): e is Edge => typeof e === "object" && e !== null && typeof (e as Edge).from === "string" && typeof (e as Edge).to === "string";
  if (isNode(v)) return { deskhand: "nodes", nodes: [v], edges: [] };
  const o = Array.isArray(v) ? { nodes: v, edges: [] } : (v as { nodes?: unknown; edges?: unknown; stickies?: unknown } | null);
  if (!o || !Array.isArray(o.nodes)) return undefined;
  const nodes = o.nodes.filter(isNode);
  const known = new Set(nodes.map((n) => n.id));
  const edges = Array.isArray(o.edges) ? o.edges.filter(isEdge).filter((e) => known.has(e.from) && known.has(e.to)) : [];
  const notes = "stickies" in o ? stickiesOf(o as Definition).map((s) => ({ ...s, text: String(s.text ?? "") })) : [];
  if (nodes.length + notes.length === 0) return undefined;
  return { deskhand: "nodes", nodes, edges, ...(notes.length ? { stickies: notes } : {}) };
}

/** Puts a piece in, under ids that are free; references among its nodes follow. After a
 *  way out it is connected, when its first node is not the target of another. */
export function paste(d: Definition, piece: Piece, where: { at?: Spot; way?: Way }, kinds?: Kinds): Added & { ids: string[] } {
  const notes = piece.stickies ?? [];
  if (piece.nodes.length === 0) {
    const out = pasteStickies(d, notes, { x: 40, y: 40 });
    return { definition: out.definition, id: out.keys[0] ?? "", ids: out.keys };
  }
  let part: Definition = { trigger: d.trigger, nodes: structuredClone(piece.nodes), edges: structuredClone(piece.edges) };
  const taken = new Set(d.nodes.map((n) => n.id));
  for (const n of piece.nodes) {
    if (!taken.has(n.id)) {
      taken.add(n.id);
      continue;
    }
    const id = freeId([...taken, ...part.nodes.map((x) => x.id)], n.id.replace(/_\d+$/, ""));
    part = renameId(part, n.id, id);
    taken.add(id);
  }
  const boxes = place(part, kinds);
  const left = Math.min(...part.nodes.map((n) => boxes.get(n.id)!.x));
  const top = Math.min(...part.nodes.map((n) => boxes.get(n.id)!.y));
  const to = clear(d, where.at ?? { x: left + 40, y: top + 40 }, kinds);
  const here = place(d, kinds);
  const nodes = [
    ...d.nodes.map((n) => ({ ...n, position: n.position ?? { x: here.get(n.id)!.x, y: here.get(n.id)!.y } })),
    ...part.nodes.map((n) => ({ ...n, position: { x: boxes.get(n.id)!.x - left + to.x, y: boxes.get(n.id)!.y - top + to.y } })),
  ];
  const first = part.nodes.find((n) => !part.edges.some((e) => e.to === n.id)) ?? part.nodes[0]!;
  const edges = [...d.edges, ...part.edges];
  if (where.way && !edgeAt(d, where.way)) edges.push(where.way.output === "next" ? { from: where.way.from, to: first.id } : { from: where.way.from, output: where.way.output, to: first.id });
  const out = pasteStickies({ ...d, nodes, edges }, notes, { x: to.x - left, y: to.y - top });
  return { definition: out.definition, id: first.id, ids: [...part.nodes.map((n) => n.id), ...out.keys] };
}


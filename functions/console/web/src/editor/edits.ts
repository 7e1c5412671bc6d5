import type { Definition, Edge, Node } from "../api/types";
import { gap, height, place, sizeOf, tidy as lay, width } from "../graph/layout";
import { casesOf, edgeKey, nameOf, nodeOf, outputOf, outputsOf, reach } from "../graph/model";
import { fresh, type Kinds, type NodeKind } from "./catalog";

// Every change that the editor makes to a definition: pure, from one definition to the
// next. What may not be done comes back as the reason in words.

export interface Way {
  from: string;
  output: string;
}

export interface Spot {
  x: number;
  y: number;
}

const reserved = new Set(["trigger", "event", "steps", "vars", "next", "error", "otherwise"]);
const pattern = /^[a-z][a-z0-9_]{0,39}$/;

/** An id that is free, made of a word: tag, tag_2, tag_3. */
export function freeId(taken: Iterable<string>, word: string): string {
  const used = new Set([...taken, ...reserved]);
  let base = word
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 34);
  if (!base) base = "step";
  if (!used.has(base)) return base;
  for (let n = 2; ; n++) if (!used.has(`${base}_${n}`)) return `${base}_${n}`;
}

const ids = (d: Definition) => d.nodes.map((n) => n.id);

const edge = (w: Way, to: string): Edge => (w.output === "next" ? { from: w.from, to } : { from: w.from, output: w.output, to });

export const edgeAt = (d: Definition, w: Way) => d.edges.find((e) => e.from === w.from && outputOf(e) === w.output);

/** The way out by which a node is gone on from: the first that leads nowhere yet, a
 *  failure's last; nothing when all lead somewhere. */
export function freeWay(d: Definition, id: string, kinds?: Kinds): Way | undefined {
  const free = outputsOf(d, id, kinds).filter((o) => !edgeAt(d, { from: id, output: o.id }));
  const o = free.find((x) => x.id !== "error");
  return o && { from: id, output: o.id };
}

/** Why one may not lead to the other; nothing when it may. */
export function refusal(d: Definition, w: Way, to: string, kinds?: Kinds): string | undefined {
  if (to === "trigger") return "Nothing leads to the trigger: it is where a run begins.";
  if (!nodeOf(d, to)) return "There is no such step.";
  if (w.from !== "trigger" && !nodeOf(d, w.from)) return "There is no such step.";
  if (w.from === to) return "A step cannot follow itself.";
  const n = nodeOf(d, w.from);
  const out = outputsOf(d, w.from, kinds).find((o) => o.id === w.output);
  if (!out) return n?.type === "end" ? "The run ends at this step." : `${nameOf(d, w.from, kinds)} has no way out called ${w.output}.`;
  const there = edgeAt(d, w);
  if (there?.to === to) return `${nameOf(d, w.from, kinds)} leads there already.`;
  if (there) return `${out.label ? `“${out.label}”` : "This way out"} leads to ${nameOf(d, there.to, kinds)} already. Steps run one after the other, so delete that connection first.`;
  if (reach(d, to).has(w.from)) return `${nameOf(d, to, kinds)} comes before ${nameOf(d, w.from, kinds)}; going back would make the run go round in a circle.`;
  return undefined;
}

export function connect(d: Definition, w: Way, to: string, kinds?: Kinds): Definition | string {
  return refusal(d, w, to, kinds) ?? { ...d, edges: [...d.edges, edge(w, to)] };
}

export function removeEdge(d: Definition, key: string): Definition {
  return { ...d, edges: d.edges.filter((e) => edgeKey(e) !== key) };
}

/** Where a step goes that comes after another. */
function under(d: Definition, w: Way, kinds?: Kinds): Spot {
  const boxes = place(d, kinds);
  const box = boxes.get(w.from) ?? { x: 0, y: 0, width, height };
  const outputs = outputsOf(d, w.from, kinds);
  const i = Math.max(0, outputs.findIndex((o) => o.id === w.output));
  const centre = box.x + ((i + 0.5) / Math.max(1, outputs.length)) * box.width;
  const many = outputs.filter((o) => o.id !== "error").length > 1;
  const spread = many && outputs.length > 1 ? (i - (outputs.length - 1) / 2) * 190 : 0;
  return clear(d, { x: Math.round(centre - width / 2 + spread), y: Math.round(box.y + box.height + gap) }, kinds);
}

/** The place, or the next one to its right on which no step stands. */
export function clear(d: Definition, at: Spot, kinds?: Kinds): Spot {
  const boxes = [...place(d, kinds).values()];
  const spot = { ...at };
  const hit = () => boxes.find((b) => spot.x < b.x + b.width + 12 && spot.x + width + 12 > b.x && spot.y < b.y + b.height + 12 && spot.y + height + 12 > b.y);
  for (let b = hit(), n = 0; b && n < 400; b = hit(), n++) spot.x = b.x + b.width + 36;
  return spot;
}

/** Writes down where every node stands, so that a new one moves no other. */
function pinned(d: Definition, kinds?: Kinds): Definition {
  if (d.nodes.every((n) => n.position)) return d;
  const boxes = place(d, kinds);
  return { ...d, nodes: d.nodes.map((n) => ({ ...n, position: { x: boxes.get(n.id)!.x, y: boxes.get(n.id)!.y } })) };
}

export interface Added {
  definition: Definition;
  id: string;
}

/** The first way out of a new node that goes on. */
const onward = (d: Definition, id: string, kinds?: Kinds) => outputsOf(d, id, kinds).find((o) => o.id !== "error")?.id;

/** Adds a node: after a way out (what stood there then comes after the new one), on a spot,
 *  or both. */
export function add(before: Definition, kind: NodeKind, where: { way?: Way; at?: Spot }, kinds?: Kinds): Added {
  let d = pinned(before, kinds);
  const id = freeId(ids(d), kind.type.split(".").pop()!);
  const n: Node = { id, type: kind.type, params: fresh(kind) };
  const there = where.way && edgeAt(d, where.way);
  const wide = sizeOf({ ...d, nodes: [...d.nodes, n] }, id, kinds);
  if (where.way && there) {
    const target = place(d, kinds).get(there.to);
    const source = place(d, kinds).get(where.way.from);
    n.position = target ? { x: target.x, y: target.y } : under(d, where.way, kinds);
    if (source && target && target.y > source.y) n.position.y = Math.max(source.y + source.height + gap, Math.min(target.y, source.y + source.height + gap));
    // Makes room below.
    const room = n.position.y + wide.height + gap - (target?.y ?? Infinity);
    const below = reach(d, there.to).add(there.to);
    if (room > 0) d = { ...d, nodes: d.nodes.map((x) => (below.has(x.id) ? { ...x, position: { x: x.position!.x, y: x.position!.y + room } } : x)) };
  } else {
    n.position = where.way && !where.at ? under(d, where.way, kinds) : clear(d, where.at ?? { x: 0, y: 0 }, kinds);
  }
  let next: Definition = { ...d, nodes: [...d.nodes, n] };
  if (where.way) {
    const rest = there ? next.edges.filter((e) => e !== there) : next.edges;
    const edges = [...rest, edge(where.way, id)];
    next = { ...next, edges };
    const on = onward(next, id, kinds);
    if (there && on) next = { ...next, edges: [...edges, edge({ from: id, output: on }, there.to)] };
  }
  return { definition: next, id };
}

/** Takes nodes out; what led to one then leads to what followed it. */
export function removeNodes(before: Definition, gone: string[], kinds?: Kinds): Definition {
  let d = before;
  for (const id of gone) {
    if (!nodeOf(d, id)) continue;
    const out = d.edges.filter((e) => e.from === id);
    const on = outputsOf(d, id, kinds).map((o) => o.id);
    const follow = out.filter((e) => outputOf(e) !== "error").sort((a, b) => on.indexOf(outputOf(a)) - on.indexOf(outputOf(b)))[0];
    const edges: Edge[] = [];
    for (const e of d.edges) {
      if (e.from === id) continue;
      if (e.to !== id) edges.push(e);
      else if (follow && follow.to !== e.from) edges.push({ ...e, to: follow.to });
    }
    d = { ...d, nodes: d.nodes.filter((n) => n.id !== id), edges };
  }
  return d;
}

export function update(d: Definition, id: string, change: (n: Node) => Node): Definition {
  return { ...d, nodes: d.nodes.map((n) => (n.id === id ? change(n) : n)) };
}

/** Sets one param; undefined takes it away. Ways out of cases that are gone go with them. */
export function setParam(d: Definition, id: string, name: string, value: unknown): Definition {
  const next = update(d, id, (n) => {
    const params = { ...n.params };
    if (value === undefined) delete params[name];
    else params[name] = value;
    return { ...n, params };
  });
  const n = nodeOf(next, id);
  if (n?.type !== "branch" || name !== "cases") return next;
  const before = new Set(casesOf(nodeOf(d, id)!).map((c) => c.id));
  const after = new Set(casesOf(n).map((c) => c.id));
  return { ...next, edges: next.edges.filter((e) => e.from !== id || !before.has(outputOf(e)) || after.has(outputOf(e))) };
}

/** Another id for a case, its connection kept. */
export function renameCase(d: Definition, id: string, from: string, to: string): Definition {
  const next = update(d, id, (n) => ({ ...n, params: { ...n.params, cases: casesOf(n).map((c) => (c.id === from ? { ...c, id: to } : c)) } }));
  return { ...next, edges: next.edges.map((e) => (e.from === id && outputOf(e) === from ? { ...e, output: to } : e)) };
}

export function set<K extends keyof Node>(d: Definition, id: string, name: K, value: Node[K] | undefined): Definition {
  return update(d, id, (n) => {
    const copy = { ...n };
    if (value === undefined || value === "" || value === false) delete copy[name];
    else copy[name] = value;
    return copy;
  });
}

/** Why a node may not be called so; nothing when it may. */
export function idRefusal(d: Definition, id: string, to: string): string | undefined {
  if (!pattern.test(to)) return "An id begins with a small letter; small letters, digits and _ follow, 40 at most.";
  if (reserved.has(to)) return `${to} means something else here.`;
  if (to !== id && ids(d).includes(to)) return "Another step has this id.";
  return undefined;
}

/** Another id for a node; connections and steps.<id> in texts and conditions follow. */
export function renameId(d: Definition, id: string, to: string): Definition {
  const path = new RegExp(`\\bsteps\\.${id}(?![a-z0-9_])`, "g");
  const follow = (v: unknown, field = false): unknown => {
    if (typeof v === "string") return field ? v.replace(path, "steps." + to) : v.replace(/\{\{.*?\}\}/gs, (m) => m.replace(path, "steps." + to));
    if (Array.isArray(v)) return v.map((x) => follow(x));
    if (v && typeof v === "object") return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, follow(x, k === "field")]));
    return v;
  };
  return {
    ...d,
    nodes: d.nodes.map((n) => ({ ...n, id: n.id === id ? to : n.id, ...(n.params ? { params: follow(n.params) as Node["params"] } : {}) })),
    edges: d.edges.map((e) => ({ ...e, from: e.from === id ? to : e.from, to: e.to === id ? to : e.to })),
  };
}

/** Another kind for a node: what both kinds have of params stays, ways that it lacks go. */
export function retype(d: Definition, id: string, kind: NodeKind, kinds?: Kinds): Definition {
  const next = update(d, id, (n) => {
    const params = fresh(kind);
    for (const p of kind.params) if (n.params?.[p.name] !== undefined) params[p.name] = n.params[p.name];
    const copy: Node = { ...n, type: kind.type, params };
    if (!kind.canRetry) delete copy.retry;
    if (!kind.canTimeout) delete copy.timeout;
    if (!kind.canDisable) delete copy.disabled;
    return copy;
  });
  const bare = { ...next, edges: next.edges.filter((e) => e.from !== id) };
  const has = outputsOf(bare, id, kinds).map((o) => o.id);
  const mine = next.edges.filter((e) => e.from === id);
  const kept: Edge[] = [];
  for (const e of mine) {
    const output = has.includes(outputOf(e)) ? outputOf(e) : has.find((o) => o !== "error" && !mine.some((x) => outputOf(x) === o) && !kept.some((x) => outputOf(x) === o));
    if (output) kept.push(edge({ from: id, output }, e.to));
  }
  return { ...bare, edges: [...bare.edges, ...kept] };
}

export function move(d: Definition, spots: Map<string, Spot>, kinds?: Kinds): Definition {
  const p = pinned(d, kinds);
  return { ...p, nodes: p.nodes.map((n) => (spots.has(n.id) ? { ...n, position: { x: Math.round(spots.get(n.id)!.x), y: Math.round(spots.get(n.id)!.y) } } : n)) };
}

export function tidy(d: Definition, kinds?: Kinds): Definition {
  const boxes = lay(d, kinds);
  return { ...d, nodes: d.nodes.map((n) => ({ ...n, position: { x: boxes.get(n.id)!.x, y: boxes.get(n.id)!.y } })) };
}

/** Disables what is enabled, or the other way round when all are disabled. */
export function toggle(d: Definition, chosen: string[], kinds: Kinds): Definition | string {
  const able = d.nodes.filter((n) => chosen.includes(n.id) && kinds.get(n.type)?.canDisable !== false);
  if (able.length === 0) return "Approvals, waits and branches cannot be disabled: there is no saying which way the run would go.";
  const off = able.some((n) => !n.disabled);
  return able.reduce((x, n) => set(x, n.id, "disabled", off || undefined), d);
}

import type { Condition, Definition, Edge, Node } from "../api/types";
import { nameOf, outputOf, outputsOf } from "../graph/model";
import { groupOf, itemsOf } from "./condition";
import type { Kinds } from "./catalog";
import { freeId } from "./edits";

// Small definitions for POST /workflows/{id}/test, made of the draft: what leads to one
// step in a straight line, then something to ask. So the server answers, with the code
// that runs for real, what a text would read, which rows of a condition hold and what one
// step would do, whichever way the sample event itself would take.

/** What is sent to be tried; steps are results that force the way. */
export interface Slice {
  definition: Definition;
  steps: Record<string, unknown>;
}

/** What was made of the answer's path. */
interface Played {
  path: { node: string; output?: string; result?: unknown }[];
}

const stop: Node = { id: "stop", type: "end", params: { result: "succeeded" } };

/** The connections of one way from the trigger to a step, the shortest; failures last. */
function wayTo(d: Definition, id: string): Edge[] | undefined {
  const cameBy = new Map<string, Edge>();
  const open = ["trigger"];
  const sorted = [...d.edges].sort((a, b) => Number(outputOf(a) === "error") - Number(outputOf(b) === "error"));
  for (let at = open.shift(); at !== undefined && !cameBy.has(id); at = open.shift()) {
    for (const e of sorted) {
      if (e.from !== at || e.to === "trigger" || cameBy.has(e.to)) continue;
      cameBy.set(e.to, e);
      open.push(e.to);
    }
  }
  const way: Edge[] = [];
  for (let e = cameBy.get(id); e; e = cameBy.get(e.from)) way.unshift(e);
  return way.length ? way : undefined;
}

/** What comes before a step in a straight line, then the tail, whose first node it leads
 *  to. Nothing when no way leads to the step. Trigger conditions are left out: the sample
 *  is to come through. */
export function upTo(d: Definition, id: string, tail: Node[], tailEdges: Edge[], mocks: Record<string, unknown> = {}, kinds?: Kinds): Slice | undefined {
  const way = id === "trigger" ? [] : wayTo(d, id);
  if (!way) return undefined;
  const { conditions: _, ...trigger } = d.trigger;
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  const steps: Record<string, unknown> = {};
  let from: Edge = { from: "trigger", to: "" };
  const ends = () => {
    if (!nodes.some((n) => n.id === end)) nodes.push({ ...stop, id: end });
    return end;
  };
  const taken = [...d.nodes.map((n) => n.id), ...tail.map((n) => n.id)];
  const end = freeId(taken, "stop");
  for (const e of way.slice(1)) {
    const n = d.nodes.find((x) => x.id === e.from)!;
    if (n.type === "branch" || n.disabled) continue;
    nodes.push(n);
    edges.push({ ...from, to: n.id });
    const output = outputOf(e);
    from = output === "next" ? { from: n.id, to: "" } : { from: n.id, output, to: "" };
    if (n.type === "approval") for (const o of ["approved", "rejected", "timed_out"]) if (o !== output) edges.push({ from: n.id, output: o, to: ends() });
    if (n.type === "approval" || n.type === "wait") {
      const mock = mocks[n.id] as Record<string, unknown> | undefined;
      steps[n.id] = { ...(mock && typeof mock === "object" && !("error" in mock) ? mock : {}), output, ...(n.type === "approval" ? { decision: output } : {}) };
    } else if (output === "error") steps[n.id] = (mocks[n.id] as { error?: unknown } | undefined)?.error ? mocks[n.id] : { error: { code: "unavailable", message: "It is said to fail." } };
    else if (mocks[n.id] !== undefined && kinds?.get(n.type)?.canError !== false && n.type !== "set" && !(mocks[n.id] as { error?: unknown }).error) steps[n.id] = mocks[n.id];
  }
  if (tail[0]) edges.push({ ...from, to: tail[0].id });
  return { definition: { trigger, nodes: [...nodes, ...tail], edges: [...edges, ...tailEdges] }, steps };
}

/** Asks what texts read at a step, by the names they are given under. */
export function previewOf(d: Definition, id: string, texts: Record<string, string>, mocks?: Record<string, unknown>, kinds?: Kinds): (Slice & { read: (p: Played) => Record<string, unknown> }) | undefined {
  const names = Object.keys(texts);
  const probe = freeId(d.nodes.map((n) => n.id), "probe");
  const slice = upTo(d, id, [{ id: probe, type: "set", params: { values: Object.fromEntries(names.map((name, i) => [`t${i}`, texts[name]])) } }], [], mocks, kinds);
  if (!slice) return undefined;
  const read = (p: Played) => {
    const values = (p.path.find((s) => s.node === probe)?.result ?? {}) as Record<string, unknown>;
    return Object.fromEntries(names.map((name, i) => [name, values[`t${i}`]]));
  };
  return { ...slice, read };
}

export interface RowVerdict {
  verdict: boolean;
  group: boolean;
  actual?: unknown;
  missing?: boolean;
  items?: RowVerdict[];
}

/** Rows that can be asked for at once: each takes a node of its own. */
const mostRows = 120;

/** Asks for every group and every row of a condition whether it holds at a step, and what
 *  the fields are. */
export function rowsOf(d: Definition, id: string, root: Condition, mocks?: Record<string, unknown>, kinds?: Kinds): (Slice & { read: (p: Played) => RowVerdict | undefined }) | undefined {
  const all: Condition[] = [];
  const collect = (c: Condition) => {
    all.push(c);
    if (groupOf(c)) itemsOf(c).forEach(collect);
  };
  collect(root);
  if (all.length > mostRows) return undefined;
  const taken = d.nodes.map((n) => n.id);
  const values = freeId(taken, "probe");
  const ids = all.map((_, i) => freeId([...taken, values], `row_${i}_of`));
  const fields = all.map((c) => (groupOf(c) || !c.field ? undefined : c.field));
  const read = Object.fromEntries(fields.flatMap((f, i) => (f ? [[`f${i}`, `{{${f} | json}}`]] : [])));
  const tail: Node[] = [{ id: values, type: "set", params: { values: Object.keys(read).length ? read : { none: "" } } }, ...all.map((when, i) => ({ id: ids[i]!, type: "branch", params: { cases: [{ id: "holds", when }] } }))];
  const end = freeId([...taken, values, ...ids], "all_asked");
  tail.push({ ...stop, id: end });
  const edges: Edge[] = [{ from: values, to: ids[0]! }];
  ids.forEach((from, i) => {
    const to = ids[i + 1] ?? end;
    edges.push({ from, output: "holds", to }, { from, output: "otherwise", to });
  });
  const slice = upTo(d, id, tail, edges, mocks, kinds);
  if (!slice) return undefined;
  return {
    ...slice,
    read: (p) => {
      const by = new Map(p.path.map((s) => [s.node, s]));
      const held = (by.get(values)?.result ?? {}) as Record<string, unknown>;
      let at = 0;
      const tell = (c: Condition): RowVerdict | undefined => {
        const i = at++;
        const output = by.get(ids[i]!)?.output;
        if (output === undefined) return undefined;
        const verdict = output === "holds";
        if (groupOf(c)) return { verdict, group: true, items: itemsOf(c).map(tell).filter((x): x is RowVerdict => !!x) };
        const text = held[`f${i}`];
        let actual: unknown = text;
        try {
          actual = typeof text === "string" ? JSON.parse(text) : text;
        } catch {
          // as it came
        }
        return { verdict, group: false, actual, missing: actual === null || actual === undefined };
      };
      return tell(root);
    },
  };
}

/** One step alone, after what leads to it, with the result that it is said to have. */
export function alone(d: Definition, id: string, mocks: Record<string, unknown> = {}, kinds?: Kinds): Slice | undefined {
  const n = d.nodes.find((x) => x.id === id);
  if (!n) return undefined;
  const { disabled: _, ...on } = n;
  const end = freeId(d.nodes.map((x) => x.id), "stop");
  const ways = outputsOf({ ...d, edges: [] }, id, kinds).map((o) => o.id);
  const slice = upTo(d, id, [on, { ...stop, id: end }], ways.map((o) => (o === "next" ? { from: id, to: end } : { from: id, output: o, to: end })), mocks, kinds);
  if (!slice) return undefined;
  if (ways.length === 0) slice.definition.nodes = slice.definition.nodes.filter((x) => x.id !== end);
  const type = n.type;
  if (mocks[id] !== undefined && type !== "branch" && type !== "set" && type !== "end") slice.steps[id] = mocks[id];
  return slice;
}

/** The problems of a slice in words: which step is to be put in order first. */
export function blockedBy(d: Definition, problems: { node: string; message: string; severity: string }[], at: string, kinds?: Kinds): string {
  const p = problems.find((x) => x.severity === "error");
  if (!p) return "";
  if (p.node && p.node !== at && d.nodes.some((n) => n.id === p.node)) return `“${nameOf(d, p.node, kinds)}” comes before and is not in order: ${p.message}`;
  return p.message;
}

import type { Definition } from "../api/types";
import { nameOf, nodeOf, reach } from "../graph/model";
import type { Everything, Kinds } from "./catalog";

// What a step can read: fields of the trigger's entities, results of steps before it,
// variables that were set before it, with values of an event where there are some.

export interface Variable {
  path: string;
  title: string;
  group: string;
  /** Not on every path, or not on every event: a default belongs to it. */
  maybe: boolean;
  sample?: unknown;
}

/** Steps that every way from the trigger to a node goes through. */
export function always(d: Definition, id: string): Set<string> {
  const before = reach(d, id, true);
  const out = new Set<string>();
  for (const x of before) {
    if (x === "trigger") continue;
    // Without it, is the node still reached?
    const without: Definition = { ...d, edges: d.edges.filter((e) => e.from !== x && e.to !== x) };
    if (!reach(without, "trigger").has(id)) out.add(x);
  }
  return out;
}

export function variables(d: Definition, id: string, catalog: Everything, kinds: Kinds, sample?: Record<string, unknown>, results?: Record<string, unknown>): Variable[] {
  const out: Variable[] = [];
  const gives = catalog.triggers.find((t) => t.type === d.trigger.type)?.gives ?? {};
  for (const f of catalog.fields) {
    if (f.path.startsWith("steps.") || f.path.startsWith("vars.")) continue;
    if (f.entity && !gives[f.entity]) continue;
    const maybe = f.optional || gives[f.entity] === "sometimes";
    const head = f.path.split(".")[0]!;
    const group = head.charAt(0).toUpperCase() + head.slice(1);
    if (!f.path.endsWith(".*")) {
      out.push({ path: f.path, title: f.title, group, maybe, sample: at(sample, f.path) });
      continue;
    }
    const base = f.path.slice(0, -2);
    const held = at(sample, base);
    for (const name of held && typeof held === "object" && !Array.isArray(held) ? Object.keys(held) : []) {
      out.push({ path: `${base}.${name}`, title: f.title, group, maybe: true, sample: (held as Record<string, unknown>)[name] });
    }
  }
  if (id === "trigger") return out;
  const before = reach(d, id, true);
  const sure = always(d, id);
  for (const n of d.nodes) {
    if (!before.has(n.id)) continue;
    const kind = kinds.get(n.type);
    const group = `Step: ${nameOf(d, n.id, kinds)}`;
    const values = [...(kind?.values ?? [])];
    if (kind?.valuesFrom) {
      const from = n.params?.[kind.valuesFrom];
      for (const name of from && typeof from === "object" ? Object.keys(from) : []) values.push({ name, type: "any", title: name });
    }
    const maybe = !sure.has(n.id);
    for (const v of values) out.push({ path: `steps.${n.id}.${v.name}`, title: v.title, group, maybe, sample: at(results?.[n.id], v.name) });
    const byError = d.edges.some((e) => e.from === n.id && e.output === "error" && (e.to === id || reach(d, e.to).has(id)));
    if (byError) out.push({ path: `steps.${n.id}.error.message`, title: "What went wrong", group, maybe: true });
    if (n.type === "set" && n.params?.values && typeof n.params.values === "object") {
      for (const name of Object.keys(n.params.values)) out.push({ path: `vars.${name}`, title: name, group: "Variables", maybe });
    }
  }
  return out;
}

function at(v: unknown, path: string): unknown {
  let x = v;
  for (const part of path.split(".")) {
    if (typeof x !== "object" || x === null) return undefined;
    x = (x as Record<string, unknown>)[part];
  }
  return x;
}

/** Paths in a text's templates that cannot be read at this step, with the reason. */
export function unknownPaths(text: string, d: Definition, id: string): { path: string; why: string }[] {
  const out: { path: string; why: string }[] = [];
  for (const [, inner] of text.matchAll(/\{\{(.*?)\}\}/gs)) {
    const path = inner!.split("|")[0]!.trim();
    const step = /^steps\.([a-z0-9_]+)/.exec(path)?.[1];
    if (!step) continue;
    if (!nodeOf(d, step)) out.push({ path, why: `there is no step ${step}` });
    else if (!reach(d, id, true).has(step)) out.push({ path, why: `${nameOf(d, step)} does not run before this step` });
  }
  return out;
}

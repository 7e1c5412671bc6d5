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
  const before = reach(d, id, true).add(id);
  const into = new Map<string, string[]>();
  for (const e of d.edges) if (before.has(e.from) && before.has(e.to)) into.set(e.to, [...(into.get(e.to) ?? []), e.from]);
  // What all ways to a step have in common is what the ways to those before it have in
  // common, and they; taken again until nothing changes, since edges are in any order.
  const common = new Map<string, Set<string>>([["trigger", new Set()]]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [x, froms] of into) {
      if (x === "trigger") continue;
      const known = froms.filter((f) => common.has(f));
      if (known.length === 0) continue;
      let sure: Set<string> | undefined;
      for (const f of known) {
        const there = common.get(f)!;
        const has = (y: string) => there.has(y) || y === f;
        sure = sure ? new Set([...sure].filter(has)) : new Set([...there, f]);
      }
      if (common.get(x)?.size === sure!.size) continue;
      common.set(x, sure!);
      changed = true;
    }
  }
  const out = new Set(common.get(id));
  out.delete("trigger");
  out.delete(id);
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
    const byError = d.edges.some((e) => e.from === n.id && e.output === "error" && (e.to === id || before.has(e.to)));
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

import type { Definition, Difference, Node } from "../api/types";
import { outputOf } from "../graph/model";

/** What publishing would change, in the shape in which the API compares versions. Places
 *  on the canvas do not count. */
export function compare(before: Definition, after: Definition): Difference {
  const old = new Map(before.nodes.map((n) => [n.id, n]));
  const now = new Map(after.nodes.map((n) => [n.id, n]));
  const out: Difference = {
    added: after.nodes.filter((n) => !old.has(n.id)).map((n) => n.id),
    removed: before.nodes.filter((n) => !now.has(n.id)).map((n) => n.id),
    changed: [],
  };
  walk(before.trigger, after.trigger, "", (path, b, a) => out.changed.push({ node: "trigger", path, before: b, after: a }));
  for (const n of after.nodes) {
    const was = old.get(n.id);
    if (was) walk(bare(was), bare(n), "", (path, b, a) => out.changed.push({ node: n.id, path, before: b, after: a }));
  }
  for (const id of ["trigger", ...old.keys()].filter((x) => x === "trigger" || now.has(x))) {
    const b = ways(before, id);
    const a = ways(after, id);
    for (const o of new Set([...b.keys(), ...a.keys()])) if (b.get(o) !== a.get(o)) out.changed.push({ node: id, path: `/edges/${o}`, before: b.get(o) ?? null, after: a.get(o) ?? null });
  }
  return out;
}

const bare = ({ id: _, position: __, ...rest }: Node) => rest;
const ways = (d: Definition, id: string) => new Map(d.edges.filter((e) => e.from === id).map((e) => [outputOf(e), e.to]));

function walk(b: unknown, a: unknown, path: string, found: (path: string, before: unknown, after: unknown) => void) {
  if (JSON.stringify(b) === JSON.stringify(a)) return;
  const plain = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);
  if (!plain(b) || !plain(a)) {
    found(path, b ?? null, a ?? null);
    return;
  }
  for (const k of new Set([...Object.keys(b), ...Object.keys(a)])) walk(b[k], a[k], `${path}/${k.replaceAll("~", "~0").replaceAll("/", "~1")}`, found);
}

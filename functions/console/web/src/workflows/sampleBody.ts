import type { Condition, Definition } from "../api/types";

// A body that a webhook could be called with: what the conditions ask for and what the
// steps read of it.

const wanted = ["is", "contains", "starts_with", "ends_with", "in", "has_any", "has_all", "gte", "lte"];

/** An example of `detail` for a definition; `{"order": "A-17"}` when it reads nothing of it. */
export function sampleBody(d: Definition | undefined): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  if (!d) return { order: "A-17" };
  const like = (over: boolean) => (c: Condition) => {
    const path = /^detail\.([\w.]+)$/.exec(c.field ?? "")?.[1];
    if (!path) return;
    if (c.op === "is_true" || c.op === "is_false") put(body, path, c.op === "is_true", over);
    else if (c.op === "gt" && typeof c.value === "number") put(body, path, c.value + 1, over);
    else if (c.op === "lt" && typeof c.value === "number") put(body, path, c.value - 1, over);
    else if (c.op === "between" && Array.isArray(c.value)) put(body, path, c.value[0], over);
    else if (c.op && wanted.includes(c.op)) put(body, path, Array.isArray(c.value) && !c.op.startsWith("has") ? c.value[0] : c.value, over);
  };
  // What branches ask for comes before what is only read, the trigger's conditions before all.
  const cases = d.nodes.flatMap((n) => (n.type === "branch" && Array.isArray(n.params?.cases) ? (n.params.cases as { when?: Condition }[]) : []));
  for (const c of cases) leaves(c?.when, (leaf) => like(false)(leaf));
  for (const m of JSON.stringify(d.nodes).matchAll(/\{\{\s*detail\.([\w.]+)/g)) put(body, m[1]!, "…");
  for (const m of JSON.stringify([d.trigger, d.nodes]).matchAll(/"field":"detail\.([\w.]+)"/g)) put(body, m[1]!, "…");
  leaves(d.trigger.conditions, like(true));
  return Object.keys(body).length > 0 ? body : { order: "A-17" };
}

function leaves(c: Condition | undefined, see: (leaf: Condition) => void) {
  if (!c || typeof c !== "object") return;
  const items = c.all ?? c.any;
  if (Array.isArray(items)) for (const x of items) leaves(x, see);
  else if (c.field) see(c);
}

function put(into: Record<string, unknown>, path: string, value: unknown, over = false) {
  const names = path.split(".").filter(Boolean);
  let at = into;
  for (const name of names.slice(0, -1)) {
    const next = at[name];
    if (typeof next !== "object" || next === null || Array.isArray(next)) at[name] = {};
    at = at[name] as Record<string, unknown>;
  }
  const last = names.at(-1);
  if (last && Object.hasOwn(at, last) && !over) return;
  if (last && value !== undefined) at[last] = value;
}

import type { Condition } from "../api/types";
import type { Field, Operator } from "./catalog";

// Conditions as the builder holds them: groups all the way down, leaves in them.

export type GroupKind = "all" | "any" | "none";
export const groupKinds: GroupKind[] = ["all", "any", "none"];

export const groupOf = (c: Condition): GroupKind | undefined => groupKinds.find((g) => Array.isArray(c[g]));
export const itemsOf = (c: Condition): Condition[] => {
  const g = groupOf(c);
  return g ? c[g]! : [];
};

/** A group at the top, whatever was there: nothing is a group of all, a leaf is alone in one. */
export function rooted(c: Condition | undefined): Condition {
  if (!c || Object.keys(c).length === 0) return { all: [] };
  return groupOf(c) ? c : { all: [c] };
}

/** What is kept: nothing where there is nothing to meet. */
export function bare(c: Condition): Condition | undefined {
  return groupOf(c) === "all" && itemsOf(c).length === 0 ? undefined : c;
}

/** The type of a field, by its path: catalogue names may end in a star. */
export function fieldOf(fields: Field[], path: string): Field | undefined {
  return fields.find((f) => f.path === path) ?? fields.find((f) => f.path.endsWith(".*") && path.startsWith(f.path.slice(0, -1)) && path.length > f.path.length - 1);
}

export function operatorsFor(operators: Operator[], type: string | undefined): Operator[] {
  return operators.filter((o) => o.available && (!type || o.fields.includes(type)));
}

/** Another field in a row: the operator stays when it fits, and the value with it. */
export function withField(c: Condition, path: string, fields: Field[], operators: Operator[]): Condition {
  const type = fieldOf(fields, path)?.type;
  const fit = operatorsFor(operators, type);
  if (fit.some((o) => o.name === c.op)) return { ...c, field: path };
  const op = fit[0];
  return op ? withOperator({ field: path, op: op.name }, op) : { field: path, op: "is" };
}

/** Another operator in a row: the value stays when its shape fits. */
export function withOperator(c: Condition, op: Operator): Condition {
  const next: Condition = { ...c, op: op.name };
  const v = c.value;
  const list = Array.isArray(v) ? v : v === undefined || v === "" ? [] : [v];
  const first = list[0];
  switch (op.value) {
    case "none":
      delete next.value;
      break;
    case "hours":
      if (typeof v !== "object" || Array.isArray(v)) delete next.value;
      break;
    case "list":
      next.value = list.filter((x) => typeof x !== "object");
      break;
    case "anyOf":
      next.value = typeof v === "object" && !Array.isArray(v) ? "" : (v ?? "");
      break;
    case "number":
      next.value = Number.isFinite(Number(first)) && first !== undefined ? Number(first) : 0;
      break;
    case "range":
      next.value = Array.isArray(v) && v.length === 2 && v.every((x) => typeof x === "number") ? v : [0, 100];
      break;
    case "duration":
      next.value = typeof first === "string" && /^\d+[smhd]/.test(first) ? first : "24h";
      break;
    default:
      next.value = first === undefined || typeof first === "object" ? "" : String(first);
  }
  if (!op.matchCase) delete next.matchCase;
  return next;
}

/** A text as the field's type has it. */
export function typed(text: string, type: string | undefined): unknown {
  if (type === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (type === "bool" && (text === "true" || text === "false")) return text === "true";
  return text;
}

import type { Explanation, Match } from "../api/types";
import { value } from "../parts/words";

const reasons: Record<string, string> = {
  matched: "It started a run",
  disabled: "The workflow was disabled",
  conditions: "A condition of the trigger did not hold",
  duplicate: "It had started a run for this already",
  own_mail: "The mail came from the desk itself",
  depth: "Too many runs had started each other in a row",
  rate_cap: "It had run too often in a short time",
  automation_off: "All automation was stopped",
  halted: "All automation was stopped",
};

export const reasonWords = (reason: string) => reasons[reason] ?? reason.replaceAll("_", " ");

const ops: Record<string, string> = {
  is: "is",
  is_not: "is not",
  gt: "is more than",
  gte: "is at least",
  lt: "is less than",
  lte: "is at most",
  in: "is one of",
  not_in: "is none of",
  matches: "fits the pattern",
  not_contains: "does not contain",
  has_any: "has any of",
  has_all: "has all of",
  has_none: "has none of",
  is_true: "is true",
  is_false: "is false",
};

export const opWords = (op: string) => ops[op] ?? op.replaceAll("_", " ");

/** A leaf of a condition in words: `message.subject contains “refund”`. */
export function leafWords(leaf: { field: string; op: string; value?: unknown }): string {
  return `${leaf.field} ${opWords(leaf.op)}` + (leaf.value === undefined ? "" : ` ${value(leaf.value)}`);
}

/** Why a workflow did, or did not, answer: one sentence. */
export function verdictWords(m: Match): string {
  if (m.matched) return "It started a run.";
  if (m.reason === "conditions" && m.failed) {
    const actual = m.failed.actual === null || m.failed.actual === undefined ? "it was missing" : `it was ${value(m.failed.actual)}`;
    const asks = forbidden(m.conditions, m.failed) ? "It must not be that" : "It asks that";
    return `${asks} ${leafWords(m.failed)}; ${actual}.`;
  }
  return (m.detail ? `${reasonWords(m.reason)}: ${m.detail}` : reasonWords(m.reason)).replace(/\.?$/, ".");
}

/** Whether the leaf that blocked held: it then is in a group that forbids it. */
function forbidden(e: Explanation | undefined, leaf: NonNullable<Match["failed"]>): boolean {
  if (!e) return false;
  if (e.items) return e.items.some((item) => forbidden(item, leaf));
  return e.verdict && e.field === leaf.field && e.op === leaf.op && JSON.stringify(e.value) === JSON.stringify(leaf.value);
}

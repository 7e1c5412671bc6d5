import { value } from "../parts/words";

/** Why a workflow does not start, with the condition that kept it from it. */
export function reasonWords(reason: string, failed?: { field: string; op: string; value?: unknown; actual: unknown }): string {
  if (failed) return `${failed.field} ${failed.op.replaceAll("_", " ")}${failed.value === undefined ? "" : " " + value(failed.value)} does not hold, it is ${value(failed.actual)}`;
  return ({ conditions: "the conditions are not met", own_mail: "the mail is our own", depth: "too many runs start each other", duplicate: "it ran on this event already", disabled: "it is switched off" } as Record<string, string>)[reason] ?? reason.replaceAll("_", " ");
}

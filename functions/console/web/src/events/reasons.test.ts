import { describe, expect, it } from "vitest";
import type { Match } from "../api/types";
import { verdictWords } from "./reasons";

const match = (more: Partial<Match>): Match => ({ workflowId: "wf_1", version: 1, matched: false, reason: "conditions", ...more });

describe("verdictWords", () => {
  it.each([
    [match({ matched: true, reason: "matched" }), "It started a run."],
    [
      match({ failed: { field: "message.text", op: "contains", value: ["refund", "money"], actual: "hello" } }),
      "It asks that message.text contains “refund”, “money”; it was “hello”.",
    ],
    [match({ failed: { field: "ticket.id", op: "is_not_empty", actual: null } }), "It asks that ticket.id is not empty; it was missing."],
    [match({ failed: { field: "conversation.messageCount", op: "gte", value: 3, actual: 0 } }), "It asks that conversation.messageCount is at least 3; it was 0."],
    [
      match({
        failed: { field: "contact.tags", op: "has_any", value: ["vip"], actual: ["vip"] },
        conditions: { verdict: false, group: "none", items: [{ verdict: true, field: "contact.tags", op: "has_any", value: ["vip"], actual: ["vip"] }] },
      }),
      "It must not be that contact.tags has any of “vip”; it was “vip”.",
    ],
    [match({ reason: "disabled" }), "The workflow was disabled."],
    [match({ reason: "rate_cap", detail: "21 runs in 10 minutes" }), "It had run too often in a short time: 21 runs in 10 minutes."],
    [match({ reason: "something_new" }), "something new."],
  ])("%#", (m, want) => expect(verdictWords(m)).toBe(want));
});

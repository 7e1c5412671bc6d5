import { expect, it } from "vitest";
import type { Definition } from "../api/types";
import { sampleBody } from "./sampleBody";

const of = (d: Partial<Definition>): Definition => ({ trigger: { type: "webhook" }, nodes: [], edges: [], ...d });

it("has what the conditions ask for, and what the steps read", () => {
  const d = of({
    trigger: {
      type: "webhook",
      conditions: {
        all: [
          { field: "detail.kind", op: "is", value: ["refund", "return"] },
          { any: [{ field: "detail.order.paid", op: "is_true" }] },
          { none: [{ field: "detail.test", op: "is_true" }] },
          { field: "event.actor", op: "is", value: "x" },
        ],
      },
    },
    nodes: [{ id: "look", type: "branch", params: { cases: [{ id: "large", when: { field: "detail.total", op: "gt", value: 100 } }] } }, { id: "say", type: "notify", params: { to: { email: "{{ detail.customer }}" }, body: "{{detail.order.id | upper}} {{detail.kind}}" } }],
  });
  expect(sampleBody(d)).toEqual({ kind: "refund", order: { id: "…", paid: true }, customer: "…", total: 101, test: "…" });
});

it("is some order when nothing of it is read", () => {
  expect(sampleBody(of({}))).toEqual({ order: "A-17" });
  expect(sampleBody(undefined)).toEqual({ order: "A-17" });
});

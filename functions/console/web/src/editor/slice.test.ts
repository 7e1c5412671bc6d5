import { describe, expect, it } from "vitest";
import type { Definition } from "../api/types";
import { changeOf, each, outcomeOf, type Outcome } from "./backtest";
import { align } from "./guides";
import { alone, previewOf, rowsOf, upTo } from "./slice";
import { addSticky, moveStickies, pasteStickies, removeStickies, setSticky, stickiesOf } from "./stickies";

const flow: Definition = {
  trigger: { type: "message.received", conditions: { all: [{ field: "message.subject", op: "is", value: "x" }] } },
  nodes: [
    { id: "sort", type: "branch", params: { cases: [{ id: "big", when: { all: [] } }] } },
    { id: "draft", type: "ai.reply", params: { instructions: "x" } },
    { id: "off", type: "conversation.note", disabled: true, params: { body: "x" } },
    { id: "ok", type: "approval", params: { approvers: [{ group: "kiln" }], subject: "x", timeout: "1h" } },
    { id: "say", type: "message.reply", params: { body: "{{steps.draft.text}}" } },
    { id: "sorry", type: "message.reply", params: { body: "no" } },
    { id: "alarm", type: "notify", params: {} },
    { id: "island", type: "notify", params: {} },
  ],
  edges: [
    { from: "trigger", to: "sort" },
    { from: "sort", output: "big", to: "draft" },
    { from: "draft", to: "off" },
    { from: "draft", output: "error", to: "alarm" },
    { from: "off", to: "ok" },
    { from: "ok", output: "approved", to: "say" },
    { from: "ok", output: "rejected", to: "sorry" },
    { from: "ok", output: "timed_out", to: "sorry" },
  ],
};
const ways = (d: Definition) => d.edges.map((e) => `${e.from}/${e.output ?? "next"}>${e.to}`);

describe("a slice", () => {
  it("goes straight to the step: no branches, nothing disabled, no conditions", () => {
    const s = upTo(flow, "say", [{ id: "tail", type: "set" }], [])!;
    expect(s.definition.trigger).toEqual({ type: "message.received" });
    expect(ways(s.definition)).toEqual(["trigger/next>draft", "draft/next>ok", "ok/rejected>stop", "ok/timed_out>stop", "ok/approved>tail"]);
    expect(s.definition.nodes.map((n) => n.id)).toEqual(["draft", "ok", "stop", "tail"]);
    expect(s.steps).toEqual({ ok: { output: "approved", decision: "approved" } });
  });
  it("takes the way that a step hangs on", () => {
    expect(upTo(flow, "sorry", [], [])!.steps).toEqual({ ok: { output: "rejected", decision: "rejected" } });
    const failed = upTo(flow, "alarm", [{ id: "tail", type: "set" }], [])!;
    expect(ways(failed.definition)).toEqual(["trigger/next>draft", "draft/error>tail"]);
    expect(failed.steps.draft).toHaveProperty("error");
  });
  it("has the results of one's own for the steps before", () => {
    const s = upTo(flow, "say", [], [], { draft: { text: "mine" }, ok: { text: "edited", output: "rejected" } })!;
    expect(s.steps).toEqual({ draft: { text: "mine" }, ok: { text: "edited", output: "approved", decision: "approved" } });
  });
  it("of a step that nothing leads to is none", () => {
    expect(upTo(flow, "island", [], [])).toBeUndefined();
    expect(previewOf(flow, "island", { body: "x" })).toBeUndefined();
    expect(alone(flow, "island")).toBeUndefined();
  });
});

it("a preview reads what a probe was given, by the params' names", () => {
  const p = previewOf(flow, "say", { body: "{{steps.draft.text}}" })!;
  const probe = p.definition.nodes.at(-1)!;
  expect(probe).toMatchObject({ type: "set", params: { values: { t0: "{{steps.draft.text}}" } } });
  expect(p.read({ path: [{ node: probe.id, result: { t0: "Hello" } }] })).toEqual({ body: "Hello" });
});

it("rows are asked one after the other, and read back in their groups", () => {
  const root = { all: [{ field: "steps.draft.text", op: "is", value: "x" }, { none: [{ field: "vars.n", op: "is_empty" }] }] };
  const r = rowsOf(flow, "say", root)!;
  const rows = r.definition.nodes.filter((n) => n.id.startsWith("row_")).map((n) => n.id);
  expect(rows).toHaveLength(4);
  for (const id of rows) expect(r.definition.edges.filter((e) => e.from === id)).toHaveLength(2);
  const values = r.definition.nodes.find((n) => n.type === "set")!;
  expect(values.params!.values).toEqual({ f1: "{{steps.draft.text | json}}", f3: "{{vars.n | json}}" });
  const holds = [false, true, false, true];
  expect(r.read({ path: [{ node: values.id, result: { f1: '"a draft"', f3: "null" } }, ...rows.map((node, i) => ({ node, output: holds[i] ? "holds" : "otherwise" }))] })).toEqual({
    verdict: false,
    group: true,
    items: [
      { verdict: true, group: false, actual: "a draft", missing: false },
      { verdict: false, group: true, items: [{ verdict: true, group: false, actual: null, missing: true }] },
    ],
  });
});

it("a step alone leads to an end by each of its ways", () => {
  const s = alone(flow, "ok", { ok: { output: "timed_out" } })!;
  expect(ways(s.definition).slice(-3)).toEqual(["ok/approved>stop", "ok/rejected>stop", "ok/timed_out>stop"]);
  expect(s.steps.ok).toEqual({ output: "timed_out" });
});

describe("against the live version", () => {
  const o = (more: Partial<Outcome>): Outcome => ({ starts: true, way: ["a"], doing: "1", ...more });
  it.each([
    ["same", o({}), o({})],
    ["starts", o({}), o({ starts: false })],
    ["stops", o({ starts: false }), o({})],
    ["way", o({ way: ["b"] }), o({})],
    ["doing", o({ doing: "2" }), o({})],
    ["fails", o({ fails: true }), o({})],
    ["new", o({}), undefined],
    ["same", o({ starts: false }), undefined],
  ])("%s", (want, draft, live) => expect(changeOf(draft, live)).toBe(want));
  it("what steps come to does not count, what they are given does", () => {
    const report = (params: unknown, result: unknown) => outcomeOf({ verdict: { matched: true, reason: "matched" } as never, path: [{ node: "a", name: "", type: "notify", status: "succeeded", at: "", attempts: 1, params, result }], problems: [] });
    expect(changeOf(report({ to: "x" }, 1), report({ to: "x" }, 2))).toBe("same");
    expect(changeOf(report({ to: "x" }, 1), report({ to: "y" }, 1))).toBe("doing");
  });
  it("asks a few at a time and answers in order", async () => {
    let open = 0;
    let most = 0;
    const out = await each([3, 1, 2, 5, 4], 2, async (n) => {
      most = Math.max(most, ++open);
      for (let i = 0; i < n; i++) await Promise.resolve();
      open--;
      return n * 2;
    });
    expect(out).toEqual([6, 2, 4, 10, 8]);
    expect(most).toBe(2);
  });
});

describe("sticky notes", () => {
  it("come, change, move and go; the last takes the member with it", () => {
    const { definition, key } = addSticky(flow, { x: 1.4, y: 2 });
    expect(definition.stickies).toEqual([{ id: "note", text: "", x: 1, y: 2, width: 200, height: 110 }]);
    const blue = setSticky(definition, key, { color: "blue", text: "Why" });
    expect(stickiesOf(moveStickies(blue, new Map([[key, { x: 5, y: 6.6 }]])))[0]).toMatchObject({ color: "blue", x: 5, y: 7 });
    expect(setSticky(blue, key, { color: "yellow" }).stickies![0]).not.toHaveProperty("color");
    expect(removeStickies(blue, [key])).not.toHaveProperty("stickies");
  });
  it("never have an id twice, nor lie on one another when new", () => {
    const one = addSticky(flow, { x: 0, y: 0 }).definition;
    const two = addSticky(one, { x: 0, y: 0 }).definition;
    expect(two.stickies!.map((s) => [s.id, s.x])).toEqual([["note", 0], ["note_2", 30]]);
    expect(pasteStickies(two, two.stickies!, { x: 40, y: 0 }).definition.stickies!.map((s) => s.id)).toEqual(["note", "note_2", "note_3", "note_4"]);
  });
  it("that cannot be drawn are not", () => {
    expect(stickiesOf({ ...flow, stickies: [null, "x", { id: "a", x: "1", y: 2 }, { id: "b", text: "", x: 1, y: 2 }] as never })).toHaveLength(1);
  });
});

describe("lines", () => {
  const others = [{ x: 0, y: 0, width: 100, height: 50 }];
  it("draw a step to the middle of another, and to its top", () => {
    expect(align({ x: 23, y: 4, width: 60, height: 50 }, others)).toEqual({ x: 20, y: 0, lines: [{ x: 50 }, { y: 0 }] });
  });
  it("leave it alone when it is far", () => {
    expect(align({ x: 200, y: 300, width: 60, height: 50 }, others)).toEqual({ x: 200, y: 300, lines: [] });
  });
});

import { describe, expect, it } from "vitest";
import type { Definition } from "../api/types";
import { order, tidy } from "./layout";
import { along, cards } from "./cards";
import { leaves, outputsOf, reach, summary } from "./model";

const d: Definition = {
  trigger: { type: "message.received", conditions: { all: [{ field: "a", op: "is" }, { any: [{ field: "b", op: "is" }, { field: "c", op: "is" }] }] } },
  nodes: [
    { id: "b", type: "branch", params: { cases: [{ id: "vip", name: "VIP" }, { id: "late" }] } },
    { id: "tag", type: "conversation.tag", params: { add: ["x"], remove: ["y"] } },
    { id: "note", type: "conversation.note", params: { body: "Hi\n there" } },
  ],
  edges: [
    { from: "trigger", to: "b" },
    { from: "b", output: "vip", to: "tag" },
    { from: "b", output: "otherwise", to: "note" },
    { from: "tag", output: "error", to: "note" },
  ],
};

describe("the graph of a definition", () => {
  it("has an output per case, then otherwise, with their names", () => {
    expect(outputsOf(d, "b")).toEqual([
      { id: "vip", label: "VIP" },
      { id: "late", label: "Late" },
      { id: "otherwise", label: "Otherwise" },
    ]);
  });
  it("shows a way that is used although the kind has none such", () => expect(outputsOf(d, "tag").map((o) => o.id)).toEqual(["next", "error"]));
  it("knows what is before and after", () => {
    expect([...reach(d, "b")].sort()).toEqual(["note", "tag"]);
    expect([...reach(d, "note", true)].sort()).toEqual(["b", "tag", "trigger"]);
  });
  it("counts conditions through groups", () => expect(leaves(d.trigger.conditions)).toBe(3));
  it("says what a node does", () => {
    expect(summary(d.nodes[1]!)).toBe("+ x, − y");
    expect(summary(d.nodes[2]!)).toBe("Hi there");
  });
});

describe("layout", () => {
  const boxes = tidy(d);
  it("goes top down from the trigger at the origin", () => {
    expect(boxes.get("trigger")).toMatchObject({ x: 0, y: 0 });
    for (const e of d.edges) expect(boxes.get(e.to)!.y).toBeGreaterThan(boxes.get(e.from)!.y);
  });
  it("lets no two nodes overlap", () => {
    const all = [...boxes.values()];
    for (const [i, a] of all.entries())
      for (const b of all.slice(i + 1)) expect(a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height).toBe(false);
  });
  it("is the same for the same definition", () => expect(tidy(structuredClone(d))).toEqual(boxes));
  it("reads from above", () => expect(order(boxes).slice(0, 2)).toEqual(["trigger", "b"]));
});

describe("cards", () => {
  it("tell what a run did, and what it passed by", () => {
    const by = Object.fromEntries(cards(d, undefined, { nodes: { b: { status: "succeeded", durationMs: 1500, attempts: 2 } } }).map((c) => [c.id, c]));
    expect(by.b!.card).toMatchObject({ tone: "succeeded", state: "Succeeded, 1.5 s, 2 attempts" });
    expect(by.tag!.card).toMatchObject({ tone: "skipped", state: "Skipped" });
    expect(by.b!.label).toContain("VIP to Conversation tag");
  });
  it("survive a definition that somebody typed", () => {
    const odd = { trigger: { type: "" }, nodes: [{ id: "x", type: "branch", params: { cases: "no" } }], edges: [{ from: "x", to: "gone" }] } as unknown as Definition;
    expect(cards(odd, undefined).map((c) => c.id).sort()).toEqual(["trigger", "x"]);
  });
});

describe("arrow keys", () => {
  it.each([
    ["b", "ArrowDown", "tag"],
    ["tag", "ArrowUp", "b"],
    ["trigger", "ArrowUp", undefined],
  ])("from %s with %s", (at, key, to) => expect(along(d, at, key)).toBe(to));
  it("go between those that come from the same node", () => {
    expect(new Set([along(d, "tag", "ArrowRight"), along(d, "tag", "ArrowLeft")])).toContain("note");
  });
});

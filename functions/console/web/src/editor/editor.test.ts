import { describe, expect, it } from "vitest";
import type { Definition } from "../api/types";
import type { Kinds, NodeKind } from "./catalog";
import { copy, paste, read } from "./clipboard";
import { add, connect, freeId, freeWay, idRefusal, move, refusal, removeEdge, removeNodes, renameCase, renameId, retype, setParam, tidy, toggle } from "./edits";
import { begin, depth, reduce, type History } from "./history";

const kind = (type: string, more: Partial<NodeKind> = {}): NodeKind => ({
  type, title: type, group: "Flow", description: "", available: true, params: [], outputs: ["next"], edgeRequired: false, values: [], needs: [], canError: true, canRetry: true, canTimeout: true, canDisable: true, ...more,
});
const kinds: Kinds = new Map(
  [
    kind("conversation.tag", { params: [{ name: "add", title: "Add", kind: "templateList", required: false }] }),
    kind("conversation.note"),
    kind("branch", { outputs: ["otherwise"], canError: false, canDisable: false, params: [{ name: "cases", title: "Cases", kind: "cases", required: true }] }),
    kind("approval", { outputs: ["approved", "rejected", "timed_out"], canError: false, canDisable: false }),
    kind("end", { outputs: [], canError: false }),
  ].map((k) => [k.type, k]),
);
const line = (): Definition => ({
  trigger: { type: "manual" },
  nodes: [
    { id: "a", type: "conversation.tag", params: { add: ["x"] } },
    { id: "b", type: "conversation.note", params: { body: "{{steps.a.x}} steps.a.x {{ steps.ab.x }}" } },
    { id: "c", type: "end" },
  ],
  edges: [
    { from: "trigger", to: "a" },
    { from: "a", to: "b" },
    { from: "b", to: "c" },
  ],
});
const ways = (d: Definition) => d.edges.map((e) => `${e.from}/${e.output ?? "next"}>${e.to}`).sort();

describe("adding", () => {
  it("on a way that leads somewhere goes between", () => {
    const { definition, id } = add(line(), kinds.get("conversation.tag")!, { way: { from: "a", output: "next" } }, kinds);
    expect(ways(definition)).toEqual(["a/next>" + id, "b/next>c", id + "/next>b", "trigger/next>a"].sort());
  });
  it("a branch in between goes on by its first case", () => {
    const { definition, id } = add(line(), kinds.get("branch")!, { way: { from: "a", output: "next" } }, kinds);
    expect(ways(definition)).toContain(`${id}/case_1>b`);
  });
  it("an end in between cuts off what follows", () => {
    const { definition, id } = add(line(), kinds.get("end")!, { way: { from: "a", output: "next" } }, kinds);
    expect(definition.edges.filter((e) => e.from === id)).toEqual([]);
  });
  it("on a spot connects nothing", () => {
    const { definition } = add(line(), kinds.get("end")!, { at: { x: 900, y: 5 } }, kinds);
    expect(ways(definition)).toEqual(ways(line()));
    expect(definition.nodes.at(-1)!.position).toEqual({ x: 900, y: 5 });
  });
  it("never puts one step on another", () => {
    let d = line();
    for (let i = 0; i < 6; i++) d = add(d, kinds.get("conversation.tag")!, { at: { x: 0, y: 0 } }, kinds).definition;
    const spots = d.nodes.map((n) => `${n.position!.x},${n.position!.y}`);
    expect(new Set(spots).size).toBe(spots.length);
  });
  it("leaves the definition that it was given alone", () => {
    const d = line();
    add(d, kinds.get("end")!, { way: { from: "a", output: "next" } }, kinds);
    expect(d).toEqual(line());
  });
});

describe("connecting", () => {
  it.each([
    [{ from: "a", output: "next" }, "c", "leads to conversation.note already"],
    [{ from: "c", output: "next" }, "a", "The run ends"],
    [{ from: "b", output: "error" }, "a", "go round in a circle"],
    [{ from: "b", output: "error" }, "trigger", "Nothing leads to the trigger"],
    [{ from: "b", output: "error" }, "b", "cannot follow itself"],
    [{ from: "b", output: "maybe" }, "c", "no way out called maybe"],
    [{ from: "b", output: "next" }, "c", "already"],
  ])("%o to %s is refused", (w, to, why) => expect(refusal(line(), w, to, kinds)).toContain(why));
  it("takes what is free", () => {
    const d = connect(line(), { from: "a", output: "error" }, "c", kinds);
    expect(typeof d === "string" ? d : ways(d)).toContain("a/error>c");
  });
  it("names the way by which to go on", () => {
    expect(freeWay(line(), "c", kinds)).toBeUndefined();
    expect(freeWay(removeEdge(line(), "b next c"), "b", kinds)).toEqual({ from: "b", output: "next" });
  });
});

describe("deleting", () => {
  it("heals", () => expect(ways(removeNodes(line(), ["b"], kinds))).toEqual(["a/next>c", "trigger/next>a"]));
  it("heals over several", () => expect(ways(removeNodes(line(), ["a", "b"], kinds))).toEqual(["trigger/next>c"]));
  it("heals a branch by its first case", () => {
    const d = line();
    d.nodes[0] = { id: "a", type: "branch", params: { cases: [{ id: "one" }, { id: "two" }] } };
    d.edges = [{ from: "trigger", to: "a" }, { from: "a", output: "otherwise", to: "c" }, { from: "a", output: "two", to: "b" }];
    expect(ways(removeNodes(d, ["a"], kinds))).toEqual(["trigger/next>b"]);
  });
  it("of the last leaves the way open", () => expect(ways(removeNodes(line(), ["c"], kinds))).toEqual(["a/next>b", "trigger/next>a"]));
  it("does not touch the trigger", () => expect(removeNodes(line(), ["trigger"], kinds)).toEqual(line()));
});

describe("cases", () => {
  const d: Definition = { trigger: { type: "manual" }, nodes: [{ id: "b", type: "branch", params: { cases: [{ id: "one" }, { id: "two" }] } }, { id: "x", type: "end" }], edges: [{ from: "b", output: "one", to: "x" }, { from: "b", output: "otherwise", to: "x" }] };
  it("take their connection with them", () => expect(ways(setParam(d, "b", "cases", [{ id: "two" }]))).toEqual(["b/otherwise>x"]));
  it("keep it under another id", () => expect(ways(renameCase(d, "b", "one", "first"))).toEqual(["b/first>x", "b/otherwise>x"]));
});

describe("ids", () => {
  it.each([
    ["Tag", [], "tag"],
    ["tag", ["tag"], "tag_2"],
    ["tag", ["tag", "tag_2"], "tag_3"],
    ["next", [], "next_2"],
    ["42 ?", [], "step"],
    ["Über alles", [], "uber_alles"],
  ])("%s beside %o is %s", (word, taken, want) => expect(freeId(taken, word)).toBe(want));
  it("are followed in templates, and only there", () => {
    const d = renameId(line(), "a", "z");
    expect(d.nodes[1]!.params!.body).toBe("{{steps.z.x}} steps.a.x {{ steps.ab.x }}");
    expect(ways(d)).toContain("trigger/next>z");
  });
  it("are followed in conditions", () => {
    const d: Definition = { trigger: { type: "manual" }, nodes: [{ id: "a", type: "set" }, { id: "b", type: "branch", params: { cases: [{ id: "k", when: { all: [{ field: "steps.a.text", op: "is", value: "steps.a.text" }] } }] } }], edges: [] };
    expect(JSON.stringify(renameId(d, "a", "z").nodes[1])).toBe(JSON.stringify(d.nodes[1]).replace('"field":"steps.a', '"field":"steps.z'));
  });
  it.each([["A"], ["trigger"], ["b"], [""]])("%s is refused", (to) => expect(idRefusal(line(), "a", to)).toBeTruthy());
});

describe("another kind", () => {
  it("keeps params and ways that both have", () => {
    const d = retype(line(), "a", kinds.get("branch")!, kinds);
    expect(ways(d)).toEqual(["a/case_1>b", "b/next>c", "trigger/next>a"]);
    expect(ways(retype(d, "a", kinds.get("conversation.tag")!, kinds))).toEqual(ways(line()));
  });
});

describe("copy and paste", () => {
  it("gives new ids, and follows them", () => {
    const piece = read(copy(line(), ["a", "b"], kinds))!;
    const { definition, ids } = paste(line(), piece, {}, kinds);
    expect(ids).toEqual(["a_2", "b_2"]);
    expect(ways(definition)).toEqual([...ways(line()), "a_2/next>b_2"].sort());
    expect(definition.nodes.find((n) => n.id === "b_2")!.params!.body).toContain("{{steps.a_2.x}}");
  });
  it("keeps ids in another workflow", () => {
    const empty: Definition = { trigger: { type: "manual" }, nodes: [], edges: [] };
    expect(paste(empty, read(copy(line(), ["a"], kinds))!, { way: { from: "trigger", output: "next" } }, kinds).definition.edges).toEqual([{ from: "trigger", to: "a" }]);
  });
  it.each(["", "hello", "{}", "[]", '{"nodes":[3]}', "null"])("takes nothing out of %s", (text) => expect(read(text)).toBeUndefined());
  it("of nothing is nothing", () => expect(copy(line(), ["trigger"], kinds)).toBe(""));
});

describe("places", () => {
  it("are written down for all once one was moved", () => {
    const d = move(line(), new Map([["b", { x: 300.4, y: 9 }]]), kinds);
    expect(d.nodes.every((n) => n.position)).toBe(true);
    expect(d.nodes[1]!.position).toEqual({ x: 300, y: 9 });
  });
  it("are tidied without a change of anything else", () => {
    const d = tidy(line(), kinds);
    expect({ ...d, nodes: d.nodes.map(({ position: _, ...n }) => n) }).toEqual(line());
  });
});

describe("disabling", () => {
  it("goes there and back", () => {
    const off = toggle(line(), ["a", "b"], kinds) as Definition;
    expect(off.nodes.map((n) => !!n.disabled)).toEqual([true, true, false]);
    expect(toggle(off, ["a", "b"], kinds)).toEqual(line());
  });
  it("is refused for what has several ways", () => {
    const d = line();
    d.nodes[0]!.type = "approval";
    expect(toggle(d, ["a"], kinds)).toContain("cannot be disabled");
  });
});

describe("history", () => {
  const at = (n: number): Definition => ({ trigger: { type: "manual" }, nodes: [], edges: [], n });
  const run = (h: History, ...next: number[]) => next.reduce((x, n) => reduce(x, { type: "edit", next: at(n) }), h);
  it("goes back and forth", () => {
    let h = run(begin(at(0)), 1, 2);
    h = reduce(reduce(h, { type: "undo" }), { type: "undo" });
    expect(h.present.n).toBe(0);
    expect(reduce(h, { type: "undo" })).toBe(h);
    expect(reduce(reduce(h, { type: "redo" }), { type: "redo" }).present.n).toBe(2);
  });
  it("forgets what was taken back once something else is done", () => {
    const h = run(reduce(run(begin(at(0)), 1), { type: "undo" }), 5);
    expect(reduce(h, { type: "redo" })).toBe(h);
  });
  it("takes typing in one field as one change", () => {
    let h = begin(at(0));
    for (const [n, t] of [[1, 0], [2, 400], [3, 900]] as const) h = reduce(h, { type: "edit", next: at(n), tag: "name", at: t });
    expect(reduce(h, { type: "undo" }).present.n).toBe(0);
    h = reduce(h, { type: "edit", next: at(4), tag: "name", at: 9000 });
    expect(reduce(h, { type: "undo" }).present.n).toBe(3);
  });
  it("does not join changes across an undo", () => {
    let h = reduce(begin(at(0)), { type: "edit", next: at(1), tag: "x", at: 0 });
    h = reduce(h, { type: "undo" });
    h = reduce(h, { type: "edit", next: at(2), tag: "x", at: 10 });
    expect(reduce(h, { type: "undo" }).present.n).toBe(0);
  });
  it(`keeps ${depth}`, () => expect(run(begin(at(0)), ...Array.from({ length: depth + 50 }, (_, i) => i + 1)).past.length).toBe(depth));
});

import { describe, expect, it } from "vitest";
import type { Definition } from "../api/types";
import { bare, rooted, typed, withField, withOperator } from "./condition";
import type { Everything, Field, Operator } from "./catalog";
import { commandOf, keys, written } from "./keys";
import { matching } from "./Palette";
import { always, unknownPaths, variables } from "./variables";

const d: Definition = {
  trigger: { type: "message.received" },
  nodes: [
    { id: "b", type: "branch", params: { cases: [{ id: "x" }] } },
    { id: "draft", type: "ai.reply" },
    { id: "join", type: "message.reply" },
    { id: "later", type: "ai.reply" },
  ],
  edges: [
    { from: "trigger", to: "b" },
    { from: "b", output: "x", to: "draft" },
    { from: "b", output: "otherwise", to: "join" },
    { from: "draft", to: "join" },
    { from: "join", to: "later" },
  ],
};
const fields: Field[] = [
  { path: "message.subject", type: "text", title: "Subject", entity: "message", optional: false },
  { path: "ticket.id", type: "text", title: "Ticket", entity: "ticket", optional: false },
  { path: "contact.attributes.*", type: "any", title: "Attribute", entity: "contact", optional: true },
  { path: "conversation.messageCount", type: "number", title: "Count", entity: "conversation", optional: false },
];
const operators: Operator[] = [
  { name: "is", title: "is", available: true, value: "anyOf", fields: ["text", "number", "any"], matchCase: true, optional: false },
  { name: "contains", title: "contains", available: true, value: "anyOf", fields: ["text", "any"], matchCase: true, optional: false },
  { name: "gt", title: "greater", available: true, value: "number", fields: ["number", "any"], matchCase: false, optional: false },
  { name: "between", title: "between", available: true, value: "range", fields: ["number"], matchCase: false, optional: false },
  { name: "is_empty", title: "empty", available: true, value: "none", fields: ["text", "number"], matchCase: false, optional: false },
];
const catalog = { fields, operators, nodes: [], triggers: [{ type: "message.received", gives: { message: "always", contact: "sometimes" } }] } as unknown as Everything;
const kinds = new Map([["ai.reply", { type: "ai.reply", title: "AI reply", outputs: ["next"], values: [{ name: "text", type: "text", title: "Draft" }] }]]) as never;

describe("variables", () => {
  it("are of what the trigger gives, and of steps before", () => {
    const got = variables(d, "join", catalog, kinds, { message: { subject: "Hi" }, contact: { attributes: { plan: "pro" } } });
    expect(got.map((v) => [v.path, v.maybe, v.sample])).toEqual([
      ["message.subject", false, "Hi"],
      ["contact.attributes.plan", true, "pro"],
      ["steps.draft.text", true, undefined],
    ]);
  });
  it("of a step on every way are sure", () => expect([...always(d, "later")].sort()).toEqual(["b", "join"]));
  it("of later steps are named as unknown", () => {
    expect(unknownPaths("{{ steps.later.text | upper }} {{steps.draft.text}} {{steps.gone.x}}", d, "join").map((u) => u.path)).toEqual(["steps.later.text", "steps.gone.x"]);
  });
});

describe("conditions", () => {
  it("get a group at the top", () => {
    expect(rooted(undefined)).toEqual({ all: [] });
    expect(rooted({ field: "a", op: "is" })).toEqual({ all: [{ field: "a", op: "is" }] });
    expect(rooted({ none: [] })).toEqual({ none: [] });
  });
  it("that ask nothing are left out; an empty any asks for the impossible and stays", () => {
    expect(bare({ all: [] })).toBeUndefined();
    expect(bare({ any: [] })).toEqual({ any: [] });
  });
  it("keep operator and value when the next field can have them", () => {
    const c = { field: "message.subject", op: "is", value: ["a", "b"] };
    expect(withField(c, "ticket.id", fields, operators)).toEqual({ ...c, field: "ticket.id" });
    expect(withField({ ...c, op: "contains" }, "conversation.messageCount", fields, operators)).toEqual({ field: "conversation.messageCount", op: "is", value: "" });
  });
  it.each([
    ["gt", ["7"], 7],
    ["gt", "x", 0],
    ["between", 3, [0, 100]],
    ["is_empty", "x", undefined],
  ])("with %s make %o to %o", (op, value, want) => expect(withOperator({ field: "f", op: "is", value, matchCase: true }, operators.find((o) => o.name === op)!).value).toEqual(want));
  it.each([["3", "number", 3], ["3", "text", "3"], ["true", "bool", true], ["", "number", ""]])("%s as %s", (text, type, want) => expect(typed(text, type)).toBe(want));
});

describe("the palette", () => {
  const kinds = [["Send mail", "message.send"], ["AI extend", "ai.x"], ["End", "end"]].map(([title, type]) => ({ title, type, group: "", description: "" })) as never;
  it("puts names that begin with the word first", () => expect(matching(kinds, ["end"]).map((k) => k.title)).toEqual(["End", "Send mail", "AI extend"]));
  it("finds nothing for nonsense", () => expect(matching(kinds, ["zzz"])).toEqual([]));
});

describe("keys", () => {
  const press = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });
  it("are written as in the table", () => {
    expect(written(press("z", { ctrlKey: true, shiftKey: true }))).toBe("Ctrl+Shift+Z");
    expect(written(press("?", { shiftKey: true }))).toBe("?");
    expect(written(press("A", { shiftKey: true }))).toBe("Shift+A");
    expect(written(press("ArrowUp", { shiftKey: true }))).toBe("Shift+↑");
  });
  it("leave text fields alone", () => {
    expect(commandOf(press("z", { ctrlKey: true }), true)).toBeUndefined();
    expect(commandOf(press("n"), true)).toBeUndefined();
    expect(commandOf(press("s", { metaKey: true }), true)).toBe("save");
  });
  it("mean one thing each", () => {
    const all = keys.flatMap((k) => k.keys);
    expect(new Set(all).size).toBe(all.length);
  });
});

import { describe, expect, it } from "vitest";
import type { Definition } from "../api/types";
import { inWords, place, together } from "./difference";

const before: Definition = {
  trigger: { type: "message.received" },
  nodes: [
    { id: "ok", type: "approval", name: "Ask the team", params: { timeout: "24h" } },
    { id: "old", type: "conversation.tag" },
  ],
  edges: [{ from: "trigger", to: "ok" }],
};
const after: Definition = {
  trigger: { type: "message.received" },
  nodes: [
    { id: "ok", type: "approval", name: "Ask the team", params: { timeout: "48h" } },
    { id: "send", type: "message.reply", name: "Send" },
  ],
  edges: [{ from: "trigger", to: "ok" }],
};

describe("a difference in words", () => {
  it("names what came, went and changed", () => {
    const out = inWords(
      {
        added: ["send"],
        removed: ["old"],
        changed: [
          { node: "trigger", path: "/conditions/any/0/value", before: ["refund"], after: ["refund", "money"] },
          { node: "ok", path: "/params/timeout", before: "24h", after: "48h" },
          { node: "ok", path: "/edges/approved", before: null, after: "send" },
          { node: "ok", path: "/params/draft", before: "x", after: null },
        ],
      },
      before,
      after,
    );
    expect(out).toEqual([
      { node: "send", name: "Send", kind: "added", lines: [] },
      { node: "old", name: "Conversation tag (old)", kind: "removed", lines: [] },
      { node: "trigger", name: "Trigger", kind: "changed", lines: ["conditions any 1 value is “refund”, “money”, it was “refund”"] },
      {
        node: "ok",
        name: "Ask the team",
        kind: "changed",
        lines: ["timeout is “48h”, it was “24h”", "On “approved”: goes to Send, before to nothing (the run ends)", "draft was taken away; it was “x”"],
      },
    ]);
  });
  it("reads pointers with escapes", () => expect(place("/params/fields/a~1b~0c/0")).toBe("fields a/b~c 1"));
});

describe("two versions on one canvas", () => {
  const { definition, overlay } = together({ added: ["send"], removed: ["old"], changed: [{ node: "ok", path: "/edges/approved", before: "old", after: "send" }] }, { ...before, edges: [...before.edges, { from: "ok", output: "approved", to: "old" }] }, { ...after, edges: [...after.edges, { from: "ok", output: "approved", to: "send" }] });
  it("draws what was taken away, with the way to it", () => {
    expect(definition.nodes.map((n) => n.id)).toEqual(["ok", "send", "old"]);
    expect(definition.edges).toContainEqual({ from: "ok", output: "approved", to: "old" });
  });
  it("marks what came, went and changed", () => {
    expect(overlay.changes).toEqual({ ok: "changed", send: "added", old: "removed" });
    expect(overlay.edges).toEqual({ "ok approved send": "added", "ok approved old": "removed" });
  });
});

import { describe, expect, it } from "vitest";
import type { Definition } from "../api/types";
import { reject } from "./Code";
import { compare } from "./compare";
import type { TestReport } from "./context";
import { outcome, overlayOf } from "./TestBar";

const d: Definition = {
  trigger: { type: "manual" },
  nodes: [
    { id: "b", type: "branch", params: { cases: [{ id: "x" }] } },
    { id: "off", type: "set", disabled: true },
    { id: "e", type: "end", params: { result: "succeeded" }, position: { x: 0, y: 0 } },
  ],
  edges: [
    { from: "trigger", to: "b" },
    { from: "b", output: "x", to: "off" },
    { from: "off", to: "e" },
    { from: "b", output: "otherwise", to: "e" },
  ],
};

describe("what publishing would change", () => {
  it("is nothing when only places changed", () => {
    const moved = structuredClone(d);
    moved.nodes[2]!.position = { x: 9, y: 9 };
    expect(compare(d, moved)).toEqual({ added: [], removed: [], changed: [] });
  });
  it("names params, edges, and nodes that came and went", () => {
    const after = structuredClone(d);
    after.nodes[2]!.params!.result = "failed";
    after.nodes.splice(1, 1, { id: "n", type: "set" });
    after.edges = [d.edges[0]!, { from: "b", output: "x", to: "n" }, d.edges[3]!];
    after.trigger.type = "schedule";
    expect(compare(d, after)).toEqual({
      added: ["n"],
      removed: ["off"],
      changed: [
        { node: "trigger", path: "/type", before: "manual", after: "schedule" },
        { node: "e", path: "/params/result", before: "succeeded", after: "failed" },
        { node: "b", path: "/edges/x", before: "off", after: "n" },
      ],
    });
  });
});

describe("the code view", () => {
  it("takes a definition", () => expect(reject(JSON.stringify(d))).toBeUndefined());
  it.each([
    ["{", "JSON"],
    ["[]", "object with trigger"],
    ['{"trigger":{"type":"x"},"nodes":[]}', '"edges"'],
    ['{"trigger":{"type":"x"},"nodes":[{"id":"a"}],"edges":[]}', "nodes[0]"],
    ['{"trigger":{"type":"x"},"nodes":[{"id":"a","type":"t"},{"id":"a","type":"t"}],"edges":[]}', "taken"],
    ['{"trigger":{"type":"x"},"nodes":[{"id":"trigger","type":"t"}],"edges":[]}', "taken"],
    ['{"trigger":{"type":"x"},"nodes":[{"id":"a","type":"t","params":[]}],"edges":[]}', "params"],
    ['{"trigger":{"type":"x"},"nodes":[],"edges":[{}]}', "edges[0]"],
  ])("keeps %s out", (text, why) => expect(reject(text)).toContain(why));
});

describe("a test over the canvas", () => {
  const step = (node: string, output?: string) => ({ node, name: node, type: "t", status: "succeeded" as const, at: "", output, attempts: 1 });
  const report = (more: Partial<TestReport>): TestReport => ({ verdict: { workflowId: "w", version: 0, matched: true, reason: "matched" }, path: [], problems: [], ...more });
  it("lights the way, over disabled steps too", () => {
    const o = overlayOf(d, report({ status: "succeeded", path: [step("b", "x"), step("e")] }));
    expect([...o.taken!]).toEqual(["trigger next b", "b x off", "off next e"]);
    expect(Object.keys(o.nodes!)).toEqual(["b", "e"]);
  });
  it("lights nothing when it would not start", () => {
    const r = report({ verdict: { workflowId: "w", version: 0, matched: false, reason: "conditions", failed: { field: "message.subject", op: "is", value: "a", actual: "b" } } });
    expect(overlayOf(d, r).taken!.size).toBe(0);
    expect(outcome(r)).toBe("Would not start: message.subject is “a” does not hold, it is “b”");
  });
});

import { describe, expect, it } from "vitest";
import type { Definition, Step } from "../api/types";
import { overlayOf } from "./path";

const definition: Definition = {
  trigger: { type: "message.received" },
  nodes: [
    { id: "vip", type: "branch" },
    { id: "off", type: "conversation.note", disabled: true },
    { id: "ok", type: "approval" },
    { id: "tag", type: "conversation.tag" },
    { id: "send", type: "message.reply" },
  ],
  edges: [
    { from: "trigger", to: "vip" },
    { from: "vip", output: "yes", to: "off" },
    { from: "vip", output: "otherwise", to: "tag" },
    { from: "off", to: "ok" },
    { from: "ok", output: "approved", to: "send" },
    { from: "ok", output: "rejected", to: "tag" },
    { from: "ok", output: "timed_out", to: "tag" },
  ],
};
const step = (nodeId: string, more: Partial<Step> = {}): Step => ({
  nodeId,
  input: null,
  output: null,
  name: nodeId,
  type: definition.nodes.find((n) => n.id === nodeId)!.type,
  status: "succeeded",
  startedAt: "2026-11-22T10:00:00Z",
  attempts: 1,
  ...more,
});

describe("overlayOf", () => {
  it("lights what was taken, through a disabled step", () => {
    const { taken, nodes } = overlayOf(definition, [step("vip"), step("ok", { status: "waiting" })]);
    expect([...taken!]).toEqual(["trigger next vip", "vip yes off", "off next ok"]);
    expect(nodes?.ok?.status).toBe("waiting");
    expect(nodes?.off).toBeUndefined();
  });
  it("tells two edges to the same node apart by the decision", () => {
    const { taken } = overlayOf(definition, [step("vip"), step("ok", { output: { decision: "timed_out" } }), step("tag")]);
    expect([...taken!].at(-1)).toBe("ok timed_out tag");
  });
  it("shows the last time of a step that ran again", () => {
    const { nodes } = overlayOf(definition, [step("vip"), step("tag", { status: "failed" }), step("tag", { attempts: 2 })]);
    expect(nodes?.tag).toEqual({ status: "succeeded", durationMs: undefined, attempts: 2 });
  });
  it("lights nothing for a run that has not begun", () => expect(overlayOf(definition, [])).toEqual({ nodes: {}, taken: new Set() }));
});

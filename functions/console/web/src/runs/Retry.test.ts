import { describe, expect, it } from "vitest";
import type { Run } from "../api/types";
import { redriveBar } from "./Retry";

describe("whether a run can be redriven", () => {
  const at = Date.parse("2026-11-22T10:00:00Z");
  const run = (more: Partial<Run>) => ({ status: "failed", endedAt: "2026-11-21T10:00:00Z", ...more }) as Run;
  it.each([
    ["a failed one", run({}), undefined],
    ["a stopped one", run({ status: "stopped" }), undefined],
    ["one that succeeded", run({ status: "succeeded" }), "succeeded"],
    ["one that an end step ended", run({ endedBy: "done" }), "end step"],
    ["one from 15 days ago", run({ endedAt: "2026-11-07T10:00:00Z" }), "14 days"],
  ])("%s", (_, r, why) => {
    const bar = redriveBar(r, at);
    if (why) expect(bar).toContain(why);
    else expect(bar).toBeUndefined();
  });
});

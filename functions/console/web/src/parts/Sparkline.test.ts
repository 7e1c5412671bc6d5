import { describe, expect, it } from "vitest";
import { window30 } from "./Sparkline";

describe("window30", () => {
  const today = Date.parse("2026-11-22T23:30:00Z");
  it("ends today, begins 29 days before, and fills the gaps", () => {
    const out = window30([{ day: "2026-11-20", succeeded: 3, failed: 1 }], today);
    expect(out.length).toBe(30);
    expect(out[0]).toEqual({ day: "2026-10-24", succeeded: 0, failed: 0 });
    expect(out[27]).toEqual({ day: "2026-11-20", succeeded: 3, failed: 1 });
    expect(out[29]?.day).toBe("2026-11-22");
  });
  it("leaves out what is older", () => {
    const out = window30([{ day: "2026-10-23", succeeded: 9, failed: 9 }], today);
    expect(out.every((d) => d.succeeded + d.failed === 0)).toBe(true);
  });
});

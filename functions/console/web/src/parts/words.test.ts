import { describe, expect, it } from "vitest";
import { ago, bytes, count, dollars, duration, percent, title, value } from "./words";

describe("ago", () => {
  const from = Date.parse("2026-11-22T12:00:00Z");
  it.each([
    ["2026-11-22T11:59:58Z", "just now"],
    ["2026-11-22T11:55:00Z", "5 minutes ago"],
    ["2026-11-22T10:30:00Z", "1 hour ago"],
    ["2026-11-20T10:00:00Z", "2 days ago"],
    ["2026-11-24T12:00:00Z", "in 2 days"],
    ["2026-11-22T12:00:30Z", "in less than a minute"],
  ])("%s is %s", (at, want) => expect(ago(at, from)).toBe(want));
});

describe("duration", () => {
  it.each([
    [42, "42 ms"],
    [1300, "1.3 s"],
    [9_960, "10 s"],
    [59_400, "59 s"],
    [125_000, "2 min 5 s"],
    [3_599_800, "1 h"],
    [11_520_000, "3 h 12 min"],
    [86_400_000, "1 d"],
    [187_200_000, "2 d 4 h"],
    [-5, "0 ms"],
  ])("%d ms is %s", (ms, want) => expect(duration(ms)).toBe(want));
});

describe("percent", () => {
  it.each([
    [0, "0 %"],
    [1, "100 %"],
    [0.9999, "99.9 %"],
    [0.0002, "0.1 %"],
    [0.875, "88 %"],
    [0.995, "99.5 %"],
  ])("%d is %s", (rate, want) => expect(percent(rate)).toBe(want));
});

describe("words for data", () => {
  it("reads types and names", () => expect(title("ticket.status_changed")).toBe("Ticket status changed"));
  it.each([
    [null, "nothing"],
    ["", "an empty text"],
    ["a", "“a”"],
    [["a", 2], "“a”, 2"],
    [[], "an empty list"],
    [false, "false"],
    [{ a: 1 }, '{"a":1}'],
  ])("%j is %s", (v, want) => expect(value(v)).toBe(want));
  it("counts", () => expect([count(1, "run"), count(1200, "run"), count(0, "reply", "replies")]).toEqual(["1 run", "1,200 runs", "0 replies"]));
  it("prices", () => expect([dollars(0), dollars(3122), dollars(26), dollars(1), dollars(250_000), dollars(1_204_000)]).toEqual(["$0.00", "$0.0031", "$0.000026", "$0.000001", "$0.25", "$1.20"]));
  it("weighs", () => expect([bytes(12), bytes(20480), bytes(3_500_000)]).toEqual(["12 B", "20 KB", "3.3 MB"]));
});

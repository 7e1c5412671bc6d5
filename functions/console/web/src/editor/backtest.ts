import type { TestReport } from "./context";

// A draft against the live version on the same event: what would be different.

/** What one definition would do on one event; nothing when it cannot be told. */
export interface Outcome {
  starts: boolean;
  why?: string;
  fails?: boolean;
  /** The steps with the ways they go on by. */
  way: string[];
  /** The same with what they would be given. */
  doing: string;
}

export function outcomeOf(r: TestReport): Outcome {
  return {
    starts: r.verdict.matched,
    why: r.verdict.matched ? undefined : r.verdict.reason,
    fails: r.status === "failed",
    way: r.path.map((s) => s.node),
    doing: JSON.stringify(r.path.map((s) => [s.node, s.output, s.params])),
  };
}

export type Change = "same" | "starts" | "stops" | "way" | "doing" | "fails" | "new";

/** How the draft's outcome differs; without a live version there is nothing to differ from. */
export function changeOf(draft: Outcome, live: Outcome | undefined): Change {
  if (!live) return draft.starts ? (draft.fails ? "fails" : "new") : "same";
  if (draft.starts !== live.starts) return draft.starts ? "starts" : "stops";
  if (!draft.starts) return "same";
  if (draft.fails && !live.fails) return "fails";
  if (draft.way.join() !== live.way.join()) return "way";
  return draft.doing === live.doing ? "same" : "doing";
}

/** Does the same for each item, a few at a time, in order. */
export async function each<T, R>(items: T[], atOnce: number, go: (item: T) => Promise<R>): Promise<R[]> {
  const out = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) out[i] = await go(items[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return out;
}

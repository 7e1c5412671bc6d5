import { useSyncExternalStore } from "react";

// The desk's time. In AWS it is the browser's; a local stack whose clock was moved on is
// ahead of it, and then "in 24 hours" would be wrong without the difference.

let ahead = 0;
let tick = Date.now();
const listeners = new Set<() => void>();

export const now = () => Date.now() + ahead;

/** Sets how far the desk is ahead of the browser, in milliseconds. */
export function setAhead(ms: number) {
  ahead = Math.abs(ms) < 5_000 ? 0 : ms;
  beat();
}

function beat() {
  tick = now();
  for (const f of listeners) f();
}

let timer: ReturnType<typeof setInterval> | undefined;

/** The time, renewed every ten seconds. */
export function useNow(): number {
  return useSyncExternalStore(
    (f) => {
      listeners.add(f);
      timer ??= setInterval(beat, 10_000);
      return () => {
        listeners.delete(f);
        if (listeners.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      };
    },
    () => tick,
  );
}

/** Asks a local stack what its clock says; other stacks have none to ask. */
export async function readLocalClock() {
  if (!/^(127\.|localhost$|\[::1\]$)/.test(location.hostname)) return;
  const answer = await fetch("/local/time").catch(() => undefined);
  const body = answer?.ok ? ((await answer.json().catch(() => ({}))) as { now?: string; time?: string }) : {};
  const at = Date.parse(body.now ?? body.time ?? "");
  if (!Number.isNaN(at)) setAhead(at - Date.now());
}

import { useSyncExternalStore } from "react";
import { Problem } from "../api/problem";

// Short messages over the page: what was done, or why not.

export interface Notice {
  id: number;
  type: "success" | "error" | "info" | "warning";
  text: string;
}

let notices: Notice[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: Notice[]) {
  notices = next;
  for (const f of listeners) f();
}

export function dismiss(id: number) {
  change(notices.filter((n) => n.id !== id));
}

export function notify(type: Notice["type"], text: string) {
  const id = ++last;
  change([{ id, type, text }, ...notices.filter((n) => n.text !== text)].slice(0, 4));
  if (type === "success" || type === "info") setTimeout(() => dismiss(id), 6000);
}

/** An error in words for people. */
export function words(error: unknown): string {
  if (error instanceof Problem) {
    const list = error.problems.map((p) => p.message).join("; ");
    return [error.message, list].filter(Boolean).join(": ");
  }
  return error instanceof Error ? error.message : String(error);
}

export const notifyError = (error: unknown) => notify("error", words(error));

export function useNotices(): Notice[] {
  return useSyncExternalStore(
    (f) => {
      listeners.add(f);
      return () => listeners.delete(f);
    },
    () => notices,
  );
}

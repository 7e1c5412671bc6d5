import { useSyncExternalStore } from "react";

const query = window.matchMedia("(min-width: 760px)");

/** Whether there is room for more than the most important columns. */
export function useWide(): boolean {
  return useSyncExternalStore(
    (f) => {
      query.addEventListener("change", f);
      return () => query.removeEventListener("change", f);
    },
    () => query.matches,
  );
}

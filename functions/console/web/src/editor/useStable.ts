import { useRef } from "react";

/** A list whose items keep their identity as long as they say the same, so that what did
 *  not change is not drawn again. Items are plain data with an id. */
export function useStable<T extends { id: string }>(list: T[]): T[] {
  const before = useRef(new Map<string, { text: string; item: T }>());
  const now = new Map<string, { text: string; item: T }>();
  const out = list.map((item) => {
    const text = JSON.stringify(item);
    const old = before.current.get(item.id);
    const kept = old?.text === text ? old : { text, item };
    now.set(item.id, kept);
    return kept.item;
  });
  before.current = now;
  return out;
}

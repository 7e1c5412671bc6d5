import { useCallback, useMemo } from "react";
import { useSearch as useText } from "wouter";
import { navigate } from "wouter/use-browser-location";

/** Filters that live in the address, so that a view can be sent to somebody and comes
 *  back with the browser's back button. */
export function useFilters<K extends string>(...names: K[]): [Record<K, string>, (change: Partial<Record<K, string>>) => void] {
  const text = useText();
  const list = names.join(",");
  const values = useMemo(() => {
    const q = new URLSearchParams(text);
    return Object.fromEntries(list.split(",").map((n) => [n, q.get(n) ?? ""])) as Record<K, string>;
  }, [text, list]);
  const set = useCallback((change: Partial<Record<K, string>>) => {
    const q = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries<string | undefined>(change)) {
      if (value) q.set(name, value);
      else q.delete(name);
    }
    const s = q.toString();
    navigate(location.pathname + (s ? "?" + s : ""), { replace: true });
  }, []);
  return [values, set];
}

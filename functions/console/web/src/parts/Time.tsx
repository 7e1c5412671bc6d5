import { useNow } from "./clock";
import { ago, duration, exact } from "./words";

/** A time as it is from now; the exact one when pointed at, and for screen readers. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  const full = exact(at);
  return (
    <time dateTime={at} title={full} className="time">
      {ago(at, now)}
    </time>
  );
}

/** How long something has taken, or takes still. */
export function Took({ ms, since }: { ms?: number; since?: string }) {
  const now = useNow();
  const took = ms ?? (since ? now - Date.parse(since) : undefined);
  return <span className="number">{took === undefined ? "–" : duration(took)}</span>;
}

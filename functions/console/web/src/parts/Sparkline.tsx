import type { Day } from "../api/types";
import { count } from "./words";
import { now } from "./clock";

const shown = 30;

/** The last thirty days up to `today` (UTC), oldest first; days without runs are zeroes. */
export function window30(days: Day[], today: number): Day[] {
  const by = new Map(days.map((d) => [d.day, d]));
  return Array.from({ length: shown }, (_, i) => {
    const day = new Date(today - (shown - 1 - i) * 86_400_000).toISOString().slice(0, 10);
    return by.get(day) ?? { day, succeeded: 0, failed: 0 };
  });
}

/** Runs per day over thirty days: what succeeded below, what failed on top of it. */
export default function Sparkline({ days, height = 28 }: { days: Day[]; height?: number }) {
  const list = window30(days, now());
  const most = Math.max(1, ...list.map((d) => d.succeeded + d.failed));
  const succeeded = list.reduce((n, d) => n + d.succeeded, 0);
  const failed = list.reduce((n, d) => n + d.failed, 0);
  const label = succeeded + failed === 0 ? "No finished runs in 30 days" : `30 days: ${count(succeeded, "run")} succeeded, ${failed} failed`;
  const bar = 4;
  const room = height - 1;
  return (
    <svg className="sparkline" role="img" aria-label={label} viewBox={`0 0 ${shown * bar} ${height}`} height={height} preserveAspectRatio="none">
      <title>{label}</title>
      <rect className="base" x={0} y={height - 1} width={shown * bar} height={1} />
      {list.map((d, i) => {
        const part = (n: number) => (n === 0 ? 0 : Math.max(2, (n / most) * room));
        const good = part(d.succeeded);
        const bad = Math.min(part(d.failed), room);
        const low = Math.min(good, room - bad);
        return (
          <g key={d.day}>
            {low > 0 && <rect className="good" x={i * bar} width={bar - 1} y={room - low} height={low} />}
            {bad > 0 && <rect className="bad" x={i * bar} width={bar - 1} y={room - low - bad} height={bad} />}
          </g>
        );
      })}
    </svg>
  );
}

// Times, durations, names and numbers in words.

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** A time as seen from another: "5 minutes ago", "in 2 days". */
export function ago(at: string | number, from: number): string {
  const seconds = (new Date(at).getTime() - from) / 1000;
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return seconds > 10 ? "in less than a minute" : "just now";
}

const whole = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
const exactly = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** A time with its time zone. */
export const exact = (at: string | number) => whole.format(new Date(at));
/** A time to the second, for tables. */
export const stamp = (at: string | number) => exactly.format(new Date(at));

/** How long something took: "42 ms", "1.3 s", "2 min 5 s", "3 h 12 min", "2 d 4 h". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s < 9.95 ? s.toFixed(1) : Math.round(s)} s`;
  const two = (a: number, unit: string, b: number, small: string) => `${a} ${unit}` + (b ? ` ${b} ${small}` : "");
  const total = Math.round(s);
  if (total < 3_600) return two(Math.floor(total / 60), "min", total % 60, "s");
  const minutes = Math.round(s / 60);
  if (minutes < 1_440) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(s / 3_600);
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** A share as a percentage, never rounded up to 100 or down to 0. */
export function percent(rate: number): string {
  const p = rate * 100;
  if (p === 0 || p === 100) return p + " %";
  const shown = p > 99 || p < 1 ? p.toFixed(1) : String(Math.round(p));
  return (shown === "100.0" ? "99.9" : shown === "0.0" ? "0.1" : shown) + " %";
}

/** "ticket.status_changed" as people write it: "Ticket status changed". */
export function title(name: string): string {
  const text = name.replace(/[._-]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What is to be read as data: a list with commas, a text in quotes, nothing as such. */
export function value(v: unknown): string {
  if (v === undefined || v === null) return "nothing";
  if (v === "") return "an empty text";
  if (typeof v === "string") return `“${v}”`;
  if (Array.isArray(v)) return v.length === 0 ? "an empty list" : v.map(value).join(", ");
  if (typeof v === "object") return JSON.stringify(v);
  return String(v);
}

export const count = (n: number, one: string, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** Millionths of a dollar as money: "$0.0031", "$1.20"; two digits that say something. */
export function dollars(micro: number): string {
  const d = micro / 1e6;
  if (d === 0 || d >= 1) return "$" + d.toFixed(2);
  return "$" + d.toFixed(Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(d)))));
}

/** "1.2 MB" */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  return n < 1 << 20 ? `${Math.round(n / 1024)} KB` : `${(n / (1 << 20)).toFixed(1)} MB`;
}

import type { Definition, Sticky, WorkflowProblem } from "../api/types";
import { freeId, type Spot } from "./edits";

// Notes that stand free on the canvas. On the canvas and in a selection they go by
// sticky:<id>, which no step can be called.

export const colors = ["yellow", "blue", "green", "red"];
export const size = { width: 200, height: 110 };

const prefix = "sticky:";
export const keyOf = (s: Sticky) => prefix + s.id;
export const isSticky = (key: string) => key.startsWith(prefix);
export const stickyOf = (d: Definition, key: string) => (isSticky(key) ? d.stickies?.find((s) => keyOf(s) === key) : undefined);

/** Those that can be drawn; a definition that somebody typed may hold anything. */
export const stickiesOf = (d: Definition): Sticky[] =>
  (Array.isArray(d.stickies) ? d.stickies : []).filter((s) => !!s && typeof s === "object" && typeof s.id === "string" && Number.isFinite(s.x) && Number.isFinite(s.y));

/** What on the canvas a problem is of: a note, a step, or else the trigger. */
export function placeOf(d: Definition, p: WorkflowProblem): string {
  const note = /^\/stickies\/(\d+)/.exec(p.path)?.[1];
  const s = note === undefined ? undefined : d.stickies?.[Number(note)];
  return typeof s?.id === "string" ? keyOf(s) : p.node || "trigger";
}

export const boxOf = (s: Sticky) => ({ x: s.x, y: s.y, width: s.width || size.width, height: s.height || size.height });

const withAll = (d: Definition, stickies: Sticky[]): Definition => {
  if (stickies.length) return { ...d, stickies };
  const { stickies: _, ...rest } = d;
  return rest as Definition;
};

export function addSticky(d: Definition, at: Spot): { definition: Definition; key: string } {
  const all = d.stickies ?? [];
  const id = freeId(all.map((s) => s.id), "note");
  const spot = { x: Math.round(at.x), y: Math.round(at.y) };
  while (all.some((s) => s.x === spot.x && s.y === spot.y)) {
    spot.x += 30;
    spot.y += 30;
  }
  return { definition: { ...d, stickies: [...all, { id, text: "", ...spot, ...size }] }, key: prefix + id };
}

export function setSticky(d: Definition, key: string, more: Partial<Sticky>): Definition {
  return { ...d, stickies: (d.stickies ?? []).map((s) => (keyOf(s) === key ? clean({ ...s, ...more }) : s)) };
}

const clean = (s: Sticky): Sticky => {
  const copy = { ...s };
  if (!copy.color || copy.color === colors[0]) delete copy.color;
  return copy;
};

export function removeStickies(d: Definition, keys: string[]): Definition {
  return withAll(d, (d.stickies ?? []).filter((s) => !keys.includes(keyOf(s))));
}

export function moveStickies(d: Definition, spots: Map<string, Spot>): Definition {
  if (!d.stickies?.some((s) => spots.has(keyOf(s)))) return d;
  return { ...d, stickies: d.stickies.map((s) => ({ ...s, ...(spots.has(keyOf(s)) && { x: Math.round(spots.get(keyOf(s))!.x), y: Math.round(spots.get(keyOf(s))!.y) }) })) };
}

/** Puts notes in under ids that are free, moved by so much. */
export function pasteStickies(d: Definition, notes: Sticky[], by: Spot): { definition: Definition; keys: string[] } {
  const all = [...(d.stickies ?? [])];
  const keys: string[] = [];
  for (const s of notes) {
    const id = freeId(all.map((x) => x.id), s.id.replace(/_\d+$/, ""));
    all.push({ ...s, id, x: s.x + by.x, y: s.y + by.y });
    keys.push(prefix + id);
  }
  return { definition: withAll(d, all), keys };
}

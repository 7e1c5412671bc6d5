import type { Definition } from "../api/types";

// What was, is, and was taken back: undo and redo over every change of a definition.

export interface History {
  past: Definition[];
  present: Definition;
  future: Definition[];
  /** What the last change was of, and when: typing on in one field is one change. */
  last?: { tag: string; at: number };
}

export type Act =
  | { type: "edit"; next: Definition; tag?: string; at?: number }
  | { type: "undo" }
  | { type: "redo" }
  /** The draft was loaded anew: nothing before it can be gone back to. */
  | { type: "load"; definition: Definition };

export const depth = 200;
const pause = 1500;

export const begin = (present: Definition): History => ({ past: [], present, future: [] });

export function reduce(h: History, act: Act): History {
  switch (act.type) {
    case "load":
      return begin(act.definition);
    case "undo": {
      const to = h.past.at(-1);
      return to ? { past: h.past.slice(0, -1), present: to, future: [h.present, ...h.future] } : h;
    }
    case "redo": {
      const [to, ...future] = h.future;
      return to ? { past: [...h.past, h.present], present: to, future } : h;
    }
    case "edit": {
      if (act.next === h.present) return h;
      const at = act.at ?? 0;
      const last = act.tag ? { tag: act.tag, at } : undefined;
      if (act.tag && h.last?.tag === act.tag && at - h.last.at < pause && h.past.length > 0) return { ...h, present: act.next, future: [], last };
      return { past: [...h.past, h.present].slice(-depth), present: act.next, future: [], last };
    }
  }
}

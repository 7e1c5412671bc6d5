import { useEffect, useRef, type RefObject } from "react";
import type { Definition } from "../api/types";
import { along } from "../graph/cards";
import { commandOf, isTyping } from "./keys";

export interface KeyState {
  definition: Definition;
  selected: string[];
  may: boolean;
  /** A dialog is open and has the keys. */
  busy: boolean;
  run: (command: string, e?: KeyboardEvent) => boolean;
  put: (text: string) => void;
  clear: () => void;
  select: (ids: string[], focus?: boolean) => void;
  focusNode: (id: string) => void;
}

/** Keys, pasted text and the moving focus, as long as the editor is open. */
export function useKeys(root: RefObject<HTMLDivElement | null>, now: KeyState) {
  const state = useRef(now);
  state.current = now;
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const s = state.current;
      if (e.defaultPrevented || s.busy) return;
      const el = e.target as HTMLElement;
      const typing = isTyping(el);
      const inside = root.current?.contains(el) || el === document.body;
      if (inside && e.key === "Escape") {
        const at = s.selected[0];
        if (root.current?.querySelector(".panel")?.contains(el) && at) {
          s.focusNode(at);
          e.preventDefault();
        } else if (!typing) s.clear();
        return;
      }
      if (!inside && !e.ctrlKey && !e.metaKey) return;
      if (!typing && /^Arrow/.test(e.key) && !e.ctrlKey && !e.metaKey && !e.shiftKey) {
        const onCanvas = el === document.body || !!el.closest?.(".flow");
        if (!onCanvas) return;
        const at = s.selected.at(-1) ?? el.closest<HTMLElement>(".react-flow__node")?.dataset.id;
        const to = at ? along(s.definition, at, e.key) : "trigger";
        e.preventDefault();
        if (to) s.select([to], true);
        return;
      }
      // Buttons and tabs keep Enter.
      if (e.key === "Enter" && !e.ctrlKey && !e.metaKey && !el.closest?.(".react-flow__node")) return;
      const command = commandOf(e, typing);
      if (command === "paste") return; // the paste event brings the text
      if (command && s.run(command, e)) e.preventDefault();
    };
    const onPaste = (e: ClipboardEvent) => {
      const s = state.current;
      if (s.busy || isTyping(e.target) || !s.may) return;
      const text = e.clipboardData?.getData("text/plain");
      if (text) {
        e.preventDefault();
        s.put(text);
      }
    };
    // Moving the focus onto a step selects it, as a click does.
    const onFocus = (e: FocusEvent) => {
      const el = (e.target as HTMLElement).closest?.<HTMLElement>(".react-flow__node");
      const id = el?.dataset.id;
      if (el === e.target && id && el.matches(":focus-visible") && !state.current.selected.includes(id)) state.current.select([id]);
    };
    const bench = root.current;
    document.addEventListener("keydown", onKey);
    document.addEventListener("paste", onPaste);
    bench?.addEventListener("focusin", onFocus);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("paste", onPaste);
      bench?.removeEventListener("focusin", onFocus);
    };
  }, [root]);
}

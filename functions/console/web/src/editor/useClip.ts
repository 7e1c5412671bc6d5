import type { Definition } from "../api/types";
import { place } from "../graph/layout";
import { notify } from "../layout/notices";
import { count } from "../parts/words";
import type { Kinds } from "./catalog";
import { copy, paste, read } from "./clipboard";
import { freeWay } from "./edits";
import { isSticky } from "./stickies";

interface Needs {
  definition: Definition;
  kinds: Kinds;
  selected: string[];
  edit: (next: Definition) => boolean;
  select: (ids: string[], focus?: boolean) => void;
  remove: (ids: string[]) => void;
  say: (text: string) => void;
}

/** Copy, cut, paste and duplicate, by the clipboard of the system. */
export function useClip({ definition: d, kinds, selected, edit, select, remove, say }: Needs) {
  const chosen = selected.filter((id) => id !== "trigger");
  const what = chosen.every(isSticky) ? count(chosen.length, "note") : count(chosen.length, chosen.some(isSticky) ? "thing" : "step");
  const clip = async (cut: boolean) => {
    const text = copy(d, chosen, kinds);
    if (!text) return;
    try {
      await navigator.clipboard.writeText(text);
      if (cut) remove(chosen);
      say(cut ? `${what} cut; paste brings ${chosen.length === 1 ? "it" : "them"} back.` : `${what} copied as text.`);
    } catch {
      notify("error", "The browser did not let the text be copied.");
    }
  };
  const put = (text: string) => {
    const piece = read(text);
    if (!piece) {
      say("There are no steps on the clipboard.");
      return;
    }
    const way = selected.length === 1 && !isSticky(selected[0]!) && piece.nodes.length > 0 ? freeWay(d, selected[0]!, kinds) : undefined;
    const box = way && place(d, kinds).get(way.from);
    const out = paste(d, piece, { way, at: box && { x: box.x, y: box.y + box.height + 64 } }, kinds);
    if (edit(out.definition)) select(out.ids, true);
  };
  const duplicate = () => {
    const piece = read(copy(d, chosen, kinds));
    if (!piece) return;
    const out = paste(d, piece, {}, kinds);
    if (edit(out.definition)) select(out.ids, true);
  };
  return { clip, put, duplicate };
}

// Every key of the editor, once: the handler, the sheet and the command palette read it.

export interface Key {
  id: string;
  /** As shown; Ctrl is ⌘ on a Mac. */
  keys: string[];
  /** What the sheet shows instead, where that would be long. */
  as?: string;
  words: string;
  group: "Add and connect" | "Change" | "Move around" | "Draft";
  /** Also while a text field has the focus. */
  everywhere?: boolean;
  /** Only in the sheet: the canvas itself answers to it. */
  shown?: boolean;
}

export const keys: Key[] = [
  { id: "add", keys: ["N"], words: "Add a step after the selected one", group: "Add and connect" },
  { id: "connect", keys: ["C"], words: "Connect the selected step to another, or take a connection away", group: "Add and connect" },
  { id: "note", keys: ["S"], words: "Add a sticky note", group: "Add and connect" },
  { id: "copy", keys: ["Ctrl+C"], words: "Copy", group: "Change" },
  { id: "cut", keys: ["Ctrl+X"], words: "Cut", group: "Change" },
  { id: "paste", keys: ["Ctrl+V"], words: "Paste, also from another workflow", group: "Change" },
  { id: "duplicate", keys: ["Ctrl+D"], words: "Duplicate", group: "Change" },
  { id: "delete", keys: ["Delete", "Backspace"], words: "Delete; the way closes behind it", group: "Change" },
  { id: "rename", keys: ["F2"], words: "Rename", group: "Change" },
  { id: "disable", keys: ["D"], words: "Disable or enable", group: "Change" },
  { id: "undo", keys: ["Ctrl+Z"], words: "Undo", group: "Change" },
  { id: "redo", keys: ["Ctrl+Shift+Z", "Ctrl+Y"], words: "Redo", group: "Change" },
  { id: "tidy", keys: ["Shift+A"], words: "Tidy up", group: "Change" },
  { id: "nudge", keys: ["Ctrl+↑", "Ctrl+↓", "Ctrl+←", "Ctrl+→"], as: "Ctrl+arrows", words: "Move what is selected on the canvas", group: "Change" },
  { id: "walk", keys: ["↑", "↓", "←", "→"], words: "Go along the graph", group: "Move around", shown: true },
  { id: "settings", keys: ["Enter"], words: "Go to the settings of the selected step; Esc goes back", group: "Move around" },
  { id: "all", keys: ["Ctrl+A"], words: "Select all", group: "Move around" },
  { id: "before", keys: ["Shift+↑"], words: "Select everything before", group: "Move around" },
  { id: "after", keys: ["Shift+↓"], words: "Select everything after", group: "Move around" },
  { id: "box", keys: ["Shift+drag"], words: "Select by a rectangle", group: "Move around", shown: true },
  { id: "pan", keys: ["Space+drag"], words: "Move the canvas", group: "Move around", shown: true },
  { id: "in", keys: ["+"], words: "Zoom in", group: "Move around" },
  { id: "out", keys: ["-"], words: "Zoom out", group: "Move around" },
  { id: "actual", keys: ["0"], words: "Actual size", group: "Move around" },
  { id: "fit", keys: ["1", "F"], words: "Fit everything in", group: "Move around" },
  { id: "save", keys: ["Ctrl+S"], words: "Save now", group: "Draft", everywhere: true },
  { id: "test", keys: ["Ctrl+Enter"], words: "Test on an event", group: "Draft", everywhere: true },
  { id: "publish", keys: ["Ctrl+Shift+P"], words: "Publish", group: "Draft", everywhere: true },
  { id: "code", keys: ["Ctrl+Shift+J"], words: "Show the definition as JSON, or the canvas", group: "Draft", everywhere: true },
  { id: "picture", keys: [], words: "Download a picture of the flow", group: "Draft" },
  { id: "problems", keys: ["P"], words: "Go to the next problem", group: "Draft" },
  { id: "commands", keys: ["Ctrl+K"], words: "Find a command or a step", group: "Draft", everywhere: true },
  { id: "help", keys: ["?"], words: "Show the keys", group: "Draft" },
];

const arrows: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", "=": "+" };

/** A key press as it is written in the table. */
export function written(e: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">): string {
  const plain = arrows[e.key] ?? (e.key.length === 1 ? e.key.toUpperCase() : e.key);
  const parts: string[] = [];
  if (e.ctrlKey || e.metaKey) parts.push("Ctrl");
  if (e.altKey) parts.push("Alt");
  // A sign like ? is typed with Shift on most keyboards; the sign is what counts.
  const sign = plain.length === 1 && !/[A-Z↑↓←→]/.test(plain);
  if (e.shiftKey && !sign) parts.push("Shift");
  return [...parts, plain].join("+");
}

export function commandOf(e: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">, typing: boolean): string | undefined {
  const w = written(e);
  return keys.find((k) => !k.shown && (k.everywhere || !typing) && k.keys.includes(w))?.id;
}

/** Whether a key belongs to the element: texts are typed, dialogs have their own. */
export function isTyping(target: EventTarget | null): boolean {
  const el = target as HTMLElement | null;
  return !!el?.closest?.("input, textarea, select, [contenteditable=true], [role=dialog], [role=listbox], [role=combobox], [role=menu]");
}

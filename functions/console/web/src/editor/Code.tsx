import { useEffect, useRef, useState } from "react";
import type { Definition } from "../api/types";
import { useEditor } from "./context";

/** Why a text is no definition; nothing when it can be one. Whether it is a good one, the server says. */
export function reject(text: string): string | undefined {
  let v: unknown;
  try {
    v = JSON.parse(text);
  } catch (e) {
    const message = (e as Error).message;
    const at = /position (\d+)/.exec(message)?.[1];
    if (!at || /line \d+/.test(message)) return message;
    const before = text.slice(0, Number(at)).split("\n");
    return `${message} (line ${before.length} column ${before.at(-1)!.length + 1})`;
  }
  const d = v as Definition;
  const object = (x: unknown) => typeof x === "object" && x !== null && !Array.isArray(x);
  if (!object(d)) return "A definition is an object with trigger, nodes and edges.";
  if (!object(d.trigger) || typeof d.trigger.type !== "string") return '"trigger" is to be an object with a "type".';
  if (!Array.isArray(d.nodes)) return '"nodes" is to be a list.';
  if (!Array.isArray(d.edges)) return '"edges" is to be a list.';
  const seen = new Set<string>();
  for (const [i, n] of d.nodes.entries()) {
    if (!object(n) || typeof n.id !== "string" || !n.id || typeof n.type !== "string") return `nodes[${i}] is to be an object with "id" and "type".`;
    if (seen.has(n.id) || n.id === "trigger") return `nodes[${i}]: the id ${n.id} is taken.`;
    if (n.params !== undefined && !object(n.params)) return `nodes[${i}].params is to be an object.`;
    seen.add(n.id);
  }
  for (const [i, e] of d.edges.entries()) if (!object(e) || typeof e.from !== "string" || typeof e.to !== "string") return `edges[${i}] is to be an object with "from" and "to".`;
  return undefined;
}

/** The definition as JSON; every text that can be a definition is one at once. */
export default function Code({ onWrong }: { onWrong: (why: string | undefined) => void }) {
  const { definition, edit, may } = useEditor();
  const [text, setText] = useState(() => JSON.stringify(definition, null, 2));
  const mine = useRef(definition);
  const why = reject(text);
  useEffect(() => {
    if (definition === mine.current) return;
    // Undo, redo, or another's version.
    mine.current = definition;
    setText(JSON.stringify(definition, null, 2));
  }, [definition]);
  useEffect(() => onWrong(why), [why, onWrong]);
  return (
    <div className="code">
      <textarea
        aria-label="Definition as JSON"
        aria-invalid={!!why}
        aria-describedby="code-state"
        spellCheck={false}
        readOnly={!may}
        value={text}
        onChange={(e) => {
          setText(e.target.value);
          if (reject(e.target.value)) return;
          const next = JSON.parse(e.target.value) as Definition;
          if (edit(next, "code")) mine.current = next;
        }}
      />
      <div id="code-state" role="status" className={why ? "code-state wrong" : "code-state"}>
        {why ? `Not taken yet: ${why}` : "In step with the canvas."}
      </div>
    </div>
  );
}

import { NodeResizer, type Node as FlowNode, type NodeProps } from "@xyflow/react";
import { useState } from "react";
import type { Sticky } from "../api/types";
import StickyCard from "../graph/StickyCard";
import { useEditor } from "./context";
import { keyOf, setSticky } from "./stickies";

export type NoteNode = FlowNode<{ sticky: Sticky } & Record<string, unknown>>;

/** A note on the canvas: dragged like a step, drawn larger by its corners, written in after
 *  a double click, or in the settings. */
export default function Note({ data: { sticky: s }, selected }: NodeProps<NoteNode>) {
  const { definition: d, edit, may } = useEditor();
  const [writing, setWriting] = useState<string>();
  return (
    <>
      {may && (
        <NodeResizer
          isVisible={selected}
          minWidth={100}
          minHeight={50}
          maxWidth={1200}
          maxHeight={1200}
          onResizeEnd={(_, { x, y, width, height }) => edit(setSticky(d, keyOf(s), { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) }))}
        />
      )}
      <div className="sticky-frame" onDoubleClick={() => may && setWriting(s.text)}>
        {writing === undefined ? (
          <StickyCard sticky={s} empty={may ? "Double-click to write" : ""} />
        ) : (
          <textarea
            className={`sticky sticky-${s.color ?? "yellow"} nodrag nopan nowheel`}
            aria-label="Text of the note"
            autoFocus
            value={writing}
            onChange={(e) => setWriting(e.target.value)}
            onKeyDown={(e) => {
              e.stopPropagation();
              if (e.key === "Escape") e.currentTarget.blur();
            }}
            onBlur={() => {
              if (writing !== s.text) edit(setSticky(d, keyOf(s), { text: writing }));
              setWriting(undefined);
            }}
          />
        )}
      </div>
    </>
  );
}

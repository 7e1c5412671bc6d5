import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type Edge, type EdgeProps } from "@xyflow/react";
import { useTools } from "./tools";

export type WayEdge = Edge<{ hovered: boolean; may: boolean; output: string; label: string }>;

/** A connection, with what can be done to it in its middle: a step in between, a bin. */
export default function Way(p: EdgeProps<WayEdge>) {
  const { choose, cut } = useTools();
  const [path, x, y] = getSmoothStepPath({ ...p, borderRadius: 12 });
  return (
    <>
      <BaseEdge id={p.id} path={path} interactionWidth={22} />
      {p.data?.may && (
        <EdgeLabelRenderer>
          <span className={`edge-tools nodrag nopan ${p.selected || p.data.hovered ? "chosen" : ""}`} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }} data-edge={p.id}>
            <button type="button" className="plus" tabIndex={-1} title="Add a step here" aria-label={`Add a step ${p.data.label}`} onClick={() => choose({ way: { from: p.source, output: p.data!.output } })}>
              +
            </button>
            <button type="button" className="plus bin" tabIndex={-1} title="Delete this connection" aria-label={`Delete the connection ${p.data.label}`} onClick={() => cut(p.id)}>
              ×
            </button>
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

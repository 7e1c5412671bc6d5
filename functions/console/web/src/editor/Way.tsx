import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type EdgeProps } from "@xyflow/react";
import { edgeKey, nameOf, outputOf } from "../graph/model";
import { useEditor } from "./context";
import { removeEdge } from "./edits";

/** A connection, with what can be done to it in its middle: a step in between, a bin. */
export default function Way(p: EdgeProps) {
  const { definition, choose, edit, may, kinds, selectedEdge } = useEditor();
  const [path, x, y] = getSmoothStepPath({ ...p, borderRadius: 12 });
  const e = definition.edges.find((one) => edgeKey(one) === p.id);
  const label = e ? `from ${nameOf(definition, e.from, kinds)} to ${nameOf(definition, e.to, kinds)}` : "";
  return (
    <>
      <BaseEdge id={p.id} path={path} interactionWidth={22} />
      {may && e && (
        <EdgeLabelRenderer>
          <span className={`edge-tools nodrag nopan ${selectedEdge === p.id || p.data?.hovered ? "chosen" : ""}`} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }} data-edge={p.id}>
            <button type="button" className="plus" tabIndex={-1} title="Add a step here" aria-label={`Add a step ${label}`} onClick={() => choose({ way: { from: e.from, output: outputOf(e) } })}>
              +
            </button>
            <button type="button" className="plus bin" tabIndex={-1} title="Delete this connection" aria-label={`Delete the connection ${label}`} onClick={() => edit(removeEdge(definition, p.id))}>
              ×
            </button>
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

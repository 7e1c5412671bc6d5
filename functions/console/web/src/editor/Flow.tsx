import { applyNodeChanges, Background, BaseEdge, Controls, EdgeLabelRenderer, getSmoothStepPath, MiniMap, ReactFlow, SelectionMode, useReactFlow, type Connection, type Edge as FlowEdge, type EdgeProps, type FinalConnectionState, type Node as FlowNode, type NodeChange, type NodeProps } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import "../graph/graph.css";
import { useCallback, useEffect, useMemo, useRef, useState, type DragEvent } from "react";
import { cards, type Overlay } from "../graph/cards";
import { width } from "../graph/layout";
import { edgeKey, nameOf, outputOf } from "../graph/model";
import NodeCard, { type CardProps } from "../graph/NodeCard";
import { count } from "../parts/words";
import { useEditor } from "./context";
import { add, connect, edgeAt, move, refusal, removeEdge, type Spot } from "./edits";

export const dragged = "application/x-deskhand-node";

type CardNode = FlowNode<CardProps & Record<string, unknown>>;

function Step({ data }: NodeProps<CardNode>) {
  const { definition, choose, may } = useEditor();
  return (
    <NodeCard
      {...data}
      below={(o) =>
        may && !edgeAt(definition, { from: data.id, output: o.id }) && o.id !== "error" ? (
          <button type="button" className="plus nodrag nopan" tabIndex={-1} aria-label={`Add a step after ${data.name}${o.label ? ", " + o.label : ""}`} title="Add a step here" onClick={() => choose({ way: { from: data.id, output: o.id } })}>
            +
          </button>
        ) : null
      }
    />
  );
}

function Way(p: EdgeProps) {
  const { definition, choose, edit, may, kinds, selectedEdge } = useEditor();
  const [path, x, y] = getSmoothStepPath({ ...p, borderRadius: 12 });
  const e = definition.edges.find((one) => edgeKey(one) === p.id);
  const label = e ? `from ${nameOf(definition, e.from, kinds)} to ${nameOf(definition, e.to, kinds)}` : "";
  return (
    <>
      <BaseEdge id={p.id} path={path} interactionWidth={22} />
      {may && e && (
        <EdgeLabelRenderer>
          <span className={`edge-tools nodrag nopan ${selectedEdge === p.id ? "chosen" : ""}`} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }} data-edge={p.id}>
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

const nodeTypes = { card: Step };
const edgeTypes = { way: Way };

/** The canvas on which a draft is built. */
export default function Flow({ overlay }: { overlay?: Overlay }) {
  const ed = useEditor();
  const { definition: d, kinds, selected, problems, may } = ed;
  const flow = useReactFlow();
  const chosen = useRef(selected);
  chosen.current = selected;
  const [refused, setRefused] = useState("");

  const built = useMemo<CardNode[]>(
    () =>
      cards(d, kinds, overlay).map(({ id, label, x, y, card }) => {
        const mine = problems.filter((p) => (p.node || "trigger") === id);
        const errors = mine.filter((p) => p.severity === "error").length;
        const words = mine.map((p) => p.message).join("\n");
        return {
          id,
          type: "card",
          position: { x, y },
          width: card.width,
          height: card.height,
          data: { ...card, connectable: may, problems: { errors, warnings: mine.length - errors, words } },
          selected: selected.includes(id),
          draggable: may && id !== "trigger",
          ariaLabel: [selected.includes(id) && "Selected", label, mine.length > 0 && count(mine.length, "problem")].filter(Boolean).join(", "),
          ariaRole: "group" as const,
          domAttributes: { "aria-roledescription": "step" },
        };
      }),
    [d, kinds, overlay, problems, selected, may],
  );
  const [nodes, setNodes] = useState(built);
  useEffect(() => setNodes(built), [built]);

  const edges = useMemo<FlowEdge[]>(() => {
    const ids = new Set(["trigger", ...d.nodes.map((n) => n.id)]);
    return d.edges
      .filter((e) => ids.has(e.from) && ids.has(e.to))
      .map((e) => ({
        id: edgeKey(e),
        source: e.from,
        target: e.to,
        sourceHandle: outputOf(e),
        type: "way",
        selected: ed.selectedEdge === edgeKey(e),
        focusable: false,
        className: `${overlay?.taken ? (overlay.taken.has(edgeKey(e)) ? "edge-taken" : "edge-not") : ""} ${outputOf(e) === "error" ? "edge-error" : ""}`,
      }));
  }, [d, overlay, ed.selectedEdge]);

  const onNodesChange = useCallback(
    (changes: NodeChange<CardNode>[]) => {
      const next = new Set(chosen.current);
      let differs = false;
      for (const c of changes) {
        if (c.type !== "select" || next.has(c.id) === c.selected) continue;
        differs = true;
        if (c.selected) next.add(c.id);
        else next.delete(c.id);
      }
      if (differs) {
        chosen.current = [...next];
        ed.select(chosen.current);
      }
      setNodes((before) => applyNodeChanges(changes.filter((c) => c.type !== "remove"), before));
    },
    [ed],
  );

  const moved = useCallback(
    (_: unknown, __: unknown, all: FlowNode[]) => {
      const spots = new Map<string, Spot>(all.map((n) => [n.id, n.position]));
      const same = all.every((n) => {
        const was = built.find((b) => b.id === n.id)?.position;
        return was && was.x === n.position.x && was.y === n.position.y;
      });
      if (!same) ed.edit(move(d, spots, kinds));
    },
    [built, d, ed, kinds],
  );

  const wayOf = (c: Connection | FlowEdge) => ({ from: c.source, output: c.sourceHandle || "next" });
  const onConnect = (c: Connection) => ed.edit(connect(d, wayOf(c), c.target, kinds));

  /** Dropped on a step, anywhere on it: connects, or says why not. On nothing: asks what to add. */
  const onConnectEnd = (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
    setRefused("");
    if (state.isValid || !state.fromNode) return;
    const point = "changedTouches" in event ? event.changedTouches[0]! : event;
    const on = document.elementFromPoint(point.clientX, point.clientY)?.closest<HTMLElement>(".react-flow__node")?.dataset.id ?? state.toNode?.id;
    const way = { from: state.fromNode.id, output: state.fromHandle?.id || "next" };
    if (on) {
      if (on !== way.from) ed.edit(connect(d, way, on, kinds));
      return;
    }
    const there = edgeAt(d, way);
    if (there) ed.say(`This way out leads to ${nameOf(d, there.to, kinds)} already. Steps run one after the other, so delete that connection first.`);
    else ed.choose({ way });
  };

  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(dragged);
    const kind = kinds.get(type);
    if (!kind || !may) return;
    event.preventDefault();
    // On a connection, or close to the middle of one: in between.
    let key = document.elementsFromPoint(event.clientX, event.clientY).map((el) => el.closest(".react-flow__edge")?.getAttribute("data-id")).find(Boolean);
    let nearest = 44;
    for (const el of document.querySelectorAll<HTMLElement>(".flow [data-edge]")) {
      const box = el.getBoundingClientRect();
      const away = Math.hypot(box.x + box.width / 2 - event.clientX, box.y + box.height / 2 - event.clientY);
      if (away < nearest) [nearest, key] = [away, el.dataset.edge];
    }
    const on = key ? d.edges.find((e) => edgeKey(e) === key) : undefined;
    const spot = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const at = { x: Math.round(spot.x - width / 2), y: Math.round(spot.y - 30) };
    const { definition, id } = add(d, kind, on ? { way: { from: on.from, output: outputOf(on) } } : { at }, kinds);
    if (ed.edit(definition)) ed.select([id], true);
  };

  return (
    <div className="flow" onDragOver={(e) => e.dataTransfer.types.includes(dragged) && e.preventDefault()} onDrop={onDrop}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onNodeDragStop={moved}
        onSelectionDragStop={(e, all) => moved(e, undefined, all)}
        onConnect={onConnect}
        onConnectEnd={onConnectEnd}
        isValidConnection={(c) => {
          const why = refusal(d, wayOf(c as Connection), c.target, kinds);
          setRefused(why ?? "");
          return !why;
        }}
        onEdgeClick={(_, e) => {
          ed.select([]);
          ed.selectEdge(e.id);
        }}
        onPaneClick={() => {
          ed.select([]);
          ed.selectEdge(undefined);
        }}
        fitView
        fitViewOptions={{ padding: 0.2, maxZoom: 1 }}
        minZoom={0.1}
        maxZoom={2}
        snapToGrid
        snapGrid={[10, 10]}
        connectionRadius={28}
        deleteKeyCode={null}
        multiSelectionKeyCode={["Shift", "Control", "Meta"]}
        selectionKeyCode="Shift"
        selectionMode={SelectionMode.Partial}
        panActivationKeyCode="Space"
        panOnDrag={[0, 1]}
        panOnScroll
        nodesConnectable={may}
        edgesFocusable={false}
        disableKeyboardA11y
        onlyRenderVisibleElements={d.nodes.length > 80}
        proOptions={{ hideAttribution: true }}
        aria-label="Canvas of the workflow"
      >
        <Background gap={20} />
        <Controls showInteractive={false} fitViewOptions={{ padding: 0.2, maxZoom: 1 }} />
        <MiniMap pannable zoomable ariaLabel="Overview of the whole workflow" className="minimap" nodeColor={(n) => ((n.data as unknown as CardProps).problems?.errors ? "var(--bad)" : "var(--text-quiet)")} maskColor="color-mix(in srgb, var(--page) 65%, transparent)" style={{ width: 120, height: 84 }} />
      </ReactFlow>
      <div className="refused" role="status">
        {refused}
      </div>
    </div>
  );
}

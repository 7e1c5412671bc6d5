import { applyNodeChanges, Background, Controls, MiniMap, ReactFlow, SelectionMode, useReactFlow, useStore, ViewportPortal, type Connection, type Edge as FlowEdge, type FinalConnectionState, type Node as FlowNode, type NodeChange, type NodeProps } from "@xyflow/react";
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
import { align, type Line } from "./guides";
import Note, { type NoteNode } from "./Note";
import { boxOf, isSticky, keyOf, moveStickies, placeOf, stickiesOf } from "./stickies";
import { framing } from "./useRoom";
import { ToolsContext, useTools, type Tools } from "./tools";
import { useStable } from "./useStable";
import Way, { type WayEdge } from "./Way";

export const dragged = "application/x-deskhand-node";

/** Ids of the ways out that lead nowhere yet come with the card. */
type CardNode = FlowNode<CardProps & { free: string[] } & Record<string, unknown>>;
type AnyNode = CardNode | NoteNode;

function Step({ data }: NodeProps<CardNode>) {
  const { choose } = useTools();
  return (
    <NodeCard
      {...data}
      below={(o) =>
        data.free.includes(o.id) ? (
          <button type="button" className="plus nodrag nopan" tabIndex={-1} aria-label={`Add a step after ${data.name}${o.label ? ", " + o.label : ""}`} title="Add a step here" onClick={() => choose({ way: { from: data.id, output: o.id } })}>
            +
          </button>
        ) : null
      }
    />
  );
}

const nodeTypes = { card: Step, note: Note };
const edgeTypes = { way: Way };

/** The whole flow in small, once not all of it is on the screen; before, it would only
 *  stand in the way. */
function Overview() {
  const beyond = useStore((s) => {
    const [x, y, zoom] = s.transform;
    for (const n of s.nodeLookup.values()) {
      const left = n.internals.positionAbsolute.x * zoom + x;
      const top = n.internals.positionAbsolute.y * zoom + y;
      if (left < -4 || top < -4 || left + (n.width ?? 0) * zoom > s.width + 4 || top + (n.height ?? 0) * zoom > s.height + 4) return true;
    }
    return false;
  });
  if (!beyond) return null;
  return (
    <MiniMap
      pannable
      zoomable
      ariaLabel="Overview of the whole workflow"
      className="minimap"
      nodeColor={(n) => (isSticky(n.id) ? "var(--line)" : (n.data as unknown as CardProps).problems?.errors ? "var(--bad)" : "var(--text-quiet)")}
      maskColor="color-mix(in srgb, var(--page) 65%, transparent)"
      style={{ width: 120, height: 84 }}
    />
  );
}

/** The canvas on which a draft is built. */
export default function Flow(props: { overlay?: Overlay }) {
  const ed = useEditor();
  const latest = useRef(ed);
  latest.current = ed;
  const tools = useMemo<Tools>(() => ({ choose: (to) => latest.current.choose(to), cut: (key) => latest.current.edit(removeEdge(latest.current.definition, key)) }), []);
  return (
    <ToolsContext.Provider value={tools}>
      <Canvas {...props} />
    </ToolsContext.Provider>
  );
}

function Canvas({ overlay }: { overlay?: Overlay }) {
  const ed = useEditor();
  const { definition: d, kinds, selected, problems, may } = ed;
  const flow = useReactFlow();
  const chosen = useRef(selected);
  chosen.current = selected;
  const [refused, setRefused] = useState("");
  const [lines, setLines] = useState<Line[]>([]);
  const [hovered, setHovered] = useState<string>();

  const notes = useMemo<NoteNode[]>(
    () =>
      stickiesOf(d).map((s) => {
        const { x, y, ...size } = boxOf(s);
        const key = keyOf(s);
        return {
          id: key,
          type: "note",
          position: { x, y },
          ...size,
          zIndex: -1,
          data: { sticky: s },
          selected: selected.includes(key),
          draggable: may,
          connectable: false,
          ariaLabel: [selected.includes(key) && "Selected", "Note", s.text].filter(Boolean).join(", "),
          ariaRole: "group" as const,
          domAttributes: { "aria-roledescription": "sticky note" },
        };
      }),
    [d, selected, may],
  );
  const steps = useMemo<CardNode[]>(
    () =>
      cards(d, kinds, overlay).map(({ id, label, x, y, card }) => {
        const mine = problems.filter((p) => placeOf(d, p) === id);
        const errors = mine.filter((p) => p.severity === "error").length;
        const words = mine.map((p) => p.message).join("\n");
        return {
          id,
          type: "card",
          position: { x, y },
          width: card.width,
          height: card.height,
          data: { ...card, free: may ? card.outputs.filter((o) => o.id !== "error" && !edgeAt(d, { from: id, output: o.id })).map((o) => o.id) : [], connectable: may, problems: { errors, warnings: mine.length - errors, words } },
          selected: selected.includes(id),
          draggable: may && id !== "trigger",
          ariaLabel: [selected.includes(id) && "Selected", label, mine.length > 0 && count(mine.length, "problem")].filter(Boolean).join(", "),
          ariaRole: "group" as const,
          domAttributes: { "aria-roledescription": "step" },
        };
      }),
    [d, kinds, overlay, problems, selected, may],
  );
  const all = useStable<AnyNode>(useMemo(() => [...notes, ...steps], [notes, steps]));
  const same = useRef(all);
  if (same.current.length !== all.length || same.current.some((n, i) => n !== all[i])) same.current = all;
  const built = same.current;
  const [nodes, setNodes] = useState(built);
  useEffect(() => setNodes(built), [built]);
  const drawn = useRef(nodes);
  drawn.current = nodes;

  const drawnEdges = useMemo<WayEdge[]>(() => {
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
        data: { hovered: hovered === edgeKey(e), may, output: outputOf(e), label: `from ${nameOf(d, e.from, kinds)} to ${nameOf(d, e.to, kinds)}` },
        focusable: false,
        className: `${overlay?.taken ? (overlay.taken.has(edgeKey(e)) ? "edge-taken" : "edge-not") : ""} ${outputOf(e) === "error" ? "edge-error" : ""}`,
      }));
  }, [d, overlay, ed.selectedEdge, hovered, may, kinds]);
  const edges = useStable(drawnEdges);

  const onNodesChange = useCallback(
    (changes: NodeChange<AnyNode>[]) => {
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
      // One that is dragged alone is drawn to the lines on which others stand.
      const moves = changes.filter((c) => c.type === "position" && c.dragging && c.position);
      const m = moves.length === 1 ? moves[0] : undefined;
      if (m?.type === "position" && !isSticky(m.id)) {
        const box = built.find((n) => n.id === m.id);
        const others = built.filter((n) => n.id !== m.id && !isSticky(n.id)).map((n) => ({ ...n.position, width: n.width ?? width, height: n.height ?? 0 }));
        const to = align({ ...m.position!, width: box?.width ?? width, height: box?.height ?? 0 }, others);
        m.position = { x: to.x, y: to.y };
        setLines(to.lines);
      } else if (moves.length) setLines([]);
      setNodes((before) => applyNodeChanges(changes.filter((c) => c.type !== "remove"), before));
    },
    [ed, built],
  );

  const moved = useCallback(
    (_: unknown, __: unknown, all: FlowNode[]) => {
      setLines([]);
      const spots = new Map<string, Spot>(all.map((n) => [n.id, drawn.current.find((x) => x.id === n.id)?.position ?? n.position]));
      const same = [...spots].every(([id, at]) => {
        const was = built.find((b) => b.id === id)?.position;
        return was && was.x === at.x && was.y === at.y;
      });
      if (same) return;
      const placed = [...spots.keys()].some((id) => !isSticky(id)) ? move(d, spots, kinds) : d;
      ed.edit(moveStickies(placed, spots));
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
    if (on && !isSticky(on)) {
      if (on !== way.from) ed.edit(connect(d, way, on, kinds));
      return;
    }
    const there = edgeAt(d, way);
    if (there) ed.say(`This way out leads to ${nameOf(d, there.to, kinds)} already. Steps run one after the other, so delete that connection first.`);
    else {
      const spot = flow.screenToFlowPosition({ x: point.clientX, y: point.clientY });
      ed.choose({ way, at: { x: Math.round(spot.x - width / 2), y: Math.round(spot.y) } });
    }
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
        onEdgeMouseEnter={(_, e) => setHovered(e.id)}
        onEdgeMouseLeave={() => setHovered(undefined)}
        onEdgeClick={(_, e) => {
          ed.select([]);
          ed.selectEdge(e.id);
        }}
        onPaneClick={() => {
          ed.select([]);
          ed.selectEdge(undefined);
        }}
        fitView
        fitViewOptions={framing}
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
        <Controls orientation="horizontal" showInteractive={false} fitViewOptions={framing} />
        <Overview />
        <ViewportPortal>
          {lines.map((l) => (
            <div key={"x" in l ? "x" : "y"} aria-hidden="true" className={"x" in l ? "guide guide-x" : "guide guide-y"} style={"x" in l ? { transform: `translate(${l.x}px, -50000px)` } : { transform: `translate(-50000px, ${l.y}px)` }} />
          ))}
        </ViewportPortal>
      </ReactFlow>
      <div className="refused" role="status">
        {refused}
      </div>
    </div>
  );
}

import { Background, Controls, MiniMap, ReactFlow, ReactFlowProvider, useReactFlow, type Edge as FlowEdge, type Node as FlowNode, type NodeProps } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import "./graph.css";
import { useEffect, useMemo } from "react";
import type { Definition, Sticky } from "../api/types";
import { along, cards, interest, type Overlay } from "./cards";
import { useKinds } from "./kinds";
import { edgeKey, outputOf } from "./model";
import NodeCard, { type CardProps } from "./NodeCard";
import StickyCard from "./StickyCard";

export type { Overlay };

export interface GraphProps {
  definition: Definition;
  overlay?: Overlay;
  selected?: string;
  onSelect?: (node: string | undefined) => void;
}

/** The zoom below which the words on the cards cannot be read. */
const readable = 0.4;
/** From how many nodes on there is a map. */
const many = 25;
const toneColour: Record<string, string> = { succeeded: "var(--good)", added: "var(--good)", failed: "var(--bad)", removed: "var(--bad)", running: "var(--info)", waiting: "var(--info)", changed: "var(--info)", skipped: "var(--line)" };

type CardNode = FlowNode<CardProps & Record<string, unknown>>;

type NoteNode = FlowNode<{ sticky: Sticky } & Record<string, unknown>>;

const nodeTypes = { card: ({ data }: NodeProps<CardNode>) => <NodeCard {...data} />, note: ({ data }: NodeProps<NoteNode>) => <StickyCard sticky={data.sticky} /> };

/** A definition, read-only. */
export default function Graph(props: GraphProps) {
  return (
    <ReactFlowProvider>
      <Drawn {...props} />
    </ReactFlowProvider>
  );
}

function Drawn({ definition: d, overlay, selected, onSelect }: GraphProps) {
  const all = useKinds();
  // What is only looked at shows the way after a failure where there is one.
  const kinds = useMemo(() => all && new Map([...all].map(([t, k]) => [t, { ...k, canError: false }])), [all]);
  const flow = useReactFlow();
  const nodes = useMemo<CardNode[]>(
    () =>
      cards(d, kinds, overlay).map(({ id, label, x, y, card }) => ({
        id,
        type: "card",
        position: { x, y },
        width: card.width,
        height: card.height,
        data: { ...card },
        selected: id === selected,
        ariaLabel: label,
        ariaRole: "group" as const,
        domAttributes: { "aria-roledescription": "step" },
        draggable: false,
        connectable: false,
        focusable: true,
      })),
    [d, kinds, overlay, selected],
  );
  const notes = useMemo<NoteNode[]>(
    () =>
      (Array.isArray(d.stickies) ? d.stickies : [])
        .filter((s) => typeof s?.id === "string" && Number.isFinite(s.x) && Number.isFinite(s.y))
        .map((s) => ({ id: "sticky:" + s.id, type: "note", position: { x: s.x, y: s.y }, width: s.width || 200, height: s.height || 110, zIndex: -1, data: { sticky: s }, ariaLabel: `Note, ${s.text}`, ariaRole: "group" as const, draggable: false, connectable: false, selectable: false, focusable: false })),
    [d],
  );
  const edges = useMemo<FlowEdge[]>(() => {
    const ids = new Set(["trigger", ...d.nodes.map((n) => n.id)]);
    return d.edges
      .filter((e) => ids.has(e.from) && ids.has(e.to))
      .map((e) => {
        const taken = overlay?.taken?.has(edgeKey(e));
        const change = overlay?.edges?.[edgeKey(e)];
        return {
          id: edgeKey(e),
          source: e.from,
          target: e.to,
          sourceHandle: outputOf(e),
          type: "smoothstep",
          className: `${taken ? "edge-taken" : overlay?.taken ? "edge-not" : ""} ${change ? "edge-" + change : ""} ${outputOf(e) === "error" ? "edge-error" : ""}`,
          focusable: false,
          selectable: false,
        };
      });
  }, [d, overlay]);
  // Another version, another frame; a run that goes on keeps the view that somebody chose.
  const shape = d.nodes.map((n) => n.id).join();
  useEffect(() => {
    const t = requestAnimationFrame(() => void show());
    return () => cancelAnimationFrame(t);
    async function show() {
      await flow.fitView({ padding: 0.15, maxZoom: 1 });
      if (flow.getZoom() >= readable) return;
      // Too long to be read whole: to where it matters, with the map for the rest.
      const at = flow.getNode(interest(d, overlay));
      if (at) await flow.setCenter(at.position.x + (at.width ?? 0) / 2, at.position.y + 150, { zoom: 0.75 });
    }
    // What the overlay says later moves nobody's view.
  }, [shape, flow, kinds]);
  return (
    <div className="graph" onKeyDown={(e) => walk(e, d, onSelect)}>
      <ReactFlow
        nodes={[...notes, ...nodes]}
        edges={edges}
        nodeTypes={nodeTypes}
        fitView
        fitViewOptions={{ padding: 0.15, maxZoom: 1 }}
        minZoom={0.1}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        preventScrolling={false}
        zoomOnScroll={false}
        zoomActivationKeyCode="Control"
        onlyRenderVisibleElements={d.nodes.length > 80}
        onNodeClick={(_, n) => n.type === "card" && onSelect?.(n.id === "trigger" ? undefined : n.id)}
        onPaneClick={() => onSelect?.(undefined)}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={20} />
        <Controls showInteractive={false} />
        {d.nodes.length > many && <MiniMap pannable zoomable ariaLabel="Overview of the whole workflow" nodeColor={(n) => toneColour[(n.data as unknown as CardProps).tone ?? ""] ?? "var(--text-quiet)"} maskColor="color-mix(in srgb, var(--page) 65%, transparent)" style={{ width: 120, height: 150 }} />}
      </ReactFlow>
    </div>
  );
}

/** Enter chooses the node that has the focus; the arrow keys go along the edges. */
function walk(e: React.KeyboardEvent, d: Definition, onSelect?: (id: string | undefined) => void) {
  const at = (e.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset.id;
  if (!at) return;
  if (e.key === "Enter" || e.key === " ") {
    e.preventDefault();
    onSelect?.(at === "trigger" ? undefined : at);
    return;
  }
  const to = along(d, at, e.key);
  if (!to) return;
  e.preventDefault();
  (e.currentTarget as HTMLElement).querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(to)}"]`)?.focus();
}

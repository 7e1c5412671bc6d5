import { Background, Controls, ReactFlow, ReactFlowProvider, useReactFlow, type Edge as FlowEdge, type Node as FlowNode, type NodeProps } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import "./graph.css";
import { useEffect, useMemo } from "react";
import type { Definition, RunStatus } from "../api/types";
import { useCatalog } from "../api/resources";
import { duration, title } from "../parts/words";
import { order, place } from "./layout";
import { casesOf, edgeKey, nameOf, outputOf, outputsOf, summary, triggerSummary, type Kind } from "./model";
import NodeCard, { type CardProps } from "./NodeCard";

/** What a run, or a comparison, shows on top of a definition. */
export interface Overlay {
  /** Node id → what became of it; a node that is not there was skipped. */
  nodes?: Record<string, { status: RunStatus; durationMs?: number; attempts?: number }>;
  /** Edges that were taken, as `from output to`. */
  taken?: Set<string>;
  /** Node id → how it differs from the version that is compared with. */
  changes?: Record<string, "added" | "removed" | "changed">;
}

export interface GraphProps {
  definition: Definition;
  overlay?: Overlay;
  selected?: string;
  onSelect?: (node: string | undefined) => void;
}

type CardNode = FlowNode<CardProps & Record<string, unknown>>;

const words: Record<RunStatus, string> = { running: "Running", waiting: "Waiting", paused: "Paused", succeeded: "Succeeded", failed: "Failed", stopped: "Stopped" };

/** The cards of a definition, in reading order. */
export function cards(d: Definition, kinds: Map<string, Kind> | undefined, overlay?: Overlay): { id: string; label: string; x: number; y: number; card: CardProps }[] {
  const boxes = place(d, kinds);
  return order(boxes).map((id) => {
    const box = boxes.get(id)!;
    const n = d.nodes.find((x) => x.id === id);
    const kind = n ? (kinds?.get(n.type)?.title ?? title(n.type)) : title(d.trigger.type || "trigger");
    const step = overlay?.nodes?.[id];
    const change = overlay?.changes?.[id];
    let tone: CardProps["tone"] = change;
    let state: string | undefined = change && title(change);
    if (overlay?.nodes && n) {
      tone = step?.status ?? "skipped";
      state = step ? words[step.status] + (step.durationMs !== undefined ? `, ${duration(step.durationMs)}` : "") + ((step.attempts ?? 1) > 1 ? `, ${step.attempts} attempts` : "") : "Skipped";
    }
    const card: CardProps = {
      id,
      name: n ? nameOf(d, id, kinds) : kind,
      kind,
      group: n ? (kinds?.get(n.type)?.group ?? groupOf(n.type)) : "Trigger",
      text: n ? summary(n) : triggerSummary(d),
      width: box.width,
      height: box.height,
      outputs: outputsOf(d, id, kinds),
      input: id !== "trigger",
      disabled: n?.disabled,
      notes: n?.notes,
      tone,
      state,
    };
    const ways = card.outputs.map((o) => {
      const e = d.edges.find((x) => x.from === id && outputOf(x) === o.id);
      return e ? `${o.label || "then"} to ${nameOf(d, e.to, kinds)}` : undefined;
    });
    const label = [`${card.name}, ${n ? kind : "trigger"}`, card.disabled && "disabled", state, ways.filter(Boolean).join("; ")].filter(Boolean).join(", ");
    return { id, label, x: box.x, y: box.y, card };
  });
}

const groupOf = (type: string) => (/^(approval|branch|wait|set|end)$/.test(type) ? "Flow" : ({ conversation: "Conversation", message: "Mail", notify: "Mail", ticket: "Ticket", contact: "Contact", ai: "AI" }[type.split(".")[0]!] ?? "Other systems"));

const nodeTypes = { card: ({ data }: NodeProps<CardNode>) => <NodeCard {...data} /> };

/** A definition, read-only. */
export default function Graph(props: GraphProps) {
  return (
    <ReactFlowProvider>
      <Drawn {...props} />
    </ReactFlowProvider>
  );
}

export function useKinds(): Map<string, Kind> | undefined {
  const catalog = useCatalog();
  return useMemo(() => {
    const nodes = catalog.data?.nodes as Kind[] | undefined;
    return nodes && new Map(nodes.map((k) => [k.type, k]));
  }, [catalog.data]);
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
        ariaRole: "button" as const,
        draggable: false,
        connectable: false,
        focusable: true,
      })),
    [d, kinds, overlay, selected],
  );
  const edges = useMemo<FlowEdge[]>(() => {
    const ids = new Set(["trigger", ...d.nodes.map((n) => n.id)]);
    return d.edges
      .filter((e) => ids.has(e.from) && ids.has(e.to))
      .map((e) => {
        const taken = overlay?.taken?.has(edgeKey(e));
        return {
          id: edgeKey(e),
          source: e.from,
          target: e.to,
          sourceHandle: outputOf(e),
          type: "smoothstep",
          className: `${taken ? "edge-taken" : overlay?.taken ? "edge-not" : ""} ${outputOf(e) === "error" ? "edge-error" : ""}`,
          focusable: false,
          selectable: false,
        };
      });
  }, [d, overlay]);
  // Another version, another frame; a run that goes on keeps the view that somebody chose.
  const shape = d.nodes.map((n) => n.id).join();
  useEffect(() => {
    const t = requestAnimationFrame(() => void flow.fitView({ padding: 0.15, maxZoom: 1 }));
    return () => cancelAnimationFrame(t);
  }, [shape, flow, kinds]);
  return (
    <div className="graph" onKeyDown={(e) => walk(e, d, onSelect)}>
      <ReactFlow
        nodes={nodes}
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
        onNodeClick={(_, n) => onSelect?.(n.id === "trigger" ? undefined : n.id)}
        onPaneClick={() => onSelect?.(undefined)}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={20} />
        <Controls showInteractive={false} />
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

/** The node in the direction of an arrow key: down and up along the edges, left and right
 *  among those that come from the same node. */
export function along(d: Definition, at: string, key: string): string | undefined {
  const n = d.nodes.find((x) => x.id === at);
  const rank = (id: string, output: string) => (n && id === at && n.type === "branch" ? [...casesOf(n).map((c) => c.id), "otherwise"].indexOf(output) : 0);
  if (key === "ArrowDown") return d.edges.filter((e) => e.from === at).sort((a, b) => rank(at, outputOf(a)) - rank(at, outputOf(b)))[0]?.to;
  if (key === "ArrowUp") return d.edges.find((e) => e.to === at)?.from;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return undefined;
  const parents = d.edges.filter((e) => e.to === at).map((e) => e.from);
  const beside = [...new Set(d.edges.filter((e) => parents.includes(e.from)).map((e) => e.to))];
  const boxes = place(d);
  beside.sort((a, b) => (boxes.get(a)?.x ?? 0) - (boxes.get(b)?.x ?? 0));
  return beside[beside.indexOf(at) + (key === "ArrowRight" ? 1 : -1)];
}

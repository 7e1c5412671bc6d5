import { Handle, Position } from "@xyflow/react";
import type { ReactNode } from "react";
import type { Output } from "./model";
import { groupIcon } from "./icons";

export interface CardProps {
  id: string;
  name: string;
  kind: string;
  group: string;
  text: string;
  width: number;
  height: number;
  outputs: Output[];
  /** Where a path comes in; the trigger has none. */
  input: boolean;
  disabled?: boolean;
  notes?: string;
  tone?: "succeeded" | "failed" | "running" | "waiting" | "paused" | "stopped" | "skipped" | "added" | "removed" | "changed";
  /** In words what the tone is, with the time it took. */
  state?: string;
  problems?: { errors: number; warnings: number; words: string };
  connectable?: boolean;
  /** What stands below a way out, as a button that adds a step. */
  below?: (output: Output) => ReactNode;
}

/** A node as it is drawn, in the editor and everywhere else. */
export default function NodeCard(p: CardProps) {
  const named = p.outputs.filter((o) => o.label);
  return (
    <div className={`node ${p.tone ? "tone-" + p.tone : ""} ${p.disabled ? "node-off" : ""}`} style={{ inlineSize: p.width, blockSize: p.height }}>
      {p.input && <Handle type="target" position={Position.Top} isConnectable={!!p.connectable} isConnectableStart={false} />}
      <div className="node-body">
        <span className={`node-icon group-${p.group.toLowerCase().replace(/\W+/g, "-")}`} aria-hidden="true">
          {groupIcon(p.group)}
        </span>
        <span className="node-words">
          <span className="node-name">{p.name}</span>
          {(p.disabled || p.text) && <span className="node-text">{p.disabled ? "Disabled – passed over" : p.text}</span>}
        </span>
        {p.state && <span className="node-state">{p.state}</span>}
      </div>
      {p.problems && (p.problems.errors > 0 || p.problems.warnings > 0) && (
        <span className={p.problems.errors ? "node-badge bad" : "node-badge warn"} title={p.problems.words}>
          {p.problems.errors || p.problems.warnings}
        </span>
      )}
      {p.notes && (
        <span className="node-note" title={p.notes}>
          {p.notes}
        </span>
      )}
      {named.length > 0 && (
        <div className="node-outputs">
          {p.outputs.map((o) => (
            <span key={o.id} className={o.id === "error" ? "way way-error" : "way"} title={o.label}>
              {o.label || "Next"}
            </span>
          ))}
        </div>
      )}
      {p.outputs.map((o, i) => (
        <span key={o.id}>
          <Handle type="source" id={o.id} position={Position.Bottom} isConnectable={!!p.connectable} style={{ insetInlineStart: `${((i + 0.5) / p.outputs.length) * 100}%` }} className={o.id === "error" ? "handle-error" : undefined} />
          {p.below && (
            <span className="node-below" style={{ insetInlineStart: `${((i + 0.5) / p.outputs.length) * 100}%` }}>
              {p.below(o)}
            </span>
          )}
        </span>
      ))}
    </div>
  );
}

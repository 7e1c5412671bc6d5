import type { Definition, RunStatus } from "../api/types";

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

/** A definition, read-only. */
export default function Graph({ definition, overlay, onSelect }: GraphProps) {
  return (
    <ol>
      {definition.nodes.map((n) => (
        <li key={n.id}>
          <button type="button" onClick={() => onSelect?.(n.id)}>
            {n.name || n.id} ({n.type}) {overlay?.nodes?.[n.id]?.status ?? ""}
          </button>
        </li>
      ))}
    </ol>
  );
}

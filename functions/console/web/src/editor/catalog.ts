import type { Kind } from "../graph/model";

// The members of /v1/catalog from which the editor makes its palette and its forms.

export interface Param {
  name: string;
  title: string;
  kind: string;
  required: boolean;
  help?: string;
  enum?: string[];
  default?: unknown;
  min?: number;
  max?: number;
}

export interface NodeKind extends Kind {
  description: string;
  available: boolean;
  params: Param[];
  atLeastOne?: string[];
  exactlyOne?: string[];
  edgeRequired: boolean;
  values: { name: string; type: string; title: string }[];
  valuesFrom?: string;
  needs: string[];
  canRetry: boolean;
  canTimeout: boolean;
  canDisable: boolean;
  defaultTimeout?: string;
}

export interface TriggerKind {
  type: string;
  title: string;
  description: string;
  available: boolean;
  params: Param[];
  gives: Record<string, "always" | "sometimes">;
  when: Record<string, string>;
}

export interface Operator {
  name: string;
  title: string;
  available: boolean;
  value: "none" | "anyOf" | "list" | "pattern" | "number" | "range" | "time" | "duration" | "hours";
  fields: string[];
  matchCase: boolean;
  optional: boolean;
}

export interface Field {
  path: string;
  type: string;
  title: string;
  entity: string;
  enum?: string[];
  optional: boolean;
}

export interface Everything {
  triggers: TriggerKind[];
  nodes: NodeKind[];
  operators: Operator[];
  fields: Field[];
  filters: { name: string; arg: string; help: string; example: string }[];
  cancelOn: string[];
  limits: { nodes: number; bytes: number; cases: number; maxRetries: number; maxTimeout: string; idPattern: string; reservedIds: string[]; stickies: number; stickyText: number };
}

export type Kinds = Map<string, NodeKind>;

/** Params for a new node: what the catalogue gives, and what cannot be left open. */
export function fresh(kind: NodeKind): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const p of kind.params) {
    if (!p.required) continue;
    if (p.default !== undefined) params[p.name] = p.default;
    else if (p.kind === "enum" && p.enum) params[p.name] = p.enum[0];
    else if (p.kind === "cases") params[p.name] = [{ id: "case_1", name: "First case", when: { all: [] } }];
    else if (p.kind === "duration") params[p.name] = "24h";
  }
  return params;
}

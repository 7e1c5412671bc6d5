import { createContext, useContext } from "react";
import type { Definition, Match, WorkflowProblem } from "../api/types";
import type { Everything, Kinds } from "./catalog";
import type { Spot, Way } from "./edits";
import type { Sample } from "./sample";
import type { Slice } from "./slice";

/** What POST /workflows/{id}/test answers. */
export interface TestReport {
  verdict: Match;
  status?: "succeeded" | "failed";
  reason?: string;
  path: TestStep[];
  output?: unknown;
  problems: WorkflowProblem[];
}

export interface TestStep {
  node: string;
  name: string;
  type: string;
  status: "succeeded" | "failed";
  at: string;
  output?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: string; message: string };
  attempts: number;
  simulated?: "given" | "standin";
}

/** Where the next step from the palette goes. */
export interface Target {
  way?: Way;
  at?: Spot;
}

export interface Editing {
  workflow: string;
  name: string;
  may: boolean;
  definition: Definition;
  catalog: Everything;
  kinds: Kinds;
  problems: WorkflowProblem[];
  selected: string[];
  select: (ids: string[], focus?: boolean) => void;
  selectedEdge: string | undefined;
  selectEdge: (key: string | undefined) => void;
  /** A change; those with the same tag in quick succession are undone as one. */
  edit: (next: Definition | string, tag?: string) => boolean;
  /** A word about what was just done, or why not. */
  say: (text: string) => void;
  choose: (target: Target) => void;
  remove: (ids: string[]) => void;
  /** The event that verdicts, previews and values are of, and those to choose from. */
  sample: Sample | undefined;
  samples: Sample[];
  setSample: (key: string) => void;
  /** Plays a part of the draft on the sample. */
  trial: (slice: Slice) => Promise<TestReport>;
  test: TestReport | undefined;
  /** Results that steps are said to have in tests, by node id. */
  mocks: Record<string, unknown>;
  setMock: (node: string, result: unknown) => void;
}

export const EditorContext = createContext<Editing | undefined>(undefined);

export function useEditor(): Editing {
  const value = useContext(EditorContext);
  if (!value) throw new Error("outside the editor");
  return value;
}

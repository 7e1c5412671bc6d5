// The shapes of /v1, by the names that the pages use. They are those of schema.ts, which is
// made from the API's own document; only what JSON Schema leaves open is narrowed here.

import type * as S from "./schema";

export interface List<T> {
  items: T[];
  nextCursor: string | null;
}

export type Role = "viewer" | "approver" | "editor" | "admin";
export type Me = Omit<S.Me, "role"> & { role: Role | "none" };
export type Config = S.Config;

// --- Workflows ---

export interface Condition {
  all?: Condition[];
  any?: Condition[];
  none?: Condition[];
  field?: string;
  op?: string;
  value?: unknown;
  matchCase?: boolean;
}

export interface Trigger {
  type: string;
  conditions?: Condition;
  params?: Record<string, unknown>;
  [unknown: string]: unknown;
}

export interface Node {
  id: string;
  type: string;
  name?: string;
  notes?: string;
  position?: { x: number; y: number };
  disabled?: boolean;
  params?: Record<string, unknown>;
  retry?: { maxAttempts?: number; interval?: string; backoff?: number };
  timeout?: string;
  [unknown: string]: unknown;
}

export interface Edge {
  from: string;
  output?: string;
  to: string;
  [unknown: string]: unknown;
}

export interface Sticky {
  id: string;
  text: string;
  x: number;
  y: number;
  width?: number;
  height?: number;
  color?: string;
  [unknown: string]: unknown;
}

export interface Definition {
  trigger: Trigger;
  nodes: Node[];
  edges: Edge[];
  stickies?: Sticky[];
  [unknown: string]: unknown;
}

export type WorkflowProblem = S.DefinitionProblem;

export type Day = S.StatsDay;
export type Stats = S.Stats;
export type Summary = S.Summary;
export type Totals = S.Totals;
export type WorkflowList = S.WorkflowList;
export type Workflow = Omit<S.Workflow, "draft"> & { draft: { definition: Definition; revision: number } };
export type DraftSaved = S.DraftSaved;
export type HookSecret = S.HookSecret;
export type Version = Omit<S.Version, "definition" | "asl"> & { definition?: Definition; asl?: unknown };
export type Difference = S.Diff;
export type Template = Omit<S.Template, "definition"> & { definition: Definition };

// --- Runs ---

export type RunStatus = S.Run["status"];
export type Run = S.Run;
export type Step = Omit<S.RunStep, "status" | "durationMs"> & { status: RunStatus; durationMs?: number };
export type RunWhole = Omit<S.RunWhole, "steps"> & { steps: Step[] };
export type HistoryEvent = S.HistoryEvent;

// --- Events ---

/** How a condition was decided; mirrors its tree: a group has group and items, a leaf the rest. */
export interface Explanation {
  verdict: boolean;
  group?: "all" | "any" | "none";
  items?: Explanation[];
  field?: string;
  op?: string;
  value?: unknown;
  matchCase?: boolean;
  actual?: unknown;
  missing?: boolean;
}

export type Match = Omit<S.Match, "reason" | "conditions" | "failed"> & {
  failed?: S.FailedCondition;
  /** One of those of the contract, or one that came later. */
  reason: S.Match["reason"] | (string & {});
  conditions?: Explanation;
};
export type Reason = Match["reason"];
export type DeskEvent = Omit<S.Event, "matches" | "snapshot"> & {
  matches: Match[];
  snapshot?: { conversation?: Conversation; contact?: Contact; ticket?: Ticket };
};

// --- Approvals ---

export type ApprovalStatus = S.Approval["status"];
export type Approval = S.Approval;

// --- The desk ---

export type Priority = "low" | "normal" | "high" | "urgent";
export type Conversation = Omit<S.Conversation, "priority" | "status"> & { priority: Priority; status: "open" | "pending" | "closed" };
export type Message = S.Message;
export type TimelineEntry = S.Entry;
export type ConversationWhole = Conversation & Pick<S.ConversationWhole, "messages" | "timeline">;
export type Ticket = Omit<S.Ticket, "priority" | "status"> & { priority: Priority; status: "open" | "pending" | "solved" | "closed" };
export type Contact = S.Contact;
export type Inbox = S.Inbox;
export type InboxSaved = S.InboxSaved;
export type Group = S.Group;
export type Hour = S.Hour;
export type Settings = Omit<S.Settings, "automation"> & { automation: "on" | "off" };
export type Failures = S.Failures;
export type Retention = S.Retention;
export type Person = S.Person;
export type FailedMail = S.FailedMail;
export type Reprocessed = S.Outcome;
export type AuditEntry = S.AuditEntry;

// --- The catalogue ---

export type Catalog = S.Catalog;
export type CatalogTrigger = S.TriggerKind;

// The shapes of /v1, as the contract has them.

export interface List<T> {
  items: T[];
  nextCursor: string | null;
}

export type Role = "viewer" | "approver" | "editor" | "admin";
export interface Me {
  email: string;
  role: Role | "none";
}
export interface Config {
  issuer: string;
  clientId: string;
}

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

export interface Definition {
  trigger: Trigger;
  nodes: Node[];
  edges: Edge[];
  [unknown: string]: unknown;
}

export interface WorkflowProblem {
  severity: "error" | "warning";
  node?: string;
  path: string;
  rule: string;
  message: string;
}

export interface Day {
  day: string;
  succeeded: number;
  failed: number;
}

export interface Stats {
  succeeded: number;
  failed: number;
  stopped: number;
  running: number;
  waiting: number;
  paused: number;
  successRate: number | null;
  days: Day[];
}

export interface Summary {
  id: string;
  name: string;
  description: string;
  enabled: boolean;
  trigger: { type: string };
  activeVersion: number | null;
  latestVersion: number | null;
  hasUnpublishedChanges: boolean;
  archived?: boolean;
  lastRunAt: string | null;
  stats: Stats;
  createdAt: string;
  updatedAt: string;
}

export interface Totals {
  total: number;
  enabled: number;
  successRate: number | null;
  runs: number;
}

export interface WorkflowList extends List<Summary> {
  totals: Totals;
}

export interface Workflow extends Summary {
  draft: { definition: Definition; revision: number };
  problems: WorkflowProblem[];
}

export interface DraftSaved {
  revision: number;
  problems: WorkflowProblem[];
}

export interface Version {
  version: number;
  active: boolean;
  note: string;
  publishedAt: string;
  publishedBy: string;
  stateMachineVersionArn: string;
  definition?: Definition;
  asl?: unknown;
}

export interface Difference {
  added: string[];
  removed: string[];
  changed: { node: string; path: string; before: unknown; after: unknown }[];
}

export interface Template {
  id: string;
  name: string;
  description: string;
  notes: { path: string; text: string }[];
  definition: Definition;
  examples: { name: string; matches: boolean; input: unknown }[];
}

// --- Runs ---

export type RunStatus = "running" | "waiting" | "paused" | "succeeded" | "failed" | "stopped";

export interface Run {
  id: string;
  workflowId: string;
  workflowName: string;
  version: number;
  status: RunStatus;
  reason?: string;
  error?: string;
  startedAt: string;
  endedAt?: string;
  durationMs?: number;
  trigger: { eventId: string; type: string };
  waitingFor?: { approvalId: string; node: string; approvers: string[]; since: string; until: string };
  pausedUntil?: string;
  executionArn?: string;
  stateMachineVersionArn: string;
  conversationId?: string;
  contactId?: string;
  ticketId?: string;
  depth?: number;
  retryOf?: string;
  redrives?: number;
  endedBy?: string;
}

export interface Step {
  nodeId: string;
  name: string;
  type: string;
  status: RunStatus;
  startedAt: string;
  endedAt?: string;
  durationMs?: number;
  attempts: number;
  input?: unknown;
  output?: unknown;
  error?: { code: string; message: string };
  handled?: boolean;
}

export interface RunWhole extends Run {
  steps: Step[];
  stepsExpired?: boolean;
}

export interface HistoryEvent {
  id: number;
  previousEventId: number;
  type: string;
  timestamp: string;
  state?: string;
  resource?: string;
  input?: unknown;
  output?: unknown;
  assignedVariables?: Record<string, string>;
  error?: string;
  cause?: string;
  redriveCount?: number;
}

// --- Events ---

export type Reason = "matched" | "disabled" | "conditions" | "duplicate" | "own_mail" | "depth" | "rate_cap" | (string & {});

export interface Match {
  workflowId: string;
  workflowName?: string;
  version: number;
  matched: boolean;
  reason: Reason;
  detail?: string;
  failed?: { field: string; op: string; value?: unknown; actual: unknown; not?: boolean };
  conditions?: Explanation;
  runId?: string;
}

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

export interface DeskEvent {
  id: string;
  type: string;
  time: string;
  actor?: string;
  causedBy?: { runId: string; depth: number };
  subject: { messageId?: string; conversationId?: string; contactId?: string; ticketId?: string };
  detail?: unknown;
  detailOmitted?: boolean;
  workflowId?: string;
  source: string;
  snapshot?: { conversation?: Conversation; contact?: Contact; ticket?: Ticket };
  dispatched: boolean;
  matched: boolean;
  matches: Match[];
}

// --- Approvals ---

export type ApprovalStatus = "pending" | "approved" | "rejected" | "timed_out" | "withdrawn";

export interface Approval {
  id: string;
  runId: string;
  node: string;
  workflowId: string;
  workflowName: string;
  version: number;
  status: ApprovalStatus;
  approvers: string[];
  quorum: number;
  subject: string;
  message?: string;
  draft?: string;
  hasDraft: boolean;
  conversationId?: string;
  messageId?: string;
  ticketId?: string;
  createdAt: string;
  expiresAt: string;
  votes: { by: string; decision: "approve" | "reject"; comment?: string; text?: string; edited: boolean; at: string; via: string }[] | null;
  decidedAt?: string;
  decidedBy?: string;
  text?: string;
  edited: boolean;
  comment?: string;
  remindAt?: string[];
}

// --- The desk ---

export interface Conversation {
  id: string;
  subject: string;
  status: "open" | "pending" | "closed";
  priority: Priority;
  inbox?: string;
  group?: string;
  assignee?: string;
  tags: string[];
  messageCount: number;
  contactId: string;
  contactEmail: string;
  ticketId?: string;
  createdAt: string;
  lastMessageAt: string;
  updatedAt: string;
  bounced?: boolean;
}

export type Priority = "low" | "normal" | "high" | "urgent";

export interface Message {
  id: string;
  direction: "in" | "out";
  from: string;
  fromName?: string;
  to: string[];
  cc: string[];
  subject: string;
  at: string;
  text: string;
  fullText: string;
  textTruncated: boolean;
  html: string;
  kind: string;
  isAutomatic: boolean;
  spam?: string;
  virus?: string;
  spf?: string;
  dkim?: string;
  dmarc?: string;
  attachments: { id: string; name: string; type: string; size: number; inline?: boolean }[];
  runId?: string;
  node?: string;
}

export interface TimelineEntry {
  at: string;
  kind?: string;
  runId?: string;
  actor: string;
  what: string;
}

export interface ConversationWhole extends Conversation {
  messages: Message[];
  timeline: TimelineEntry[];
}

export interface Ticket {
  id: string;
  subject: string;
  description?: string;
  status: "open" | "pending" | "solved" | "closed";
  previousStatus?: string;
  priority: Priority;
  group?: string;
  contactId?: string;
  contactEmail?: string;
  conversationId?: string;
  createdAt: string;
  openedAt: string;
  statusSince?: string;
  updatedAt: string;
}

export interface Contact {
  id: string;
  name?: string;
  email: string;
  domain: string;
  tags: string[];
  attributes?: Record<string, unknown>;
  isNew: boolean;
  createdAt: string;
  updatedAt: string;
}

export interface Inbox {
  slug: string;
  name: string;
  address: string;
}
export interface Group {
  slug: string;
  name: string;
  members: string[];
  manager?: string;
}
export interface Hour {
  days: string[];
  from: string;
  to: string;
}
export interface Settings {
  timezone: string;
  hours: Hour[];
  automation: "on" | "off";
}
export interface FailedMail {
  id: string;
  key: string;
  from: string;
  envelopeFrom: string;
  recipients: string[];
  subject?: string;
  error: string;
  at: string;
}
export interface Reprocessed {
  result: "accepted" | "duplicate" | "failed";
  conversationId?: string;
  messageId?: string;
  reason?: string;
}
export interface AuditEntry {
  id: string;
  at: string;
  who: string;
  role: string;
  action: string;
  what: { kind: string; id: string };
  summary: string;
}

// --- The catalogue ---

export interface Catalog {
  triggers: CatalogTrigger[];
  [member: string]: unknown;
}
export interface CatalogTrigger {
  type: string;
  title: string;
  description: string;
  available: boolean;
  params: unknown[];
  gives: Record<string, string>;
}

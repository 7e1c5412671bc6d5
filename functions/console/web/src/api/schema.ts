// Made by `npm run api` from /v1/openapi.json; not for editing.

export interface Accepted {
  id: string;
}

export interface Approval {
  approvers: string[];
  comment?: string;
  conversationId?: string;
  createdAt: string;
  decidedAt?: string;
  decidedBy?: string;
  draft?: string;
  edited: boolean;
  escalateAt?: string;
  escalateTo?: string[];
  expiresAt: string;
  hasDraft: boolean;
  id: string;
  message?: string;
  messageHtml?: string;
  messageId?: string;
  node: string;
  quorum: number;
  redrive: number;
  remindAt?: string[];
  runId: string;
  status: "pending" | "approved" | "rejected" | "timed_out" | "withdrawn";
  subject: string;
  text?: string;
  ticketId?: string;
  version: number;
  votes: ApprovalVote[];
  workflowId: string;
  workflowName: string;
}

export interface ApprovalVote {
  at: string;
  by: string;
  comment?: string;
  decision: string;
  edited: boolean;
  text?: string;
  via: string;
}

export interface Attachment {
  id: string;
  inline?: boolean;
  key?: string;
  name: string;
  size: number;
  type: string;
}

export interface AuditEntry {
  action: string;
  at: string;
  id: string;
  role: string;
  summary: string;
  what: AuditSubject;
  who: string;
}

export interface AuditSubject {
  id: string;
  kind: string;
}

export interface Caps {
  mailPerDay: number;
  mailPerHour: number;
  startsPerHour: number;
}

export interface Catalog {
  cancelOn: string[];
  fields: CatalogField[];
  filters: CatalogFilter[];
  limits: CatalogLimits;
  nodes: NodeKind[];
  operators: CatalogOperator[];
  triggers: TriggerKind[];
}

export interface CatalogField {
  entity: string;
  enum?: string[];
  optional: boolean;
  path: string;
  title: string;
  type: string;
}

export interface CatalogFilter {
  arg: string;
  argKind?: string;
  example: string;
  help: string;
  name: string;
}

export interface CatalogLimits {
  bytes: number;
  cases: number;
  idPattern: string;
  maxRetries: number;
  maxTimeout: string;
  maxWait: string;
  nodes: number;
  reservedIds: string[];
  stickies: number;
  stickyText: number;
}

export interface CatalogOperator {
  available: boolean;
  fields: string[];
  matchCase: boolean;
  name: string;
  negates?: string;
  onMissing: boolean;
  optional: boolean;
  title: string;
  value: string;
}

export interface CatalogParam {
  default?: unknown;
  enum?: string[];
  help?: string;
  kind: string;
  max?: number;
  min?: number;
  name: string;
  required: boolean;
  title: string;
}

export interface CatalogValue {
  name: string;
  title: string;
  type: string;
}

export interface Config {
  clientId: string;
  issuer: string;
}

export interface Contact {
  attributes?: {
    [member: string]: unknown;
  };
  createdAt: string;
  domain: string;
  email: string;
  id: string;
  isNew: boolean;
  name?: string;
  tags: string[];
  updatedAt: string;
}

export interface ContactEdit {
  /** Merged; null removes one. Values are text, number, bool or lists of these. */
  attributes?: {
    [member: string]: unknown;
  } | null;
  email?: string | null;
  name?: string | null;
  tags?: string[] | null;
}

export interface Conversation {
  assignee?: string;
  bounced?: boolean;
  contactEmail: string;
  contactId: string;
  createdAt: string;
  group?: string;
  id: string;
  inbox?: string;
  lastMessageAt: string;
  lastMessageId?: string;
  messageCount: number;
  participants?: string[];
  priority: string;
  status: "open" | "pending" | "closed";
  subject: string;
  tags: string[];
  ticketId?: string;
  updatedAt: string;
}

export interface ConversationEdit {
  assignee?: string | null;
  group?: string | null;
  inbox?: string | null;
  priority?: "low" | "normal" | "high" | "urgent" | null;
  status?: "open" | "pending" | "closed" | null;
  subject?: string | null;
  tags?: string[] | null;
}

export interface ConversationWhole {
  assignee?: string;
  bounced?: boolean;
  contactEmail: string;
  contactId: string;
  createdAt: string;
  group?: string;
  id: string;
  inbox?: string;
  lastMessageAt: string;
  lastMessageId?: string;
  messageCount: number;
  messages: Message[];
  participants?: string[];
  priority: string;
  status: "open" | "pending" | "closed";
  subject: string;
  tags: string[];
  ticketId?: string;
  timeline: Entry[];
  updatedAt: string;
}

export interface Cost {
  leastMicroUsd: number;
  mostMicroUsd: number;
  typicalMicroUsd: number;
}

export interface Decision {
  comment?: string;
  decision: "approve" | "reject";
  text?: string | null;
}

/** Workflow definition, version 1. Unknown members are kept. */
export interface Definition {
  edges: {
    from: string;
    output?: string;
    to: string;
    [member: string]: unknown;
  }[];
  nodes: ({
    disabled?: boolean;
    id: string;
    name?: string;
    notes?: string;
    params?: {
      [member: string]: unknown;
    };
    position?: {
      x?: number;
      y?: number;
      [member: string]: unknown;
    };
    retry?: {
      backoff?: number;
      interval?: string;
      maxAttempts: number;
      [member: string]: unknown;
    };
    timeout?: string;
    type: "conversation.tag" | "conversation.assign" | "conversation.update" | "conversation.note" | "message.reply" | "message.send" | "notify" | "ticket.create" | "ticket.update" | "contact.update" | "ai.reply" | "ai.classify" | "ai.extract" | "ai.summarise" | "approval" | "branch" | "wait" | "set" | "end" | "http.request" | "event.emit" | "workflow.start";
    [member: string]: unknown;
  })[];
  /** Notes on the canvas; no run sees them. */
  stickies?: ({
    color?: "yellow" | "blue" | "green" | "red";
    height?: number;
    id: string;
    text: string;
    width?: number;
    x: number;
    y: number;
    [member: string]: unknown;
  })[];
  trigger: {
    conditions?: {
      [member: string]: unknown;
    };
    params?: {
      [member: string]: unknown;
    };
    position?: {
      x?: number;
      y?: number;
      [member: string]: unknown;
    };
    type: "message.received" | "conversation.tagged" | "conversation.assigned" | "conversation.closed" | "ticket.created" | "ticket.status_changed" | "contact.created" | "schedule" | "webhook" | "manual" | "event";
    [member: string]: unknown;
  };
  [member: string]: unknown;
}

export interface DefinitionProblem {
  message: string;
  node: string;
  path: string;
  rule: string;
  severity: "error" | "warning";
}

export interface Diff {
  added: string[];
  changed: DiffChange[];
  removed: string[];
}

export interface DiffChange {
  after: unknown;
  before: unknown;
  node: string;
  path: string;
}

export interface Draft {
  /** Definition, as far as it has come. */
  definition: {
    [member: string]: unknown;
  };
  revision: number;
}

export interface DraftEdit {
  /** Definition, as far as it has come. */
  definition: {
    [member: string]: unknown;
  };
}

export interface DraftSaved {
  problems: DefinitionProblem[];
  revision: number;
}

export interface Entry {
  actor: string;
  at: string;
  kind?: string;
  runId?: string;
  what: string;
}

export interface Erasure {
  contactId: string;
  done: boolean;
  since: string;
  stage: string;
}

export interface Event {
  actor?: string;
  causedBy?: EventCause | null;
  detail?: unknown;
  detailOmitted?: boolean;
  dispatched: boolean;
  id: string;
  matched: boolean;
  matches: Match[];
  snapshot: EventSnapshot;
  source: string;
  subject: EventSubject;
  time: string;
  type: string;
  workflowId?: string;
}

export interface EventCause {
  depth: number;
  runId: string;
}

export interface EventEnvelope {
  actor?: string;
  causedBy?: EventCause | null;
  detail?: unknown;
  detailOmitted?: boolean;
  id: string;
  subject: EventSubject;
  time: string;
  type: string;
  workflowId?: string;
}

export interface EventSnapshot {
  contact?: unknown;
  conversation?: unknown;
  ticket?: unknown;
}

export interface EventSubject {
  contactId?: string;
  conversationId?: string;
  messageId?: string;
  ticketId?: string;
}

export interface Example {
  input: unknown;
  matches: boolean;
  name: string;
}

export interface FailedCondition {
  actual: unknown;
  field: string;
  op: string;
  value?: unknown;
}

export interface FailedMail {
  at: string;
  dkim?: string;
  dmarc?: string;
  dmarcPolicy?: string;
  envelopeFrom: string;
  error: string;
  from: string;
  id: string;
  key: string;
  recipients: string[];
  spam?: string;
  spf?: string;
  subject?: string;
  virus?: string;
}

export interface Failures {
  notify?: Person;
  /** Failed runs in a row after which the workflow is disabled; absent or 0: never. */
  switchOffAfter?: number;
}

export interface Group {
  manager?: string;
  members: string[];
  name: string;
  slug: string;
}

export interface GroupPut {
  manager?: string;
  members?: string[];
  name?: string;
  slug?: string;
}

export interface Health {
  status: string;
}

export interface HistoryEvent {
  assignedVariables?: {
    [member: string]: string;
  };
  cause?: string;
  error?: string;
  id: number;
  input?: unknown;
  output?: unknown;
  previousEventId: number;
  redriveCount?: number;
  resource?: string;
  state?: string;
  timestamp: string;
  type: string;
}

export interface Hook {
  madeAt: string | null;
}

export interface HookAccepted {
  eventId: string;
}

export interface HookSecret {
  path: string;
  secret: string;
  url: string;
}

export interface Hour {
  days: string[];
  from: string;
  to: string;
}

export interface Inbox {
  address: string;
  name: string;
  slug: string;
}

export interface InboxPut {
  address: string;
  name?: string;
  slug?: string;
}

export interface InboxSaved {
  address: string;
  name: string;
  slug: string;
  warnings: string[];
}

export interface Link {
  url: string;
}

export interface Match {
  conditions?: unknown;
  detail?: string;
  failed?: FailedCondition | null;
  matched: boolean;
  reason: "matched" | "disabled" | "conditions" | "duplicate" | "own_mail" | "depth" | "rate_cap";
  runId?: string;
  version: number;
  workflowId: string;
  workflowName?: string;
}

export interface Me {
  email: string;
  role: "viewer" | "approver" | "editor" | "admin";
}

export interface Message {
  at: string;
  attachments: Attachment[];
  cc: string[];
  conversationId: string;
  direction: "in" | "out";
  dkim?: string;
  dmarc?: string;
  dmarcPolicy?: string;
  from: string;
  fromName?: string;
  fullText: string;
  html: string;
  id: string;
  inReplyTo?: string;
  inbox?: string;
  isAutomatic: boolean;
  kind: "human" | "auto_reply" | "bounce" | "list";
  messageId?: string;
  node?: string;
  rawKey?: string;
  references?: string[];
  replyTo?: string;
  returnPath?: string;
  runId?: string;
  spam?: string;
  spf?: string;
  subject: string;
  text: string;
  textTruncated: boolean;
  to: string[];
  virus?: string;
}

export interface NewEvent {
  detail?: {
    [member: string]: unknown;
  } | null;
  subject?: EventSubject;
  type: string;
}

export interface NewMessage {
  body: string;
  cc?: string[];
}

export interface NewTicket {
  contactEmail?: string;
  conversationId?: string;
  description?: string;
  group?: string;
  priority?: "low" | "normal" | "high" | "urgent";
  status?: "open" | "pending" | "solved" | "closed";
  subject: string;
}

export interface NewWorkflow {
  /** Definition, as far as it has come. */
  definition?: {
    [member: string]: unknown;
  } | null;
  description?: string;
  name: string;
  /** Id of one of GET /v1/templates; it gives name and description too. */
  template?: string;
}

export interface NodeKind {
  atLeastOne?: string[];
  available: boolean;
  canDisable: boolean;
  canError: boolean;
  canRetry: boolean;
  canTimeout: boolean;
  changes: string[];
  defaultTimeout?: string;
  description: string;
  edgeRequired: boolean;
  exactlyOne?: string[];
  function: string;
  group: string;
  maxTimeout?: string;
  needs: string[];
  outputs: string[];
  params: CatalogParam[];
  title: string;
  type: string;
  values: CatalogValue[];
  valuesFrom?: string;
}

export interface Note {
  path: string;
  text: string;
}

export interface Outcome {
  conversationId?: string;
  eventId?: string;
  messageId?: string;
  reason?: string;
  result: string;
}

export interface Person {
  email?: string;
  group?: string;
  managerOf?: string;
  user?: string;
}

export interface Problem {
  detail: string;
  /** Of a definition that cannot be published or tested. */
  problems?: DefinitionProblem[];
  status: number;
  title: string;
  type: string;
}

export interface PublishOrder {
  activate?: boolean | null;
  note?: string;
}

export interface Retention {
  events?: string;
  mail?: string;
  runs?: string;
}

export interface RetryOrder {
  mode: "redrive" | "restart";
}

export interface Run {
  contactId?: string;
  conversationId?: string;
  costMicroUsd?: number;
  depth?: number;
  durationMs: number;
  endedAt?: string;
  endedBy?: string;
  erased?: boolean;
  error?: string;
  executionArn?: string;
  id: string;
  pausedUntil?: string;
  reason?: string;
  redrives?: number;
  retryOf?: string;
  startedAt: string;
  stateMachineVersionArn: string;
  status: "running" | "waiting" | "paused" | "succeeded" | "failed" | "stopped";
  ticketId?: string;
  trigger: RunTrigger;
  version: number;
  waitingFor?: WaitingFor | null;
  workflowId: string;
  workflowName: string;
}

export interface RunStep {
  attempts: number;
  durationMs?: number | null;
  endedAt?: string;
  error?: StepError | null;
  handled?: boolean;
  input: unknown;
  name: string;
  nodeId: string;
  output: unknown;
  startedAt: string;
  status: string;
  type: string;
}

export interface RunTrigger {
  eventId: string;
  type: string;
}

export interface RunWhole {
  contactId?: string;
  conversationId?: string;
  costMicroUsd?: number;
  depth?: number;
  durationMs: number;
  endedAt?: string;
  endedBy?: string;
  erased?: boolean;
  error?: string;
  executionArn?: string;
  id: string;
  pausedUntil?: string;
  reason?: string;
  redrives?: number;
  retryOf?: string;
  startedAt: string;
  stateMachineVersionArn: string;
  status: "running" | "waiting" | "paused" | "succeeded" | "failed" | "stopped";
  steps: RunStep[];
  stepsExpired?: boolean;
  ticketId?: string;
  trigger: RunTrigger;
  version: number;
  waitingFor?: WaitingFor | null;
  workflowId: string;
  workflowName: string;
}

export interface Settings {
  automation: "on" | "off";
  caps?: Caps | null;
  /** What happens when a workflow starts to fail; absent: nothing. */
  failures?: Failures;
  hours: Hour[];
  retention?: Retention | null;
  timezone: string;
}

export interface SettingsEdit {
  automation?: string | null;
  caps?: Caps | null;
  /** Null: nothing happens. */
  failures?: Failures | null;
  hours?: Hour[] | null;
  retention?: Retention | null;
  timezone?: string | null;
}

export interface StartOrder {
  contactId?: string;
  conversationId?: string;
  detail?: {
    [member: string]: unknown;
  } | null;
  ticketId?: string;
}

export interface Stats {
  costMicroUsd: number;
  days: StatsDay[];
  failed: number;
  paused: number;
  running: number;
  stopped: number;
  succeeded: number;
  successRate: number | null;
  waiting: number;
}

export interface StatsDay {
  day: string;
  failed: number;
  succeeded: number;
}

export interface StepError {
  code: string;
  message: string;
}

export interface Summary {
  activeVersion: number | null;
  archived?: boolean;
  createdAt: string;
  description: string;
  disabledBy?: string;
  disabledReason?: string;
  enabled: boolean;
  hasUnpublishedChanges: boolean;
  id: string;
  lastRunAt: string | null;
  latestVersion: number | null;
  name: string;
  stats: Stats;
  trigger: TriggerType;
  updatedAt: string;
}

export interface Template {
  definition: Definition;
  description: string;
  examples: Example[];
  id: string;
  name: string;
  notes: Note[];
}

export interface TestEvent {
  actor?: string;
  causedBy?: EventCause | null;
  contact?: unknown;
  conversation?: unknown;
  detail?: unknown;
  detailOmitted?: boolean;
  event?: EventEnvelope | null;
  id: string;
  message?: {
    [member: string]: unknown;
  };
  snapshot?: EventSnapshot;
  subject: EventSubject;
  ticket?: unknown;
  time: string;
  type: string;
  workflowId?: string;
}

export interface TestOrder {
  /** Definition; the version or the draft when absent. */
  definition?: {
    [member: string]: unknown;
  } | null;
  /** TestEvent: an envelope with message, conversation, contact, ticket and detail beside it; what GET /v1/events/{id} answers is one. */
  event?: {
    [member: string]: unknown;
  } | null;
  eventId?: string;
  /** By node id what steps.<node>.* would hold, or {"error": {"code", "message"}}. */
  steps?: {
    [member: string]: {
      [member: string]: unknown;
    };
  };
  version?: number;
}

export interface TestReport {
  output?: unknown;
  path: TestStep[];
  problems: DefinitionProblem[];
  reason?: string;
  status?: string;
  verdict: Match;
}

export interface TestStep {
  at: string;
  attempts: number;
  error?: StepError | null;
  name: string;
  node: string;
  output?: string;
  params?: unknown;
  result?: unknown;
  simulated?: "given" | "standin";
  status: string;
  type: string;
}

export interface Ticket {
  contactEmail?: string;
  contactId?: string;
  conversationId?: string;
  createdAt: string;
  description?: string;
  group?: string;
  id: string;
  openedAt: string;
  previousStatus?: string;
  priority: string;
  status: "open" | "pending" | "solved" | "closed";
  statusSince: string;
  subject: string;
  updatedAt: string;
}

export interface TicketPatch {
  contactEmail?: string | null;
  conversationId?: string | null;
  description?: string | null;
  group?: string | null;
  priority?: "low" | "normal" | "high" | "urgent" | null;
  status?: "open" | "pending" | "solved" | "closed" | null;
  subject?: string | null;
}

export interface Totals {
  enabled: number;
  runs: number;
  successRate: number | null;
  total: number;
}

export interface TriggerKind {
  available: boolean;
  description: string;
  gives: {
    [member: string]: "always" | "sometimes";
  };
  params: CatalogParam[];
  title: string;
  type: string;
  when: {
    [member: string]: string;
  };
}

export interface TriggerType {
  type: string;
}

export interface Validation {
  problems: DefinitionProblem[];
}

export interface ValidationOrder {
  /** Definition; the draft when absent. */
  definition?: {
    [member: string]: unknown;
  } | null;
}

export interface Version {
  active: boolean;
  /** Amazon States Language that Step Functions runs. */
  asl?: {
    [member: string]: unknown;
  };
  definition?: Definition;
  note: string;
  pruned?: boolean;
  publishedAt: string;
  publishedBy: string;
  stateMachineVersionArn: string;
  version: number;
}

export interface WaitingFor {
  approvalId: string;
  approvers: string[];
  node: string;
  since: string;
  until: string;
}

export interface Workflow {
  activeVersion: number | null;
  archived?: boolean;
  cost: Cost;
  createdAt: string;
  description: string;
  disabledBy?: string;
  disabledReason?: string;
  draft: Draft;
  enabled: boolean;
  /** In place of the desk's; absent: the desk's hold. */
  failures?: Failures;
  hasUnpublishedChanges: boolean;
  hook?: Hook | null;
  id: string;
  lastRunAt: string | null;
  latestVersion: number | null;
  name: string;
  problems: DefinitionProblem[];
  stats: Stats;
  trigger: TriggerType;
  updatedAt: string;
}

export interface WorkflowList {
  items: Summary[];
  nextCursor: string | null;
  totals: Totals;
}

export interface WorkflowPatch {
  description?: string | null;
  /** In place of the desk's, as a whole: {} is neither told nor switched off. Null: the desk's again. */
  failures?: Failures | null;
  name?: string | null;
}

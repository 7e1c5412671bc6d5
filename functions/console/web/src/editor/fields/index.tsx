import Input from "@cloudscape-design/components/input";
import Toggle from "@cloudscape-design/components/toggle";
import type { ReactNode } from "react";
import { useGroups, useInboxes, useWorkflowNames } from "../../api/resources";
import type { Param } from "../catalog";
import { Duration, Pick, Suggest, Tokens } from "./basics";
import { CancelOn, Cases, Escalation, Json, Pairs, PersonField, PersonList } from "./lists";
import Template from "./Template";

export interface FieldProps {
  param: Param;
  value: unknown;
  onChange: (v: unknown) => void;
  /** The step that the form is of; "trigger" for the trigger's. */
  node: string;
  disabled?: boolean;
}

const text = (v: unknown) => (v === undefined || v === null ? "" : typeof v === "string" ? v : JSON.stringify(v));
const texts = (v: unknown): string[] => (Array.isArray(v) ? v.map(text) : v === undefined || v === "" ? [] : [text(v)]);
const orNone = (v: string[]) => (v.length ? v : undefined);

const plain = ({ param, value, onChange, disabled }: FieldProps) => <Input ariaLabel={param.title} disabled={disabled} value={text(value)} onChange={({ detail }) => onChange(detail.value || undefined)} />;
const template = (p: FieldProps) => <Template name={p.param.name} label={p.param.title} value={text(p.value)} onChange={p.onChange} node={p.node} long={(p.param.max ?? 0) > 2000} disabled={p.disabled} />;
const tokens = ({ param, value, onChange, disabled }: FieldProps) => <Tokens label={param.title} disabled={disabled} value={texts(value)} onChange={(v) => onChange(orNone(v))} />;

function InboxField({ param, value, onChange, disabled }: FieldProps) {
  const inboxes = useInboxes();
  return <Suggest label={param.title} disabled={disabled} value={text(value)} placeholder="Inbox, or {{value}}" options={(inboxes.data ?? []).map((i) => ({ value: i.slug, description: `${i.name}, ${i.address}` }))} onChange={(v) => onChange(v || undefined)} />;
}

function GroupField({ param, value, onChange, disabled }: FieldProps) {
  const groups = useGroups();
  return <Suggest label={param.title} disabled={disabled} value={text(value)} placeholder="Group, or {{value}}" options={(groups.data ?? []).map((g) => ({ value: g.slug, description: g.name }))} onChange={(v) => onChange(v || undefined)} />;
}

function UserField({ param, value, onChange, disabled }: FieldProps) {
  const groups = useGroups();
  const people = [...new Set((groups.data ?? []).flatMap((g) => g.members))];
  return <Suggest label={param.title} disabled={disabled} value={text(value)} placeholder="name@example.com" options={people.map((value) => ({ value }))} onChange={(v) => onChange(v || undefined)} />;
}

function WorkflowField({ param, value, onChange, disabled }: FieldProps) {
  const all = useWorkflowNames();
  return <Pick label={param.title} disabled={disabled} optional={!param.required} value={text(value)} options={(all.data ?? []).map((w) => ({ value: w.id, label: w.name, description: w.id }))} onChange={onChange} />;
}

// One entry per kind of param of the catalogue.
const registry: Record<string, (p: FieldProps) => ReactNode> = {
  text: plain,
  schedule: plain,
  time: (p) => <Template name={p.param.name} label={p.param.title} value={text(p.value)} onChange={p.onChange} node={p.node} long={false} disabled={p.disabled} placeholder="2026-12-01T09:00:00+01:00" />,
  template,
  markdown: template,
  templateList: tokens,
  textList: tokens,
  addresses: tokens,
  durationList: (p) => <Tokens label={p.param.title} disabled={p.disabled} value={texts(p.value)} placeholder="24h, then Enter" onChange={(v) => p.onChange(orNone(v))} />,
  timezone: (p) => <Suggest label={p.param.title} disabled={p.disabled} value={text(p.value)} options={Intl.supportedValuesOf("timeZone").map((value) => ({ value }))} onChange={(v) => p.onChange(v || undefined)} />,
  enum: (p) => <Pick label={p.param.title} disabled={p.disabled} optional={!p.param.required} value={text(p.value)} options={(p.param.enum ?? []).map((value) => ({ value }))} onChange={p.onChange} />,
  duration: (p) => <Duration label={p.param.title} disabled={p.disabled} optional={!p.param.required} value={text(p.value)} onChange={p.onChange} />,
  bool: (p) => (
    <Toggle disabled={p.disabled} checked={p.value === true} onChange={({ detail }) => p.onChange(detail.checked || undefined)}>
      {p.value === true ? "Yes" : "No"}
    </Toggle>
  ),
  integer: (p) => <Input ariaLabel={p.param.title} disabled={p.disabled} type="number" inputMode="numeric" placeholder={text(p.param.default)} value={text(p.value)} onChange={({ detail }) => p.onChange(detail.value === "" ? undefined : Number(detail.value))} />,
  person: (p) => <PersonField label={p.param.title} disabled={p.disabled} value={p.value} onChange={p.onChange} />,
  personList: (p) => <PersonList {...p} />,
  escalation: (p) => <Escalation {...p} />,
  valueMap: (p) => <Pairs {...p} />,
  fieldMap: (p) => <Pairs {...p} />,
  json: (p) => <Json {...p} />,
  cases: (p) => <Cases {...p} />,
  cancelOn: (p) => <CancelOn {...p} />,
  inbox: (p) => <InboxField {...p} />,
  group: (p) => <GroupField {...p} />,
  user: (p) => <UserField {...p} />,
  workflow: (p) => <WorkflowField {...p} />,
};

/** The input for a param; JSON for kinds that this console does not know yet. */
export function Field(p: FieldProps) {
  return <>{(registry[p.param.kind] ?? ((q: FieldProps) => <Json {...q} />))(p)}</>;
}

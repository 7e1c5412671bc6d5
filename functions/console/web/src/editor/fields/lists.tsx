import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";
import { useEffect, useState } from "react";
import { useGroups } from "../../api/resources";
import type { Condition } from "../../api/types";
import { title } from "../../parts/words";
import { useEditor } from "../context";
import { freeId, renameCase } from "../edits";
import { Duration, Pick, Suggest } from "./basics";
import Builder from "./Builder";
import type { FieldProps } from "./index";

type Person = Record<string, string>;

const ways = [
  { value: "group", label: "Group" },
  { value: "managerOf", label: "Manager of group" },
  { value: "user", label: "Person" },
  { value: "email", label: "E-mail address" },
];

/** Exactly one of email, user, group, managerOf. */
export function PersonField({ value, onChange, label, disabled }: { value: unknown; onChange: (v: Person | undefined) => void; label: string; disabled?: boolean }) {
  const groups = useGroups();
  const p = (value && typeof value === "object" && !Array.isArray(value) ? value : {}) as Person;
  const way = ways.find((w) => w.value in p)?.value ?? "group";
  const who = p[way] ?? "";
  const members = [...new Set((groups.data ?? []).flatMap((g) => g.members))].map((value) => ({ value }));
  const isGroup = way === "group" || way === "managerOf";
  return (
    <div className="row">
      <div className="wide">
        <Pick label={`${label}: who`} disabled={disabled} value={way} options={ways} onChange={(w) => w && onChange({ [w]: isGroup === (w === "group" || w === "managerOf") ? who : "" })} />
      </div>
      <div className="wide">
        <Suggest
          label={label}
          disabled={disabled}
          value={who}
          placeholder={isGroup ? "Group" : "name@example.com"}
          options={isGroup ? (groups.data ?? []).map((g) => ({ value: g.slug, label: g.slug, description: g.name })) : members}
          onChange={(v) => onChange({ [way]: v })}
        />
      </div>
    </div>
  );
}

export function PersonList({ param, value, onChange, disabled }: FieldProps) {
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  return (
    <div className="stack-s">
      {list.map((p, i) => (
        <div className="row" key={i}>
          <div className="wide">
            <PersonField label={`${param.title} ${i + 1}`} disabled={disabled} value={p} onChange={(v) => onChange(list.map((x, j) => (j === i ? v : x)))} />
          </div>
          {!disabled && <Button variant="icon" iconName="remove" ariaLabel={`Remove ${param.title} ${i + 1}`} onClick={() => onChange(list.filter((_, j) => j !== i))} />}
        </div>
      ))}
      {!disabled && (
        <Button variant="inline-link" iconName="add-plus" onClick={() => onChange([...list, { group: "" }])}>
          Add {param.title.toLowerCase()}
        </Button>
      )}
    </div>
  );
}

export function Escalation({ value, onChange, disabled }: FieldProps) {
  const v = value as { to?: unknown; after?: string } | undefined;
  if (!v) {
    return (
      <Button variant="inline-link" iconName="add-plus" disabled={disabled} onClick={() => onChange({ to: { managerOf: "" }, after: "24h" })}>
        Ask somebody else when nobody decides
      </Button>
    );
  }
  return (
    <div className="stack-s">
      <PersonField label="Escalate to" disabled={disabled} value={v.to} onChange={(to) => onChange({ ...v, to })} />
      <div className="row">
        <span>after</span>
        <Duration label="Escalate after" disabled={disabled} value={v.after ?? ""} onChange={(after) => onChange({ ...v, after: after ?? "" })} />
      </div>
      {!disabled && (
        <Button variant="inline-link" iconName="remove" onClick={() => onChange(undefined)}>
          Do not escalate
        </Button>
      )}
    </div>
  );
}

/** Names with values. Numbers, truth values and structures are written as JSON. */
export function Pairs({ param, value, onChange, disabled }: FieldProps) {
  const of = param.kind === "fieldMap" ? param.enum : undefined;
  const given = Object.entries(value && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : {});
  const [rows, setRows] = useState(given);
  // What came from elsewhere (undo, the code view) is taken; a row without a name stays here.
  const held = JSON.stringify(Object.fromEntries(rows.filter(([k]) => k)));
  const outer = JSON.stringify(Object.fromEntries(given));
  useEffect(() => {
    if (held !== outer) setRows(given);
  }, [outer]);
  const put = (next: [string, unknown][]) => {
    setRows(next);
    const named = next.filter(([k]) => k);
    onChange(named.length ? Object.fromEntries(named) : undefined);
  };
  return (
    <div className="stack-s">
      {rows.map(([k, v], i) => (
        <div className="row" key={i}>
          <div className="narrow">
            <Input ariaLabel={`Name ${i + 1}`} disabled={disabled} value={k} placeholder="name" onChange={({ detail }) => put(rows.map((r, j) => (j === i ? [detail.value, v] : r)))} />
          </div>
          <div className="wide">
            {of ? (
              <Pick label={`Type of ${k}`} disabled={disabled} value={String(v)} options={of.map((value) => ({ value }))} onChange={(t) => put(rows.map((r, j) => (j === i ? [k, t ?? of[0]] : r)))} />
            ) : (
              <Input ariaLabel={`Value of ${k}`} disabled={disabled} value={typeof v === "string" ? v : JSON.stringify(v)} placeholder="text or {{value}}" onChange={({ detail }) => put(rows.map((r, j) => (j === i ? [k, typeof v === "string" ? detail.value : jsonOr(detail.value)] : r)))} />
            )}
          </div>
          {!of && !disabled && (
            <Button variant="inline-link" ariaLabel={typeof v === "string" ? `Take ${k} as a number or JSON` : `Take ${k} as text`} onClick={() => put(rows.map((r, j) => (j === i ? [k, typeof v === "string" ? jsonOr(v, 0) : JSON.stringify(v)] : r)))}>
              {typeof v === "string" ? "Text" : "JSON"}
            </Button>
          )}
          {!disabled && <Button variant="icon" iconName="remove" ariaLabel={`Remove ${k || "this row"}`} onClick={() => put(rows.filter((_, j) => j !== i))} />}
        </div>
      ))}
      {!disabled && (
        <Button variant="inline-link" iconName="add-plus" onClick={() => setRows([...rows, ["", of ? of[0] : ""]])}>
          Add a row
        </Button>
      )}
    </div>
  );
}

function jsonOr(text: string, otherwise: unknown = text): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/** Any JSON; what cannot be read stays in the field and is not taken. */
export function Json({ param, value, onChange, disabled }: FieldProps) {
  const outer = value === undefined ? "" : JSON.stringify(value, null, 2);
  const [text, setText] = useState(outer);
  const [wrong, setWrong] = useState("");
  const [mine, setMine] = useState(outer);
  useEffect(() => {
    if (outer !== mine) {
      setText(outer);
      setMine(outer);
      setWrong("");
    }
  }, [outer, mine]);
  return (
    <FormField errorText={wrong} stretch>
      <Textarea
        ariaLabel={param.title}
        disabled={disabled}
        value={text}
        rows={Math.min(14, Math.max(4, text.split("\n").length + 1))}
        onChange={({ detail }) => {
          setText(detail.value);
          try {
            const v: unknown = detail.value.trim() ? JSON.parse(detail.value) : undefined;
            setMine(v === undefined ? "" : JSON.stringify(v, null, 2));
            setWrong("");
            onChange(v);
          } catch (e) {
            setWrong("Not taken yet: " + (e as Error).message);
          }
        }}
      />
    </FormField>
  );
}

interface Case {
  id: string;
  name?: string;
  when?: Condition;
}

/** The cases of a branch, from the first that is asked to the last. */
export function Cases({ value, onChange, node, disabled }: FieldProps) {
  const { definition, edit } = useEditor();
  const list = Array.isArray(value) ? (value as Case[]) : [];
  const swap = (i: number, j: number) => onChange(list.map((c, k) => (k === i ? list[j] : k === j ? list[i] : c)));
  const change = (i: number, next: Case) => onChange(list.map((c, j) => (j === i ? next : c)));
  return (
    <div className="stack">
      {list.map((c, i) => (
        <div className="case" key={i}>
          <div className="row">
            <div className="wide">
              <Input ariaLabel={`Name of case ${i + 1}`} disabled={disabled} value={c.name ?? ""} placeholder={title(c.id)} onChange={({ detail }) => change(i, { ...c, name: detail.value })} />
            </div>
            {!disabled && (
              <>
                <Button variant="icon" iconName="angle-up" ariaLabel={`Ask case ${i + 1} earlier`} disabled={i === 0} onClick={() => swap(i, i - 1)} />
                <Button variant="icon" iconName="angle-down" ariaLabel={`Ask case ${i + 1} later`} disabled={i === list.length - 1} onClick={() => swap(i, i + 1)} />
                <Button variant="icon" iconName="remove" ariaLabel={`Remove case ${i + 1}`} onClick={() => onChange(list.filter((_, j) => j !== i))} />
              </>
            )}
          </div>
          <Builder label={`Case ${i + 1} is taken when`} node={node} disabled={disabled} value={c.when} onChange={(when) => change(i, { ...c, when: when ?? { all: [] } })} />
          <ExpandableSection variant="inline" headerText={`Id: ${c.id}`}>
            <CaseId id={c.id} taken={list.map((x) => x.id)} disabled={disabled} onChange={(id) => edit(renameCase(definition, node, c.id, id))} />
          </ExpandableSection>
        </div>
      ))}
      {!disabled && (
        <Button iconName="add-plus" onClick={() => onChange([...list, { id: freeId(list.map((c) => c.id), `case_${list.length + 1}`), when: { all: [] } }])}>
          Add a case
        </Button>
      )}
    </div>
  );
}

function CaseId({ id, taken, onChange, disabled }: { id: string; taken: string[]; onChange: (id: string) => void; disabled?: boolean }) {
  const [text, setText] = useState(id);
  useEffect(() => setText(id), [id]);
  const ok = /^[a-z][a-z0-9_]{0,39}$/.test(text) && (text === id || !taken.includes(text)) && freeId([], text) === text;
  return (
    <FormField errorText={ok ? undefined : "Small letters, digits and _, unlike the others."}>
      <Input ariaLabel="Id of the case" disabled={disabled} value={text} onChange={({ detail }) => setText(detail.value)} onBlur={() => (ok ? text !== id && onChange(text) : setText(id))} />
    </FormField>
  );
}

export function CancelOn({ value, onChange, node, disabled }: FieldProps) {
  const { catalog } = useEditor();
  const list = Array.isArray(value) ? (value as { type: string; when?: Condition }[]) : [];
  return (
    <div className="stack">
      {list.map((c, i) => (
        <div className="case" key={i}>
          <div className="row">
            <div className="wide">
              <Pick label={`Event ${i + 1}`} disabled={disabled} value={c.type} options={catalog.cancelOn.map((value) => ({ value }))} onChange={(type) => type && onChange(list.map((x, j) => (j === i ? { ...x, type } : x)))} />
            </div>
            {!disabled && <Button variant="icon" iconName="remove" ariaLabel={`Remove event ${i + 1}`} onClick={() => onChange(list.filter((_, j) => j !== i))} />}
          </div>
          <Builder later label="And it meets" node={node} disabled={disabled} value={c.when} onChange={(when) => onChange(list.map((x, j) => (j === i ? (when ? { ...x, when } : { type: x.type }) : x)))} />
        </div>
      ))}
      {!disabled && (
        <Button variant="inline-link" iconName="add-plus" onClick={() => onChange([...list, { type: catalog.cancelOn[0]! }])}>
          Stop waiting when…
        </Button>
      )}
    </div>
  );
}

import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import DatePicker from "@cloudscape-design/components/date-picker";
import Input from "@cloudscape-design/components/input";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useMutation } from "@tanstack/react-query";
import { useMemo } from "react";
import { Problem } from "../../api/problem";
import { useGroups, useInboxes } from "../../api/resources";
import type { Condition, Explanation } from "../../api/types";
import { words } from "../../layout/notices";
import { value as inWords } from "../../parts/words";
import type { Operator } from "../catalog";
import { bare, fieldOf, groupOf, itemsOf, operatorsFor, rooted, typed, withField, withOperator, type GroupKind } from "../condition";
import { useEditor } from "../context";
import { reasonWords } from "../reason";
import { blockedBy, rowsOf, type RowVerdict } from "../slice";
import { variables } from "../variables";
import { Duration, Pick, Suggest, Tokens, type Suggestion } from "./basics";

interface Props {
  value: Condition | undefined;
  onChange: (c: Condition | undefined) => void;
  /** The step that asks; the trigger's conditions see no steps. */
  node: string;
  label: string;
  disabled?: boolean;
  /** About another event than the run's own: the sample says nothing about it. */
  later?: boolean;
}

/** Conditions in groups, each row with its verdict on an event when it was tried. */
export default function Builder({ value, onChange, node, label, disabled, later }: Props) {
  const { definition, sample, trial, mocks, kinds } = useEditor();
  const root = rooted(value);
  const asked = JSON.stringify(root);
  // The server decides, with the code that runs for real: for the trigger, that which looks
  // at events; for a step, a chain of branches that stands where the step does.
  const attempt = useMutation({
    mutationFn: async (): Promise<{ of: string; explanation?: RowVerdict; why?: string }> => {
      if (node === "trigger") {
        const report = await trial({ definition: { trigger: { ...definition.trigger, conditions: root }, nodes: [{ id: "stop", type: "end", params: { result: "succeeded" } }], edges: [{ from: "trigger", to: "stop" }] }, steps: {} });
        return { of: asked, explanation: report.verdict.conditions && told(report.verdict.conditions), why: report.verdict.conditions ? undefined : `It would not start: ${reasonWords(report.verdict.reason)}` };
      }
      const order = rowsOf(definition, node, root, mocks, kinds);
      if (!order) return { of: asked, why: "Nothing leads to this step yet." };
      const report = await trial(order);
      const explanation = order.read(report);
      return { of: asked, explanation, why: explanation ? undefined : (report.reason ?? "The sample event would not start a run.") };
    },
  });
  const error = attempt.error instanceof Problem && attempt.error.problems.length ? blockedBy(definition, attempt.error.problems, node, kinds) : attempt.error ? words(attempt.error) : whyNot(attempt.data, asked);
  const result = attempt.data?.of === asked ? attempt.data : undefined;
  return (
    <div className="stack-s">
      <Group condition={root} onChange={(c) => onChange(bare(c))} verdict={result?.explanation} node={node} label={label} disabled={disabled} depth={0} />
      {itemsOf(root).length > 0 && !later && (
        <div className="row">
          <Button variant="inline-link" disabled={!sample} disabledReason="There is no event to try it on yet" loading={attempt.isPending} onClick={() => attempt.mutate()}>
            Try on the sample event
          </Button>
          {result?.explanation && <StatusIndicator type={result.explanation.verdict ? "success" : "stopped"}>{result.explanation.verdict ? "Met" : "Not met"}</StatusIndicator>}
          {error && <StatusIndicator type="error">{error}</StatusIndicator>}
        </div>
      )}
    </div>
  );
}

/** Why there is no verdict, while it is still about what is asked. */
const whyNot = (data: { of: string; why?: string } | undefined, asked: string) => (data?.of === asked ? data.why : undefined);

/** What the server tells of a trigger's conditions, in the rows' own shape. */
const told = (e: Explanation): RowVerdict => ({ verdict: e.verdict, group: !!e.group, actual: e.actual, missing: e.missing, items: e.items?.map(told) });

const kindsOfGroup: Suggestion[] = [
  { value: "all", label: "all of these" },
  { value: "any", label: "at least one of these" },
  { value: "none", label: "none of these" },
];

function Group({ condition: c, onChange, onRemove, verdict, node, label, disabled, depth }: { condition: Condition; onChange: (c: Condition) => void; onRemove?: () => void; verdict?: RowVerdict; node: string; label: string; disabled?: boolean; depth: number }) {
  const kind = groupOf(c) ?? "all";
  const items = itemsOf(c);
  const put = (next: Condition[], as: GroupKind = kind) => {
    const copy: Condition = { ...c };
    delete copy[kind];
    onChange({ ...copy, [as]: next });
  };
  return (
    <fieldset className="condition-group">
      <div className="condition-head">
        <div className="wide">
          <Pick label={depth ? "How this group is met" : label} disabled={disabled} value={kind} options={kindsOfGroup} onChange={(k) => k && put(items, k as GroupKind)} />
        </div>
        {verdict && <Verdict of={verdict} />}
        {onRemove && !disabled && <Button variant="icon" iconName="remove" ariaLabel="Remove this group" onClick={onRemove} />}
      </div>
      {items.map((item, i) => {
        const change = (next: Condition) => put(items.map((x, j) => (j === i ? next : x)));
        const remove = () => put(items.filter((_, j) => j !== i));
        return (
          <div className="condition" key={i}>
            {groupOf(item) ? (
              <Group condition={item} onChange={change} onRemove={remove} verdict={verdict?.items?.[i]} node={node} label={label} disabled={disabled} depth={depth + 1} />
            ) : (
              <Row condition={item} onChange={change} onRemove={remove} verdict={verdict?.items?.[i]} node={node} disabled={disabled} />
            )}
          </div>
        );
      })}
      {!disabled && (
        <div className="row">
          <Button variant="inline-link" iconName="add-plus" onClick={() => put([...items, { field: "", op: "is", value: "" }])}>
            Condition
          </Button>
          {depth < 4 && (
            <Button variant="inline-link" iconName="add-plus" onClick={() => put([...items, { any: [] }])}>
              Group
            </Button>
          )}
        </div>
      )}
    </fieldset>
  );
}

const Verdict = ({ of: e }: { of: RowVerdict }) => (
  <StatusIndicator type={e.verdict ? "success" : "stopped"}>
    {e.verdict ? "Holds" : "Does not hold"}
    {!e.group && <span className="quiet"> – it is {e.missing ? "missing" : inWords(e.actual)}</span>}
  </StatusIndicator>
);

function Row({ condition: c, onChange, onRemove, verdict, node, disabled }: { condition: Condition; onChange: (c: Condition) => void; onRemove: () => void; verdict?: RowVerdict; node: string; disabled?: boolean }) {
  const { catalog, definition, kinds } = useEditor();
  const field = fieldOf(catalog.fields, c.field ?? "");
  const ops = operatorsFor(catalog.operators, field?.type);
  const op = catalog.operators.find((o) => o.name === c.op);
  const there = useMemo(() => variables(definition, node, catalog, kinds), [definition, node, catalog, kinds]);
  return (
    <>
      <div className="row">
        <div className="wide">
          <Suggest
            label="Field"
            placeholder="Field, as message.subject"
            disabled={disabled}
            value={c.field ?? ""}
            options={there.map((v) => ({ value: v.path, description: v.title }))}
            onChange={(path) => onChange(withField(c, path.trim(), catalog.fields, catalog.operators))}
          />
        </div>
        {!disabled && <Button variant="icon" iconName="remove" ariaLabel={`Remove the condition on ${c.field || "nothing"}`} onClick={onRemove} />}
      </div>
      <Pick label="Operator" disabled={disabled} value={c.op ?? ""} options={ops.map((o) => ({ value: o.name, label: o.title }))} onChange={(name) => onChange(withOperator(c, catalog.operators.find((o) => o.name === name)!))} />
      {op && <Value condition={c} op={op} type={field?.type} options={field?.enum} onChange={onChange} disabled={disabled} />}
      {op?.matchCase && field?.type !== "number" && field?.type !== "bool" && !field?.enum && (
        <Checkbox disabled={disabled} checked={!!c.matchCase} onChange={({ detail }) => onChange(detail.checked ? { ...c, matchCase: true } : (({ matchCase: _, ...rest }) => rest)(c))}>
          Capitals matter
        </Checkbox>
      )}
      {verdict && <Verdict of={verdict} />}
    </>
  );
}

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((value) => ({ value }));

function Value({ condition: c, op, type, options, onChange, disabled }: { condition: Condition; op: Operator; type?: string; options?: string[]; onChange: (c: Condition) => void; disabled?: boolean }) {
  const inboxes = useInboxes();
  const groups = useGroups();
  const set = (value: unknown) => onChange({ ...c, value });
  const last = c.field?.split(".").pop();
  const suggestions: Suggestion[] = options
    ? options.map((value) => ({ value }))
    : last === "inbox"
      ? (inboxes.data ?? []).map((i) => ({ value: i.slug, label: i.name, description: i.address }))
      : last === "group"
        ? (groups.data ?? []).map((g) => ({ value: g.slug, label: g.name }))
        : type === "bool"
          ? [{ value: "true" }, { value: "false" }]
          : [];
  const list = (Array.isArray(c.value) ? c.value : c.value === undefined || c.value === "" ? [] : [c.value]).map(String);
  switch (op.value) {
    case "none":
      return null;
    case "anyOf":
    case "list":
      return <Tokens label="Value" disabled={disabled} value={list} options={suggestions} onChange={(vs) => set(op.value === "anyOf" && vs.length < 2 ? typed(vs[0] ?? "", type) : vs.map((v) => typed(v, type)))} />;
    case "number":
      return <Input ariaLabel="Value" type="number" disabled={disabled} value={String(c.value ?? "")} onChange={({ detail }) => set(detail.value === "" ? "" : Number(detail.value))} />;
    case "range": {
      const [low, high] = Array.isArray(c.value) ? (c.value as unknown[]) : [];
      return (
        <div className="row">
          <div className="wide">
            <Input ariaLabel="From" type="number" disabled={disabled} value={String(low ?? "")} onChange={({ detail }) => set([Number(detail.value), high ?? 0])} />
          </div>
          and
          <div className="wide">
            <Input ariaLabel="To" type="number" disabled={disabled} value={String(high ?? "")} onChange={({ detail }) => set([low ?? 0, Number(detail.value)])} />
          </div>
        </div>
      );
    }
    case "duration":
      return <Duration label="Value" disabled={disabled} value={String(c.value ?? "")} onChange={(v) => set(v ?? "")} />;
    case "time": {
      const text = String(c.value ?? "");
      return <DatePicker disabled={disabled} value={text.slice(0, 10)} placeholder="YYYY-MM-DD" openCalendarAriaLabel={() => "Choose a date"} onChange={({ detail }) => set(detail.value ? `${detail.value}T00:00:00Z` : "")} />;
    }
    case "hours": {
      const h = c.value as { timezone?: string; days?: string[]; from?: string; to?: string } | undefined;
      return (
        <div className="stack-s">
          <Checkbox disabled={disabled} checked={!h} onChange={({ detail }) => (detail.checked ? onChange((({ value: _, ...rest }) => rest)(c)) : set({ timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:00" }))}>
            The desk’s hours
          </Checkbox>
          {h && (
            <>
              <Input ariaLabel="Time zone" disabled={disabled} value={h.timezone ?? ""} onChange={({ detail }) => set({ ...h, timezone: detail.value })} />
              <Tokens label="Days" disabled={disabled} value={h.days ?? []} options={days} onChange={(v) => set({ ...h, days: v })} />
              <div className="row">
                <div className="narrow">
                  <Input ariaLabel="Opens" disabled={disabled} value={h.from ?? ""} placeholder="09:00" onChange={({ detail }) => set({ ...h, from: detail.value })} />
                </div>
                to
                <div className="narrow">
                  <Input ariaLabel="Closes" disabled={disabled} value={h.to ?? ""} placeholder="17:00" onChange={({ detail }) => set({ ...h, to: detail.value })} />
                </div>
              </div>
            </>
          )}
        </div>
      );
    }
    default:
      return <Input ariaLabel="Value" disabled={disabled} value={String(c.value ?? "")} placeholder={op.value === "pattern" ? "a pattern, as order #?[0-9]+" : undefined} onChange={({ detail }) => set(detail.value)} />;
  }
}

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Tabs from "@cloudscape-design/components/tabs";
import Textarea from "@cloudscape-design/components/textarea";
import Toggle from "@cloudscape-design/components/toggle";
import { useEffect, useId, useState, type ReactNode } from "react";
import type { Condition, Node, Sticky, WorkflowProblem } from "../api/types";
import { edgeKey, nameOf, nodeOf, outputOf } from "../graph/model";
import { count, title } from "../parts/words";
import type { Param } from "./catalog";
import { useEditor } from "./context";
import { idRefusal, removeEdge, renameId, retype, set, setParam, toggle, update } from "./edits";
import { Field } from "./fields";
import { Duration, Pick } from "./fields/basics";
import Builder from "./fields/Builder";
import { Json } from "./fields/lists";
import { PreviewOf } from "./Preview";
import Problems from "./Problems";
import { boxOf, colors, isSticky, placeOf, setSticky, stickyOf } from "./stickies";
import Trial from "./Trial";

/** What is selected, to look at and to change. */
export default function Panel() {
  const { definition: d, selected, selectedEdge } = useEditor();
  const one = selected.length === 1 ? selected[0]! : undefined;
  const n = one ? nodeOf(d, one) : undefined;
  const note = one ? stickyOf(d, one) : undefined;
  return (
    <aside className="panel" aria-label="Settings">
      <div className="panel-in">
        {one === "trigger" ? <Trigger /> : n ? <Step key={n.id} node={n} /> : note ? <Note key={one} note={note} of={one!} /> : selected.length > 1 ? <Several /> : selectedEdge ? <Connection /> : <Whole />}
      </div>
    </aside>
  );
}

function Whole() {
  const { problems, definition: d } = useEditor();
  return (
    <div className="stack">
      <h2>{problems.length ? "What is left to do" : "No problems"}</h2>
      <Problems problems={problems} />
      <Box color="text-body-secondary">
        {d.nodes.length === 0 ? "Choose the trigger to say when this workflow starts, then add a first step with + or N." : "Select a step to see its settings. Press ? for all keys."}
      </Box>
    </div>
  );
}

function Note({ note: s, of }: { note: Sticky; of: string }) {
  const { definition: d, edit, may, remove, catalog, problems } = useEditor();
  return (
    <div className="stack">
      <div className="panel-head">
        <h2>Note</h2>
        {may && <Button variant="icon" iconName="remove" ariaLabel="Delete the note" onClick={() => remove([of])} />}
      </div>
      <FormField label="Text" description="For people who look at the flow; runs do not see it." errorText={s.text.length > catalog.limits.stickyText ? `At most ${catalog.limits.stickyText} characters.` : undefined} stretch>
        <div data-rename>
          <Textarea ariaLabel="Text" disabled={!may} rows={6} value={s.text} onChange={({ detail }) => edit(setSticky(d, of, { text: detail.value }), `${of}/text`)} />
        </div>
      </FormField>
      <Own problems={problems.filter((p) => placeOf(d, p) === of)} bases={[]} />
      <div className="row">
        {(["width", "height"] as const).map((side) => (
          <div className="wide" key={side}>
            <FormField label={side === "width" ? "Width" : "Height"}>
              <Input ariaLabel={side === "width" ? "Width" : "Height"} type="number" step={10} disabled={!may} value={String(boxOf(s)[side])} onChange={({ detail }) => Number(detail.value) > 0 && edit(setSticky(d, of, { [side]: Math.round(Number(detail.value)) }), `${of}/${side}`)} />
            </FormField>
          </div>
        ))}
      </div>
      <FormField label="Colour" stretch>
        <Pick label="Colour" disabled={!may} value={s.color ?? colors[0]!} options={colors.map((value) => ({ value }))} onChange={(color) => edit(setSticky(d, of, { color }), `${of}/color`)} />
      </FormField>
    </div>
  );
}

function Several() {
  const { selected, edit, definition, kinds, remove, may } = useEditor();
  return (
    <div className="stack">
      <h2>{count(selected.length, selected.some(isSticky) ? "thing" : "step")} selected</h2>
      {may && (
        <div className="row">
          <Button onClick={() => edit(toggle(definition, selected, kinds))}>Disable or enable</Button>
          <Button onClick={() => remove(selected)}>Delete</Button>
        </div>
      )}
    </div>
  );
}

function Connection() {
  const { definition: d, kinds, selectedEdge, edit, selectEdge, may } = useEditor();
  const e = d.edges.find((x) => edgeKey(x) === selectedEdge);
  if (!e) return <Whole />;
  return (
    <div className="stack">
      <h2>Connection</h2>
      <div>
        From <strong>{nameOf(d, e.from, kinds)}</strong>
        {outputOf(e) !== "next" && ` (${title(outputOf(e))})`} to <strong>{nameOf(d, e.to, kinds)}</strong>
      </div>
      {may && (
        <Button
          onClick={() => {
            edit(removeEdge(d, edgeKey(e)));
            selectEdge(undefined);
          }}
        >
          Delete the connection
        </Button>
      )}
    </div>
  );
}

/** The problem of a param, from the JSON Pointers of the server. */
function said(problems: WorkflowProblem[], base: string, name: string, severity: string): string | undefined {
  const at = `${base}/${name}`;
  const words = problems.filter((p) => p.severity === severity && (p.path === at || p.path.startsWith(at + "/"))).map((p) => p.message);
  return words.length ? words.join("; ") : undefined;
}

/** Kinds whose input is several inputs: a form field would give all of them one name, and
 *  mark all as wrong when one is. */
const compound = new Set(["person", "personList", "escalation", "duration", "valueMap", "fieldMap", "cases", "cancelOn"]);

function Block({ label, description, errorText, warningText, children }: { label?: ReactNode; description?: ReactNode; errorText?: ReactNode; warningText?: ReactNode; children?: ReactNode; stretch?: boolean }) {
  const id = useId();
  return (
    <div role="group" aria-labelledby={id} className="stack-s">
      <div>
        <div id={id} className="block-label">
          {label}
        </div>
        {description && <div className="block-help">{description}</div>}
      </div>
      {children}
      {errorText && <StatusIndicator type="error">{errorText}</StatusIndicator>}
      {warningText && <StatusIndicator type="warning">{warningText}</StatusIndicator>}
    </div>
  );
}

function Params({ params, values, base, node, onChange, one }: { params: Param[]; values: Record<string, unknown>; base: string; node: string; onChange: (name: string, v: unknown) => void; one?: string[] }) {
  const { problems, may } = useEditor();
  return (
    <>
      {params.map((p) => {
        const Frame = compound.has(p.kind) ? Block : FormField;
        const others = one?.includes(p.name) ? one.filter((o) => o !== p.name && values[o] !== undefined) : [];
        return (
          <Frame
            key={p.name}
            stretch
            label={p.required || one?.includes(p.name) ? p.title : <>{p.title} <i>– optional</i></>}
            description={others.length && values[p.name] === undefined ? `Instead of “${others.map((o) => params.find((x) => x.name === o)?.title ?? o).join(", ")}”: only one of them.` : p.help}
            errorText={said(problems, base, p.name, "error")}
            warningText={said(problems, base, p.name, "warning")}
          >
            <Field param={p} value={values[p.name]} onChange={(v) => onChange(p.name, v)} node={node} disabled={!may} />
          </Frame>
        );
      })}
    </>
  );
}

function Trigger() {
  const { definition: d, catalog, edit, may, problems } = useEditor();
  const t = d.trigger;
  const kind = catalog.triggers.find((k) => k.type === t.type);
  const params = t.params ?? {};
  const mine = problems.filter((p) => placeOf(d, p) === "trigger");
  return (
    <div className="stack">
      <h2>Trigger</h2>
      <Own problems={mine} bases={["/trigger/params", "/trigger/conditions"]} />
      <FormField label="Starts when" description={kind?.description} stretch>
        <Pick
          label="Starts when"
          disabled={!may}
          value={t.type}
          options={catalog.triggers.filter((k) => k.available || k.type === t.type).map((k) => ({ value: k.type, label: k.title, description: k.description }))}
          onChange={(type) => {
            if (!type) return;
            const { params: _, ...rest } = t;
            edit({ ...d, trigger: { ...rest, type } });
          }}
        />
      </FormField>
      {kind && <Params params={kind.params} values={params} base="/trigger/params" node="trigger" onChange={(name, v) => edit({ ...d, trigger: { ...t, params: v === undefined ? without(params, name) : { ...params, [name]: v } } }, `trigger/${name}`)} />}
      {t.type !== "webhook" || t.conditions ? null : <Alert type="info">Its address and secret are on the page of the workflow.</Alert>}
      <Block label="And it meets" description="Without conditions every such event starts a run." errorText={said(problems, "/trigger", "conditions", "error")} warningText={said(problems, "/trigger", "conditions", "warning")}>
        <Builder
          label="And it meets"
          node="trigger"
          disabled={!may}
          value={t.conditions}
          onChange={(c: Condition | undefined) => {
            const { conditions: _, ...rest } = t;
            edit({ ...d, trigger: c ? { ...rest, conditions: c } : rest }, "trigger/conditions");
          }}
        />
      </Block>
      <div>
        <h3>What a run can see</h3>
        <Box color="text-body-secondary">
          {Object.entries(kind?.gives ?? {})
            .map(([entity, how]) => entity + (how === "sometimes" ? ` (${kind?.when[entity] ?? "sometimes"})` : ""))
            .join(", ") || "Nothing but the event."}
        </Box>
      </div>
    </div>
  );
}

const without = (o: Record<string, unknown>, name: string) => Object.fromEntries(Object.entries(o).filter(([k]) => k !== name));

/** Problems that no field of the form shows. */
function Own({ problems, bases }: { problems: WorkflowProblem[]; bases: string[] }) {
  const rest = problems.filter((p) => !bases.some((b) => p.path.startsWith(b + "/")));
  return (
    <>
      {rest.map((p, i) => (
        <Alert key={i} type={p.severity}>
          {p.message}
        </Alert>
      ))}
    </>
  );
}

function Step({ node: n }: { node: Node }) {
  const { definition: d, kinds, edit, may, problems, remove, catalog } = useEditor();
  const kind = kinds.get(n.type);
  const [tab, setTab] = useState("settings");
  const base = `/nodes/${d.nodes.indexOf(n)}`;
  const mine = problems.filter((p) => p.node === n.id);
  const failure = kind && (kind.canRetry || kind.canTimeout || kind.canError);
  return (
    <div className="stack">
      <div className="panel-head">
        <h2>{nameOf(d, n.id, kinds)}</h2>
        {may && <Button variant="icon" iconName="remove" ariaLabel={`Delete ${nameOf(d, n.id, kinds)}`} onClick={() => remove([n.id])} />}
      </div>
      <Own problems={mine} bases={[`${base}/params`, `${base}/retry`, `${base}/timeout`]} />
      <FormField label="Name" stretch>
        <div data-rename>
          <Input ariaLabel="Name" disabled={!may} value={n.name ?? ""} placeholder={kind?.title ?? title(n.type)} onChange={({ detail }) => edit(set(d, n.id, "name", detail.value), `${n.id}/name`)} />
        </div>
      </FormField>
      <Tabs
        ariaLabel="Settings of the step"
        activeTabId={tab}
        onChange={({ detail }) => setTab(detail.activeTabId)}
        disableContentPaddings
        tabs={[
          {
            id: "settings",
            label: "Settings",
            content: (
              <div className="stack" style={{ paddingBlockStart: 12 }}>
                {!kind && <Alert type="error">This desk knows no step of type {n.type}.</Alert>}
                {kind && <PreviewOf node={n.id}><Params params={kind.params} values={n.params ?? {}} base={`${base}/params`} node={n.id} one={kind.exactlyOne} onChange={(name, v) => edit(setParam(d, n.id, name, v), `${n.id}/${name}`)} /></PreviewOf>}
                {kind && kind.params.length === 0 && <Box color="text-body-secondary">{kind.description} There is nothing to set.</Box>}
                {kind?.canDisable && (
                  <Toggle disabled={!may} checked={!!n.disabled} onChange={() => edit(toggle(d, [n.id], kinds))}>
                    Disabled: runs pass over it
                  </Toggle>
                )}
              </div>
            ),
          },
          ...(failure
            ? [
                {
                  id: "errors",
                  label: "On error",
                  content: <Failure node={n} base={base} />,
                },
              ]
            : []),
          {
            id: "more",
            label: "More",
            content: (
              <div className="stack" style={{ paddingBlockStart: 12 }}>
                <FormField label="Note" description="Shown beside the step on the canvas." stretch>
                  <Textarea ariaLabel="Note" disabled={!may} rows={3} value={n.notes ?? ""} onChange={({ detail }) => edit(set(d, n.id, "notes", detail.value), `${n.id}/notes`)} />
                </FormField>
                <Id node={n} />
                <FormField label="Kind of step" description="Settings that both kinds have are kept." stretch>
                  <Pick label="Kind of step" disabled={!may} value={n.type} options={catalog.nodes.filter((k) => k.available || k.type === n.type).map((k) => ({ value: k.type, label: k.title, description: k.description }))} onChange={(t) => t && t !== n.type && edit(retype(d, n.id, kinds.get(t)!, kinds))} />
                </FormField>
                <div className="stack-s">
                  <div className="block-label">As JSON</div>
                  <Json
                    param={{ name: "json", title: "The step as JSON", kind: "json", required: true }}
                    node={n.id}
                    disabled={!may}
                    value={(({ id: _, position: __, ...rest }) => rest)(n)}
                    onChange={(v) => v && typeof v === "object" && typeof (v as Node).type === "string" && edit(update(d, n.id, () => ({ ...(v as Node), id: n.id, ...(n.position ? { position: n.position } : {}) })), `${n.id}/json`)}
                  />
                </div>
              </div>
            ),
          },
          ...(may ? [{ id: "test", label: "Test", content: tab === "test" && <Trial node={n} /> }] : []),
        ]}
      />
    </div>
  );
}

function Id({ node: n }: { node: Node }) {
  const { definition: d, edit, select, may } = useEditor();
  const [text, setText] = useState(n.id);
  useEffect(() => setText(n.id), [n.id]);
  const why = text === n.id ? undefined : idRefusal(d, n.id, text);
  return (
    <FormField label="Id" description="As in {{steps.id.…}}; texts and conditions follow when it changes." errorText={why} stretch>
      <Input
        ariaLabel="Id"
        disabled={!may}
        value={text}
        onChange={({ detail }) => setText(detail.value)}
        onBlur={() => {
          if (text === n.id || why) return setText(n.id);
          if (edit(renameId(d, n.id, text))) select([text]);
        }}
      />
    </FormField>
  );
}

function Failure({ node: n, base }: { node: Node; base: string }) {
  const { definition: d, kinds, edit, may, problems, catalog, choose } = useEditor();
  const kind = kinds.get(n.type)!;
  const retry = n.retry ?? {};
  const put = (more: Partial<NonNullable<Node["retry"]>>) => {
    const next = Object.fromEntries(Object.entries({ ...retry, ...more }).filter(([, v]) => v !== undefined)) as Node["retry"];
    edit(set(d, n.id, "retry", Object.keys(next ?? {}).length ? next : undefined), `${n.id}/retry`);
  };
  const byError = d.edges.find((e) => e.from === n.id && outputOf(e) === "error");
  return (
    <div className="stack" style={{ paddingBlockStart: 12 }}>
      {kind.canRetry && (
        <>
          <FormField label="Try at most" description={`1 to ${catalog.limits.maxRetries} times in all.`} errorText={said(problems, base, "retry", "error")} stretch>
            <Input ariaLabel="Try at most" disabled={!may} type="number" value={String(retry.maxAttempts ?? "")} placeholder="as the desk does" onChange={({ detail }) => put({ maxAttempts: detail.value ? Number(detail.value) : undefined })} />
          </FormField>
          {retry.maxAttempts !== undefined && (
            <>
              <Block label="Wait before the second try">
                <Duration label="Wait before the second try" optional disabled={!may} value={retry.interval ?? ""} onChange={(interval) => put({ interval })} />
              </Block>
              <FormField label="Then times" description="2 doubles the wait from try to try." stretch>
                <Input ariaLabel="Then times" disabled={!may} type="number" value={String(retry.backoff ?? "")} placeholder="2" onChange={({ detail }) => put({ backoff: detail.value ? Number(detail.value) : undefined })} />
              </FormField>
            </>
          )}
        </>
      )}
      {kind.canTimeout && (
        <Block label="Give up after" description={`Without a time: ${kind.defaultTimeout ?? "60s"}; at most ${catalog.limits.maxTimeout}.`} errorText={said(problems, base, "timeout", "error")}>
          <Duration label="Give up after" optional disabled={!may} value={n.timeout ?? ""} onChange={(v) => edit(set(d, n.id, "timeout", v), `${n.id}/timeout`)} />
        </Block>
      )}
      {kind.canError && (
        <FormField label="When all tries failed" stretch>
          {byError ? (
            <Box>
              The run goes on with <strong>{nameOf(d, byError.to, kinds)}</strong>.
            </Box>
          ) : (
            <div className="row">
              <Box>The run fails.</Box>
              {may && (
                <Button variant="inline-link" onClick={() => choose({ way: { from: n.id, output: "error" } })}>
                  Add a step for that
                </Button>
              )}
            </div>
          )}
        </FormField>
      )}
    </div>
  );
}

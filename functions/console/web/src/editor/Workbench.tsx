import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQueryClient } from "@tanstack/react-query";
import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "react";
import { get, post } from "../api/client";
import { Problem } from "../api/problem";
import type { Definition, Version, Workflow } from "../api/types";
import { useCan } from "../auth/Gate";
import { along } from "../graph/cards";
import { place, width } from "../graph/layout";
import { nameOf, nodeOf, outputsOf, reach } from "../graph/model";
import { notify, notifyError, useNotices } from "../layout/notices";
import Confirm from "../parts/Confirm";
import { count } from "../parts/words";
import type { Everything, NodeKind } from "./catalog";
import { copy, paste, read } from "./clipboard";
import Code from "./Code";
import { EditorContext, type Editing, type Target, type TestReport } from "./context";
import { Commands, Connect, Shortcuts } from "./dialogs";
import { add, freeWay, removeEdge, removeNodes, tidy, toggle } from "./edits";
import Flow from "./Flow";
import { begin, reduce } from "./history";
import { commandOf, isTyping } from "./keys";
import Palette from "./Palette";
import Panel from "./Panel";
import Publish from "./Publish";
import TestBar, { overlayOf } from "./TestBar";
import { useDraft } from "./useDraft";

export default function Workbench(props: { workflow: Workflow; catalog: Everything }) {
  return (
    <ReactFlowProvider>
      <Bench {...props} />
    </ReactFlowProvider>
  );
}

type Dialog = "help" | "commands" | "connect" | "publish" | "discard" | "takeTheirs";

function Bench({ workflow: initial, catalog }: { workflow: Workflow; catalog: Everything }) {
  const may = useCan("editor") && !initial.archived;
  const client = useQueryClient();
  const flow = useReactFlow();
  const [workflow, setWorkflow] = useState(initial);
  const [history, dispatch] = useReducer(reduce, undefined, () => begin(sound(initial.draft.definition)));
  const d = history.present;
  const kinds = useMemo(() => new Map(catalog.nodes.map((k) => [k.type, k])), [catalog]);
  const draft = useDraft(initial.id, d, initial, may);
  const [selected, setSelected] = useState<string[]>([]);
  const [selectedEdge, selectEdge] = useState<string>();
  const [target, setTarget] = useState<Target>();
  const [focusPalette, setFocusPalette] = useState(0);
  const [wide, setWide] = useState(() => window.innerWidth > 1000);
  const [dialog, setDialog] = useState<Dialog>();
  const [code, setCode] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const [event, setEvent] = useState<string>();
  const [test, setTest] = useState<{ of: Definition; report: TestReport }>();
  const [testing, setTesting] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState<number>();
  const nextProblem = useRef(0);
  const first = useRef(true);

  const notices = useNotices();
  // The height that the bars above leave.
  useLayoutEffect(() => {
    const measure = () => {
      const top = (root.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
      setHeight(Math.max(420, window.innerHeight - top));
    };
    measure();
    // Breadcrumbs come a moment later.
    const t = setTimeout(() => {
      measure();
      if (first.current) requestAnimationFrame(() => void flow.fitView({ padding: 0.2, maxZoom: 1 }));
      first.current = false;
    }, 250);
    window.addEventListener("resize", measure);
    return () => {
      clearTimeout(t);
      window.removeEventListener("resize", measure);
    };
  }, [notices.length, flow]);

  useEffect(() => () => void client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("/workflows") }), [client]);

  const focusNode = useCallback(
    (id: string) => {
      let tries = 0;
      const go = () => {
        const el = root.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
        if (!el) {
          if (tries++ < 20) requestAnimationFrame(go);
          return;
        }
        el.focus({ preventScroll: true });
        const box = el.getBoundingClientRect();
        const frame = root.current!.querySelector(".flow")!.getBoundingClientRect();
        if (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom - 40) {
          const n = flow.getNode(id);
          if (n) void flow.setCenter(n.position.x + (n.width ?? 240) / 2, n.position.y + (n.height ?? 60) / 2, { zoom: flow.getZoom(), duration: 150 });
        }
      };
      requestAnimationFrame(go);
    },
    [flow],
  );
  const select = useCallback(
    (ids: string[], focus = false) => {
      setSelected(ids);
      if (ids.length) selectEdge(undefined);
      if (focus && ids[0]) {
        setCode(false);
        focusNode(ids[0]);
      }
    },
    [focusNode],
  );

  const [said, setSaid] = useState("");
  // Over the canvas, where one looks, and without pushing it about.
  const say = useCallback((text: string) => {
    setSaid("");
    setTimeout(() => setSaid(text));
  }, []);
  useEffect(() => {
    const t = setTimeout(() => setSaid(""), 7000);
    return () => clearTimeout(t);
  }, [said]);

  const edit = useCallback(
    (next: Definition | string, tag?: string): boolean => {
      if (typeof next === "string") {
        say(next);
        return false;
      }
      if (!may) return false;
      dispatch({ type: "edit", next, tag, at: Date.now() });
      return true;
    },
    [may, say],
  );
  const choose = useCallback((to: Target) => {
    setTarget(to);
    setFocusPalette((n) => n + 1);
  }, []);
  const remove = useCallback(
    (ids: string[]) => {
      const gone = ids.filter((id) => id !== "trigger");
      if (gone.length === 0) return;
      const before = d.edges.find((e) => gone.includes(e.to) && !gone.includes(e.from))?.from;
      if (edit(removeNodes(d, gone, kinds))) select(before ? [before] : [], true);
    },
    [d, edit, kinds, select],
  );

  // A selection of what is gone, after undo or in the code view, is none.
  useEffect(() => {
    setSelected((s) => (s.every((id) => id === "trigger" || nodeOf(d, id)) ? s : s.filter((id) => id === "trigger" || nodeOf(d, id))));
  }, [d]);

  const report = test?.of === d ? test.report : undefined;
  const overlay = useMemo(() => report && overlayOf(d, report), [d, report]);
  const runTest = async () => {
    if (!event || wrong) return;
    setTesting(true);
    try {
      setTest({ of: d, report: await post<TestReport>(`/workflows/${initial.id}/test`, { definition: d, eventId: event }) });
    } catch (e) {
      if (e instanceof Problem && e.problems.length) {
        draft.setProblems(e.problems);
        say(`The draft has ${count(e.problems.filter((p) => p.severity === "error").length, "error")}; solve them to test it.`);
      } else notifyError(e);
    } finally {
      setTesting(false);
    }
  };

  const onPick = (kind: NodeKind) => {
    const where: Target = target ?? {};
    if (!where.way && !where.at) {
      const from = selected.length === 1 ? selected[0]! : d.nodes.length === 0 ? "trigger" : undefined;
      const free = from ? freeWay(d, from, kinds) : undefined;
      // A step whose ways are all taken gets the new one in between, if it has one way.
      const only = from && !free ? outputsOf(d, from, kinds).filter((o) => o.id !== "error") : [];
      if (free) where.way = free;
      else if (only.length === 1) where.way = { from: from!, output: only[0]!.id };
      else {
        const frame = root.current!.querySelector(".flow")?.getBoundingClientRect();
        if (frame) where.at = flow.screenToFlowPosition({ x: frame.left + frame.width / 2 - width / 2, y: frame.top + frame.height / 2 });
      }
    }
    const { definition, id } = add(d, kind, where, kinds);
    if (edit(definition)) {
      setTarget(undefined);
      if (!wide) setFocusPalette(0);
      select([id], true);
    }
  };

  const clip = async (cut: boolean) => {
    const text = copy(d, selected, kinds);
    if (!text) return;
    try {
      await navigator.clipboard.writeText(text);
      if (cut) remove(selected);
      else say(`${count(selected.length, "step")} copied as text.`);
    } catch {
      notify("error", "The browser did not let the text be copied.");
    }
  };
  const put = (text: string) => {
    const piece = read(text);
    if (!piece) {
      say("There are no steps on the clipboard.");
      return;
    }
    const way = selected.length === 1 ? freeWay(d, selected[0]!, kinds) : undefined;
    const box = way && place(d, kinds).get(way.from);
    const out = paste(d, piece, { way, at: box && { x: box.x, y: box.y + box.height + 64 } }, kinds);
    if (edit(out.definition)) select(out.ids, true);
  };
  const duplicate = () => {
    const piece = read(copy(d, selected, kinds));
    if (!piece) return;
    const out = paste(d, piece, {}, kinds);
    if (edit(out.definition)) select(out.ids, true);
  };
  const one = selected.length === 1 ? selected[0]! : undefined;
  const goCode = (to: boolean) => {
    if (!to && wrong) say(`The JSON is not in order yet: ${wrong}`);
    else setCode(to);
  };

  const run = (command: string): boolean => {
    switch (command) {
      case "add":
        setTarget(undefined);
        setFocusPalette((n) => n + 1);
        return true;
      case "connect":
        if (!one || !may) say("Select one step first.");
        else setDialog("connect");
        return true;
      case "copy":
        if (selected.length === 0 || String(window.getSelection() ?? "")) return false;
        void clip(false);
        return true;
      case "cut":
        if (selected.length === 0) return false;
        void clip(true);
        return true;
      case "duplicate":
        duplicate();
        return true;
      case "delete":
        if (selectedEdge) {
          edit(removeEdge(d, selectedEdge));
          selectEdge(undefined);
        } else remove(selected);
        return true;
      case "rename": {
        const el = root.current?.querySelector<HTMLInputElement>("[data-rename] input");
        el?.focus();
        el?.select();
        return true;
      }
      case "settings":
        for (const where of [".panel [role=tabpanel] :is(input, textarea, button)", ".panel :is(input, textarea, button)"]) {
          const el = [...(root.current?.querySelectorAll<HTMLElement>(where) ?? [])].find((x) => x.offsetParent !== null);
          if (!el) continue;
          el.focus();
          break;
        }
        return true;
      case "disable":
        if (selected.length) edit(toggle(d, selected, kinds));
        return true;
      case "undo":
      case "redo":
        if (may && !wrong) dispatch({ type: command });
        return true;
      case "tidy":
        edit(tidy(d, kinds));
        setTimeout(() => void flow.fitView({ padding: 0.2, maxZoom: 1, duration: 200 }), 60);
        return true;
      case "all":
        select(d.nodes.map((n) => n.id));
        return true;
      case "before":
      case "after":
        select([...new Set([...selected, ...selected.flatMap((id) => [...reach(d, id, command === "before")])])]);
        return true;
      case "in":
        void flow.zoomIn();
        return true;
      case "out":
        void flow.zoomOut();
        return true;
      case "actual":
        void flow.zoomTo(1);
        return true;
      case "fit":
        void flow.fitView({ padding: 0.2, maxZoom: 1, duration: 200 });
        return true;
      case "save":
        void draft.flush();
        return true;
      case "test":
        void runTest();
        return true;
      case "publish":
        if (may && !wrong) setDialog("publish");
        return true;
      case "code":
        goCode(!code);
        return true;
      case "problems": {
        const p = draft.problems[nextProblem.current++ % Math.max(1, draft.problems.length)];
        if (p) select([p.node || "trigger"], true);
        else say("There are no problems.");
        return true;
      }
      case "commands":
      case "help":
        setDialog(command);
        return true;
    }
    return false;
  };
  const runRef = useRef(run);
  runRef.current = run;
  const state = useRef({ d, selected, may, dialog });
  state.current = { d, selected, may, dialog };

  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.defaultPrevented || state.current.dialog) return;
      const el = e.target as HTMLElement;
      const typing = isTyping(el);
      const inside = root.current?.contains(el) || el === document.body;
      const { d, selected } = state.current;
      if (inside && e.key === "Escape") {
        const at = selected[0];
        if (root.current?.querySelector(".panel")?.contains(el) && at) {
          focusNode(at);
          e.preventDefault();
        } else if (!typing) {
          setTarget(undefined);
          select([]);
        }
        return;
      }
      if (!inside && !e.ctrlKey && !e.metaKey) return;
      if (!typing && /^Arrow/.test(e.key) && !e.ctrlKey && !e.metaKey && !e.shiftKey) {
        const onCanvas = el === document.body || !!el.closest?.(".flow");
        if (!onCanvas) return;
        const at = selected.at(-1) ?? el.closest<HTMLElement>(".react-flow__node")?.dataset.id;
        const to = at ? along(d, at, e.key) : "trigger";
        e.preventDefault();
        if (to) select([to], true);
        return;
      }
      // Buttons and tabs keep Enter.
      if (e.key === "Enter" && !e.ctrlKey && !e.metaKey && !el.closest?.(".react-flow__node")) return;
      const command = commandOf(e, typing);
      if (command === "paste") return; // the paste event brings the text
      if (command && runRef.current(command)) e.preventDefault();
    };
    const onPaste = (e: ClipboardEvent) => {
      if (state.current.dialog || isTyping(e.target) || !state.current.may) return;
      const text = e.clipboardData?.getData("text/plain");
      if (text) {
        e.preventDefault();
        putRef.current(text);
      }
    };
    // Moving the focus onto a step selects it, as a click does.
    const onFocus = (e: FocusEvent) => {
      const el = (e.target as HTMLElement).closest?.<HTMLElement>(".react-flow__node");
      const id = el?.dataset.id;
      if (el === e.target && id && el.matches(":focus-visible") && !state.current.selected.includes(id)) select([id]);
    };
    const bench = root.current;
    document.addEventListener("keydown", onKey);
    document.addEventListener("paste", onPaste);
    bench?.addEventListener("focusin", onFocus);
    const onSize = () => setWide(window.innerWidth > 1000);
    window.addEventListener("resize", onSize);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("paste", onPaste);
      bench?.removeEventListener("focusin", onFocus);
      window.removeEventListener("resize", onSize);
    };
  }, [focusNode, select]);
  const putRef = useRef(put);
  putRef.current = put;

  const editing: Editing = { workflow: initial.id, name: workflow.name, may, definition: d, catalog, kinds, problems: draft.problems, selected, select, selectedEdge, selectEdge, edit, say, choose, remove, event, setEvent, test: report };
  const errors = draft.problems.filter((p) => p.severity === "error").length;
  const warnings = draft.problems.length - errors;
  const showPalette = may && !code && (wide || focusPalette > 0);
  const closePalette = () => {
    setTarget(undefined);
    setFocusPalette(0);
    if (selected[0]) focusNode(selected[0]);
  };

  const published = (v: Version) => {
    setWorkflow((w) => ({ ...w, latestVersion: v.version, activeVersion: v.active ? v.version : w.activeVersion, hasUnpublishedChanges: false }));
    void client.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("/workflows") });
  };

  return (
    <EditorContext.Provider value={editing}>
      <div className="editor" ref={root} style={{ blockSize: height }}>
        <div>
          <div className="editor-bar">
            <h1 title={workflow.name}>{workflow.name}</h1>
            {workflow.activeVersion ? <Badge color="green">Version {workflow.activeVersion} active</Badge> : <Badge>Not published</Badge>}
            <span className="editor-save" role="status">
              {!may ? <StatusIndicator type="info">Only to look at</StatusIndicator> : <SaveState saving={draft.saving} />}
            </span>
            <span className="grow" />
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              {may && !wide && !code && <Button iconName="add-plus" variant="icon" ariaLabel="Add a step" onClick={() => run("add")} />}
              <Button variant="icon" iconName="undo" ariaLabel="Undo" disabled={!may || history.past.length === 0} onClick={() => run("undo")} />
              <Button variant="icon" iconName="redo" ariaLabel="Redo" disabled={!may || history.future.length === 0} onClick={() => run("redo")} />
              <Button variant="inline-link" onClick={() => select([])}>
                <StatusIndicator type={errors ? "error" : warnings ? "warning" : "success"}>{errors || warnings ? [errors && count(errors, "error"), warnings && count(warnings, "warning")].filter(Boolean).join(", ") : "No problems"}</StatusIndicator>
              </Button>
              <Button onClick={() => goCode(!code)}>{code ? "Canvas" : "JSON"}</Button>
              <ButtonDropdown
                ariaLabel="More"
                items={[
                  { id: "tidy", text: "Tidy up", disabled: !may, secondaryText: "Shift+A" },
                  { id: "fit", text: "Fit everything in", secondaryText: "1" },
                  { id: "commands", text: "Find a command or a step", secondaryText: "Ctrl+K" },
                  { id: "help", text: "Keys", secondaryText: "?" },
                  { id: "discard", text: "Discard changes since the last version", disabled: !may || !workflow.activeVersion },
                ]}
                onItemClick={({ detail }) => (detail.id === "discard" ? setDialog("discard") : run(detail.id))}
              >
                More
              </ButtonDropdown>
              {may && (
                <Button variant="primary" disabled={!!wrong} onClick={() => setDialog("publish")}>
                  Publish…
                </Button>
              )}
            </SpaceBetween>
          </div>
          {draft.saving.state === "conflict" && (
            <Alert
              type="warning"
              header="Somebody else changed this draft meanwhile"
              action={
                <SpaceBetween direction="horizontal" size="xs">
                  <Button onClick={() => setDialog("takeTheirs")}>Load theirs…</Button>
                  <Button onClick={() => void draft.overwrite().catch(notifyError)}>Overwrite with mine</Button>
                </SpaceBetween>
              }
            >
              Nothing is saved until you choose. Copy your steps first if you want to keep both.
            </Alert>
          )}
        </div>
        <TestBar busy={testing} onRun={() => void runTest()} onClear={() => setTest(undefined)} />
        <div className={showPalette && wide ? "editor-body" : "editor-body no-palette"}>
          {showPalette && <Palette target={target} onPick={onPick} onClose={closePalette} focus={focusPalette} />}
          <div className="editor-middle">
            <div className="said" role="status">
              {said}
            </div>
            {code ? <Code onWrong={setWrong} /> : <Flow overlay={overlay} />}
            {!code && d.nodes.length === 0 && may && <div className="tip">Add the first step: press + under the trigger, or N.</div>}
          </div>
          <Panel />
        </div>
      </div>
      {dialog === "help" && <Shortcuts onClose={() => setDialog(undefined)} />}
      {dialog === "commands" && <Commands onRun={(c) => (c === "paste" ? void navigator.clipboard.readText().then(put, notifyError) : run(c))} onClose={() => setDialog(undefined)} />}
      {dialog === "connect" && one && <Connect from={one} onClose={() => setDialog(undefined)} />}
      {dialog === "publish" && <Publish workflow={workflow} flush={draft.flush} revision={() => draft.revision.current} onDone={published} onProblems={draft.setProblems} onClose={() => setDialog(undefined)} />}
      {dialog === "discard" && (
        <Confirm
          title={`Discard what changed since version ${workflow.activeVersion}?`}
          action="Discard"
          onClose={() => setDialog(undefined)}
          onConfirm={async () => {
            const v = await get<Version>(`/workflows/${initial.id}/versions/${workflow.activeVersion}`);
            if (v.definition) edit(sound(v.definition));
          }}
        >
          <div>The draft is then as version {workflow.activeVersion} is. Undo brings it back as long as this page is open.</div>
        </Confirm>
      )}
      {dialog === "takeTheirs" && (
        <Confirm
          title="Load the other draft?"
          action="Load theirs"
          onClose={() => setDialog(undefined)}
          onConfirm={async () => {
            const theirs = sound(await draft.takeTheirs());
            dispatch({ type: "load", definition: theirs });
          }}
        >
          <div>What you changed since then is gone: {nameOf(d, "trigger")} and {count(d.nodes.length, "step")} as they are here.</div>
        </Confirm>
      )}
    </EditorContext.Provider>
  );
}

function SaveState({ saving }: { saving: ReturnType<typeof useDraft>["saving"] }) {
  switch (saving.state) {
    case "saved":
      return <StatusIndicator type="success">Draft saved</StatusIndicator>;
    case "changed":
      return <StatusIndicator type="pending">Not saved yet</StatusIndicator>;
    case "saving":
      return <StatusIndicator type="in-progress">Saving</StatusIndicator>;
    case "failed":
      return <StatusIndicator type="error">Not saved: {saving.why}</StatusIndicator>;
    case "conflict":
      return <StatusIndicator type="warning">Conflict</StatusIndicator>;
  }
}

/** A draft as the editor needs it: lists are lists, whatever was put there. */
function sound(d: Definition): Definition {
  if (d && d.trigger && Array.isArray(d.nodes) && Array.isArray(d.edges)) return d;
  return { ...d, trigger: d?.trigger ?? { type: "message.received" }, nodes: d?.nodes ?? [], edges: d?.edges ?? [] };
}

import { useQueryClient } from "@tanstack/react-query";
import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { get, post } from "../api/client";
import { Problem } from "../api/problem";
import type { Definition, Version, Workflow } from "../api/types";
import { useCan } from "../auth/Gate";
import { place, width } from "../graph/layout";
import { nodeOf, outputsOf, reach } from "../graph/model";
import { notifyError } from "../layout/notices";
import Confirm from "../parts/Confirm";
import { count } from "../parts/words";
import Bar from "./Bar";
import type { Everything, NodeKind } from "./catalog";
import Code from "./Code";
import { EditorContext, type Editing, type Target, type TestReport } from "./context";
import { Commands, Connect, Shortcuts } from "./dialogs";
import { add, freeWay, move, removeEdge, removeNodes, tidy, toggle, type Spot } from "./edits";
import Flow from "./Flow";
import { begin, reduce } from "./history";
import Palette from "./Palette";
import Panel from "./Panel";
import { download } from "./picture";
import Publish from "./Publish";
import { useSamples } from "./sample";
import type { Slice } from "./slice";
import { addSticky, boxOf, isSticky, keyOf, moveStickies, placeOf, removeStickies, stickiesOf, stickyOf } from "./stickies";
import TestBar, { overlayOf } from "./TestBar";
import { useClip } from "./useClip";
import { useDraft } from "./useDraft";
import { useKeys } from "./useKeys";
import { framing, useRoom } from "./useRoom";

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
  const [dialog, setDialog] = useState<Dialog>();
  const [code, setCode] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const { samples, loading } = useSamples(d.trigger);
  const [sampleKey, setSample] = useState<string>();
  const sample = samples.find((s) => s.key === sampleKey) ?? samples[0];
  const [mocks, setMocks] = useState<Record<string, unknown>>({});
  const [test, setTest] = useState<{ of: Definition; report: TestReport }>();
  const [testing, setTesting] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const nextProblem = useRef(0);
  const { height, wide } = useRoom(root);

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
      if (edit(removeStickies(removeNodes(d, gone.filter((id) => !isSticky(id)), kinds), gone))) select(before ? [before] : [], true);
    },
    [d, edit, kinds, select],
  );

  // A selection of what is gone, after undo or in the code view, is none.
  useEffect(() => {
    const there = (id: string) => id === "trigger" || !!nodeOf(d, id) || !!stickyOf(d, id);
    setSelected((s) => (s.every(there) ? s : s.filter(there)));
  }, [d]);

  const trial = useCallback(
    (slice: Slice) => {
      if (!sample) return Promise.reject(new Error("There is no event to try it on."));
      return post<TestReport>(`/workflows/${initial.id}/test`, { definition: slice.definition, steps: Object.keys(slice.steps).length ? slice.steps : undefined, ...sample.order });
    },
    [sample, initial.id],
  );
  const report = test?.of === d ? test.report : undefined;
  const overlay = useMemo(() => report && overlayOf(d, report), [d, report]);
  const runTest = async () => {
    if (!sample || wrong) return;
    setTesting(true);
    try {
      setTest({ of: d, report: await trial({ definition: d, steps: Object.fromEntries(Object.entries(mocks).filter(([id]) => nodeOf(d, id))) }) });
    } catch (e) {
      if (e instanceof Problem && e.problems.length) {
        draft.setProblems(e.problems);
        say(`The draft has ${count(e.problems.filter((p) => p.severity === "error").length, "error")}; solve them to test it.`);
      } else notifyError(e);
    } finally {
      setTesting(false);
    }
  };

  /** The middle of what is seen of the canvas. */
  const middle = (): Spot => {
    const frame = root.current?.querySelector(".flow")?.getBoundingClientRect();
    return frame ? flow.screenToFlowPosition({ x: frame.left + frame.width / 2, y: frame.top + frame.height / 2 }) : { x: 0, y: 0 };
  };
  const onPick = (kind: NodeKind) => {
    const where: Target = { ...target };
    if (!where.way && !where.at) {
      const one = selected.length === 1 && !isSticky(selected[0]!) ? selected[0]! : undefined;
      const from = one ?? (d.nodes.length === 0 ? "trigger" : undefined);
      const free = from ? freeWay(d, from, kinds) : undefined;
      // A step whose ways are all taken gets the new one in between, if it has one way.
      const only = from && !free ? outputsOf(d, from, kinds).filter((o) => o.id !== "error") : [];
      if (free) where.way = free;
      else if (only.length === 1) where.way = { from: from!, output: only[0]!.id };
      else {
        const { x, y } = middle();
        where.at = { x: x - width / 2, y };
      }
    }
    const { definition, id } = add(d, kind, where, kinds);
    if (edit(definition)) {
      setTarget(undefined);
      if (!wide) setFocusPalette(0);
      select([id], true);
    }
  };
  const addNote = () => {
    const { x, y } = middle();
    const near = selected.length === 1 ? place(d, kinds).get(selected[0]!) : undefined;
    const { definition, key } = addSticky(d, near ? { x: near.x - 230, y: near.y } : { x, y });
    if (!edit(definition)) return;
    select([key], true);
    setTimeout(() => root.current?.querySelector<HTMLElement>(".panel textarea")?.focus(), 80);
  };
  const nudge = (key: string) => {
    const by = { ArrowUp: [0, -10], ArrowDown: [0, 10], ArrowLeft: [-10, 0], ArrowRight: [10, 0] }[key] ?? [0, 0];
    const boxes = new Map<string, Spot>([...place(d, kinds), ...stickiesOf(d).map((s): [string, Spot] => [keyOf(s), boxOf(s)])]);
    const spots = new Map(selected.filter((id) => id !== "trigger" && boxes.has(id)).map((id) => [id, { x: boxes.get(id)!.x + by[0]!, y: boxes.get(id)!.y + by[1]! }]));
    if (spots.size) edit(moveStickies(move(d, spots, kinds), spots), `nudge/${selected.join()}`);
    return spots.size > 0;
  };

  const { clip, put, duplicate } = useClip({ definition: d, kinds, selected, edit, select, remove, say });
  const one = selected.length === 1 && !isSticky(selected[0]!) ? selected[0]! : undefined;
  const goCode = (to: boolean) => {
    if (!to && wrong) say(`The JSON is not in order yet: ${wrong}`);
    else setCode(to);
  };

  const run = (command: string, e?: KeyboardEvent): boolean => {
    switch (command) {
      case "add":
        if (!may) return false;
        setTarget(undefined);
        setFocusPalette((n) => n + 1);
        return true;
      case "note":
        if (may) addNote();
        return true;
      case "connect":
        if (!one || !may) say(may ? "Select one step first." : "You may look at this workflow, not change it.");
        else setDialog("connect");
        return true;
      case "copy":
        if (selected.length === 0 || String(window.getSelection() ?? "")) return false;
        void clip(false);
        return true;
      case "cut":
        if (selected.length === 0 || !may) return false;
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
        const el = root.current?.querySelector<HTMLInputElement>("[data-rename] input, [data-rename] textarea");
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
      case "nudge":
        return may && e ? nudge(e.key) : false;
      case "undo":
      case "redo":
        if (may && !wrong) dispatch({ type: command });
        return true;
      case "tidy":
        edit(tidy(d, kinds));
        setTimeout(() => void flow.fitView({ ...framing, duration: 200 }), 60);
        return true;
      case "all":
        select([...d.nodes.map((n) => n.id), ...stickiesOf(d).map(keyOf)]);
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
        void flow.fitView({ ...framing, duration: 200 });
        return true;
      case "picture":
        void download(d, kinds, workflow.name).catch(notifyError);
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
        if (p) select([placeOf(d, p)], true);
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
  const clear = () => {
    setTarget(undefined);
    select([]);
  };
  useKeys(root, { definition: d, selected, may, busy: !!dialog, run, put, clear, select, focusNode });

  const setMock = useCallback((node: string, result: unknown) => setMocks((m) => (result === undefined ? Object.fromEntries(Object.entries(m).filter(([id]) => id !== node)) : { ...m, [node]: result })), []);
  const editing: Editing = { workflow: initial.id, name: workflow.name, may, definition: d, catalog, kinds, problems: draft.problems, selected, select, selectedEdge, selectEdge, edit, say, choose, remove, sample, samples, setSample, trial, test: report, mocks, setMock };
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
  const close = () => setDialog(undefined);

  return (
    <EditorContext.Provider value={editing}>
      <div className="editor" ref={root} style={{ blockSize: height }}>
        <Bar
          workflow={workflow}
          saving={draft.saving}
          code={code}
          wrong={!!wrong}
          narrow={!wide && !code}
          canUndo={history.past.length > 0}
          canRedo={history.future.length > 0}
          onRun={run}
          onDiscard={() => setDialog("discard")}
          onTakeTheirs={() => setDialog("takeTheirs")}
          onOverwrite={() => void draft.overwrite().catch(notifyError)}
        />
        <TestBar busy={testing} loading={loading} onRun={() => void runTest()} onClear={() => setTest(undefined)} />
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
      {dialog === "help" && <Shortcuts onClose={close} />}
      {dialog === "commands" && <Commands onRun={(c) => (c === "paste" ? void navigator.clipboard.readText().then(put, notifyError) : run(c))} onClose={close} />}
      {dialog === "connect" && one && <Connect from={one} onClose={close} />}
      {dialog === "publish" && <Publish workflow={workflow} flush={draft.flush} revision={() => draft.revision.current} onDone={published} onProblems={draft.setProblems} onClose={close} />}
      {dialog === "discard" && (
        <Confirm
          title={`Discard what changed since version ${workflow.activeVersion}?`}
          action="Discard"
          onClose={close}
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
          onClose={close}
          onConfirm={async () => {
            const theirs = sound(await draft.takeTheirs());
            dispatch({ type: "load", definition: theirs });
          }}
        >
          <div>What you changed since the other draft was saved is gone, and cannot be undone. Copy the steps that you want to keep first.</div>
        </Confirm>
      )}
    </EditorContext.Provider>
  );
}

/** A draft as the editor needs it: lists are lists, whatever was put there. */
function sound(d: Definition): Definition {
  if (d && d.trigger && Array.isArray(d.nodes) && Array.isArray(d.edges)) return d;
  return { ...d, trigger: d?.trigger ?? { type: "message.received" }, nodes: d?.nodes ?? [], edges: d?.edges ?? [] };
}

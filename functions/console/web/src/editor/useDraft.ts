import { useCallback, useEffect, useRef, useState } from "react";
import { get, put } from "../api/client";
import { Problem } from "../api/problem";
import type { Definition, DraftSaved, Workflow, WorkflowProblem } from "../api/types";
import { words } from "../layout/notices";

// The draft is saved a moment after the last change, on from the revision that it came
// from. When somebody else saved in between, nothing is written until a person chooses.

export type Saving = { state: "saved" | "changed" | "saving" } | { state: "failed"; why: string } | { state: "conflict" };

const moment = 700;
const again = 5000;

export function useDraft(id: string, definition: Definition, initial: Workflow, enabled: boolean) {
  const [saving, setSaving] = useState<Saving>({ state: "saved" });
  const [problems, setProblems] = useState<WorkflowProblem[]>(initial.problems ?? []);
  const revision = useRef(initial.draft.revision);
  const saved = useRef(definition);
  const now = useRef(definition);
  const running = useRef<Promise<boolean> | undefined>(undefined);
  const stuck = useRef(false);
  now.current = definition;

  const write = useCallback(async (): Promise<boolean> => {
    const sent = now.current;
    setSaving({ state: "saving" });
    try {
      const answer = await put<DraftSaved>(`/workflows/${id}/draft`, { definition: sent }, { ifMatch: revision.current });
      revision.current = answer.revision;
      saved.current = sent;
      setProblems(answer.problems ?? []);
      setSaving({ state: now.current === sent ? "saved" : "changed" });
      return true;
    } catch (e) {
      if (e instanceof Problem && e.status === 412) {
        stuck.current = true;
        setSaving({ state: "conflict" });
      } else setSaving({ state: "failed", why: words(e) });
      return false;
    }
  }, [id]);

  /** Saves what is not saved; true when the server has what is on the screen. */
  const flush = useCallback(async (): Promise<boolean> => {
    if (!enabled) return true;
    while (running.current) await running.current;
    if (stuck.current) return false;
    if (saved.current === now.current) return true;
    running.current = write();
    try {
      return await running.current;
    } finally {
      running.current = undefined;
    }
  }, [write, enabled]);

  useEffect(() => {
    if (!enabled || stuck.current) return;
    if (definition === saved.current) return;
    setSaving((s) => (s.state === "saving" ? s : { state: "changed" }));
    const t = setTimeout(() => void flush(), moment);
    return () => clearTimeout(t);
  }, [definition, flush, enabled, saving.state === "saved"]);

  // What did not come through is tried again.
  useEffect(() => {
    if (saving.state !== "failed") return;
    const t = setTimeout(() => void flush(), again);
    return () => clearTimeout(t);
  }, [saving, flush]);

  // Leaving the page within the console saves; leaving the console asks first.
  useEffect(() => {
    const ask = (e: BeforeUnloadEvent) => {
      if (enabled && saved.current !== now.current) {
        void flush();
        e.preventDefault();
      }
    };
    window.addEventListener("beforeunload", ask);
    return () => {
      window.removeEventListener("beforeunload", ask);
      void flush();
    };
  }, [flush, enabled]);

  const fetchTheirs = useCallback(() => get<Workflow>(`/workflows/${id}`), [id]);

  /** After a conflict: goes on from what is on the server, which overwrites it. */
  const overwrite = useCallback(async () => {
    const theirs = await fetchTheirs();
    revision.current = theirs.draft.revision;
    stuck.current = false;
    saved.current = theirs.draft.definition;
    await flush();
  }, [fetchTheirs, flush]);

  /** After a conflict: what is on the server; what is here is gone. */
  const takeTheirs = useCallback(async (): Promise<Definition> => {
    const theirs = await fetchTheirs();
    revision.current = theirs.draft.revision;
    stuck.current = false;
    saved.current = theirs.draft.definition;
    setProblems(theirs.problems ?? []);
    setSaving({ state: "saved" });
    return theirs.draft.definition;
  }, [fetchTheirs]);

  return { saving, problems, setProblems, revision, flush, overwrite, takeTheirs };
}

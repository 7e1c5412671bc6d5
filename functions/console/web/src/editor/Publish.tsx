import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Textarea from "@cloudscape-design/components/textarea";
import { useEffect, useMemo, useState } from "react";
import { call } from "../api/client";
import { Problem } from "../api/problem";
import { once, useVersion } from "../api/resources";
import type { Definition, Version, Workflow, WorkflowProblem } from "../api/types";
import Confirm from "../parts/Confirm";
import { Loading } from "../parts/states";
import { count } from "../parts/words";
import { inWords } from "../workflows/difference";
import Changes from "../workflows/Changes";
import Backtest from "./Backtest";
import { compare } from "./compare";
import { useEditor } from "./context";
import Problems from "./Problems";

/** Makes a version of the draft: what changed, what is wrong, a note. */
export default function Publish({ workflow: w, flush, revision, onDone, onProblems, onClose }: { workflow: Workflow; flush: () => Promise<boolean>; revision: () => number; onDone: (v: Version) => void; onProblems: (p: WorkflowProblem[]) => void; onClose: () => void }) {
  const { definition: d, problems, say } = useEditor();
  const [note, setNote] = useState("");
  const [activate, setActivate] = useState(true);
  const [ready, setReady] = useState<boolean>();
  const [key] = useState(once);
  useEffect(() => {
    void flush().then(setReady);
  }, [flush]);
  const base = useVersion(w.id, w.latestVersion ?? undefined);
  const before = base.data?.definition as Definition | undefined;
  const changes = useMemo(() => (before ? inWords(compare(before, d), before, d) : undefined), [before, d]);
  const errors = problems.filter((p) => p.severity === "error").length;
  const publish = async () => {
    try {
      const v = await call<Version>("POST", `/workflows/${w.id}/publish`, { body: { note: note.trim() || undefined, activate }, ifMatch: revision(), idempotencyKey: key });
      say(`Version ${v.version} is published${v.active ? " and active" : ""}.`);
      onDone(v);
    } catch (e) {
      if (e instanceof Problem && e.problems.length) onProblems(e.problems);
      throw e;
    }
  };
  if (ready === undefined) return <Confirm title={`Publish ${w.name}`} action="Publish" disabled onClose={onClose} onConfirm={async () => undefined}><Loading what="Saving the draft" /></Confirm>;
  return (
    <Confirm title={`Publish ${w.name}`} action={`Publish version ${(w.latestVersion ?? 0) + 1}`} disabled={errors > 0 || !ready} onClose={onClose} onConfirm={publish}>
      {!ready && <Alert type="error">The draft is not saved. Close this and look at the bar above the canvas.</Alert>}
      {errors > 0 && <Alert type="error" header={`${count(errors, "problem")} to solve first`} />}
      {problems.length > 0 && <Problems problems={problems} onGo={onClose} />}
      {w.latestVersion ? (
        <FormField label={`What changed since version ${w.latestVersion}`} stretch>
          {changes ? <Changes changes={changes} /> : <Loading what="Comparing" />}
        </FormField>
      ) : (
        <div>This is the first version.</div>
      )}
      {errors === 0 && (
        <FormField label="On what happened lately" description="Tried with no effect on anybody." stretch>
          <Backtest active={w.activeVersion ?? undefined} />
        </FormField>
      )}
      <FormField label="Note" description="For the people who look at the history later.">
        <Textarea value={note} rows={2} onChange={({ detail }) => setNote(detail.value)} />
      </FormField>
      <Checkbox checked={activate} onChange={({ detail }) => setActivate(detail.checked)} description={w.enabled ? "New runs begin with it; open runs go on with theirs." : "The workflow is switched off; it is used once it is switched on."}>
        Make it the active version
      </Checkbox>
    </Confirm>
  );
}

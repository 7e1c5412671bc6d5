import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { patch } from "../api/client";
import { useChange, useSettings } from "../api/resources";
import type { Failures, Workflow } from "../api/types";
import Confirm from "../parts/Confirm";
import FailureFields, { editOf, failuresOf, wrongOf } from "../settings/FailureFields";

/** In words what happens when a workflow fails: "billing is told; off after 5 failed runs in a row". */
export function failureWords(f: Failures | null | undefined): string {
  const p = f?.notify;
  const who = p ? (p.email ?? p.user ?? (p.group ? `group ${p.group}` : `the manager of ${p.managerOf}`)) : undefined;
  const parts = [who && `${who} is told`, f?.switchOffAfter ? `off after ${f.switchOffAfter} failed ${f.switchOffAfter === 1 ? "run" : "runs in a row"}` : undefined].filter(Boolean);
  return parts.join("; ") || "Nothing";
}

/** What happens when this workflow fails: as for the whole desk, or its own rule. */
export default function OnFailure({ workflow: w, onClose }: { workflow: Workflow; onClose: () => void }) {
  const settings = useSettings();
  const [own, setOwn] = useState(!!w.failures);
  const [edit, setEdit] = useState(() => editOf(w.failures));
  const save = useChange(() => patch<Workflow>(`/workflows/${w.id}`, { failures: own ? failuresOf(edit) : null }), { touches: ["/workflows"], quiet: true, said: () => "What happens on failures was saved." });
  const wrong = wrongOf(edit);
  return (
    <Confirm title="When it fails" action="Save" disabled={own && (!!wrong.after || !!wrong.notify)} onClose={onClose} onConfirm={() => save.mutateAsync(undefined)}>
      <RadioGroup
        ariaLabel="Which rule"
        value={own ? "own" : "desk"}
        onChange={({ detail }) => setOwn(detail.value === "own")}
        items={[
          { value: "desk", label: "As the desk’s settings say", description: settings.data ? failureWords(settings.data.failures) + "." : undefined },
          { value: "own", label: "A rule of its own", description: "In place of the desk’s, as a whole." },
        ]}
      />
      {own && <FailureFields value={edit} onChange={setEdit} />}
    </Confirm>
  );
}

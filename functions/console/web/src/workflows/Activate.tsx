import { post } from "../api/client";
import { useChange } from "../api/resources";
import type { Summary, Workflow } from "../api/types";
import Confirm from "../parts/Confirm";

export default function Activate({ workflow: w, version, onClose }: { workflow: Workflow; version: number; onClose: () => void }) {
  const activate = useChange(() => post<Summary>(`/workflows/${w.id}/versions/${version}/activate`), {
    touches: ["/workflows"],
    quiet: true,
    said: () => `Version ${version} of ${w.name} is active.`,
  });
  return (
    <Confirm title={`Activate version ${version}?`} action={`Activate version ${version}`} onClose={onClose} onConfirm={() => activate.mutateAsync(undefined)}>
      <div>
        Events from now on start version {version}
        {w.activeVersion !== null && ` instead of version ${w.activeVersion}`}. Runs that are open go on with the version they began with; the draft stays as it is.
        {!w.enabled && " The workflow is disabled and stays so."}
      </div>
    </Confirm>
  );
}

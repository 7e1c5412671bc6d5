import Confirm from "../parts/Confirm";
import type { Summary } from "../api/types";
import { useWorkflowActions } from "./useWorkflowActions";

export default function Archive({ workflow: w, onClose, onDone }: { workflow: Pick<Summary, "id" | "name" | "stats">; onClose: () => void; onDone?: () => void }) {
  const { archive } = useWorkflowActions();
  const open = w.stats.running + w.stats.waiting + w.stats.paused;
  return (
    <Confirm
      title={`Archive ${w.name}?`}
      action="Archive"
      onClose={onClose}
      onConfirm={async () => {
        await archive.mutateAsync(w);
        onDone?.();
      }}
    >
      <div>
        It leaves the list and starts no more runs. Its versions and runs can still be read; it cannot be brought back, but its draft can be exported first.
        {open > 0 && ` ${open} of its runs are open and go on.`}
      </div>
    </Confirm>
  );
}

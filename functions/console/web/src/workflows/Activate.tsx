import Box from "@cloudscape-design/components/box";
import { useQuery } from "@tanstack/react-query";
import { get, post } from "../api/client";
import { useChange, useVersion } from "../api/resources";
import type { Difference, Summary, Workflow } from "../api/types";
import Confirm from "../parts/Confirm";
import { Loaded } from "../parts/states";
import Changes from "./Changes";
import { backwards, inWords } from "./difference";

/** Asks before another version becomes the one that events start, and tells what that changes. */
export default function Activate({ workflow: w, version, onClose }: { workflow: Workflow; version: number; onClose: () => void }) {
  const activate = useChange(() => post<Summary>(`/workflows/${w.id}/versions/${version}/activate`), {
    touches: ["/workflows"],
    quiet: true,
    said: () => `Version ${version} of ${w.name} is active.`,
  });
  const now = w.activeVersion;
  const back = now !== null && version < now;
  const diff = useQuery({
    queryKey: [`/workflows/${w.id}/versions/${version}/diff`, now],
    queryFn: () => get<Difference>(`/workflows/${w.id}/versions/${version}/diff`, { with: now }),
    enabled: now !== null,
    staleTime: Infinity,
  });
  const present = useVersion(w.id, now ?? undefined);
  const chosen = useVersion(w.id, version);
  return (
    <Confirm title={back ? `Go back to version ${version}?` : `Activate version ${version}?`} action={`Activate version ${version}`} onClose={onClose} onConfirm={() => activate.mutateAsync(undefined)}>
      <div>
        Events from now on start version {version}
        {now !== null && ` instead of version ${now}`}. Runs that are open go on with the version they began with; the draft stays as it is
        {now !== null && `, and version ${now} can be activated again`}.{!w.enabled && " The workflow is disabled and stays so."}
        {chosen.data?.pruned && ` Version ${version} was put away: it is old and no run needs it, so Step Functions does not hold it any more. Activating publishes it there again.`}
      </div>
      {now !== null && (
        <div>
          <Box variant="h3">What that changes</Box>
          <Loaded query={diff}>
            {(d) => (present.data && chosen.data ? <Changes changes={back ? inWords(backwards(d), present.data.definition, chosen.data.definition) : inWords(d, present.data.definition, chosen.data.definition)} /> : null)}
          </Loaded>
        </div>
      )}
    </Confirm>
  );
}

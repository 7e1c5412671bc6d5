import { navigate } from "wouter/use-browser-location";
import { get, post, remove } from "../api/client";
import { useChange } from "../api/resources";
import type { Summary, Workflow } from "../api/types";
import { download, fileOf, type WorkflowFile } from "./file";

const touches = ["/workflows"];

/** What can be done to a workflow from a list of them. */
export function useWorkflowActions() {
  const toggle = useChange((w: Pick<Summary, "id" | "enabled" | "name">) => post<Summary>(`/workflows/${w.id}/${w.enabled ? "disable" : "enable"}`), {
    touches,
    said: (w) => `${w.name} is ${w.enabled ? "enabled: it answers its trigger again" : "disabled: it starts no more runs; those that are open go on"}.`,
  });
  const duplicate = useChange(
    async (w: Pick<Summary, "id">) => {
      const file = fileOf(await get<Workflow>(`/workflows/${w.id}`));
      return post<Workflow>("/workflows", { ...file, name: ("Copy of " + file.name).slice(0, 120) });
    },
    { touches, said: (w) => `${w.name} was made. It is disabled until you publish it.` },
  );
  const create = useChange((file: Partial<WorkflowFile> & { template?: string }) => post<Workflow>("/workflows", file), {
    touches,
    quiet: true,
    done: (w) => navigate(`/workflows/${w.id}/edit`),
  });
  const bring = useChange((file: WorkflowFile) => post<Workflow>("/workflows", file), { touches, said: (w) => `${w.name} was imported. It is disabled until you publish it.` });
  const archive = useChange((w: Pick<Summary, "id" | "name">) => remove(`/workflows/${w.id}`), {
    touches,
    quiet: true,
    said: (_, w) => `${w.name} is archived. Its runs and versions can still be read.`,
  });
  const take = useChange(async (w: Pick<Summary, "id">) => download(fileOf(await get<Workflow>(`/workflows/${w.id}`))), { touches: [] });
  return { toggle, duplicate, create, bring, archive, take };
}

import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import { useCatalog } from "../api/resources";
import type { Workflow } from "../api/types";
import { usePage } from "../layout/page";
import { Loaded } from "../parts/states";
import type { Everything } from "./catalog";
import Workbench from "./Workbench";
import "./editor.css";

/** The editor of a workflow's draft: /workflows/:id/edit. */
export default function Editor({ id }: { id: string }) {
  const catalog = useCatalog();
  // Always anew, and never again while the editor is open: the draft is its own from then on.
  const workflow = useQuery({
    queryKey: ["edit", id],
    queryFn: ({ signal }) => get<Workflow>(`/workflows/${id}`, undefined, signal),
    gcTime: 0,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const name = workflow.data?.name ?? "Workflow";
  usePage(
    `Edit ${name}`,
    [
      { text: "Workflows", href: "/workflows" },
      { text: name, href: `/workflows/${id}` },
      { text: "Edit", href: `/workflows/${id}/edit` },
    ],
    true,
  );
  return <Loaded query={catalog}>{(c) => <Loaded query={workflow}>{(w) => <Workbench key={w.id} workflow={w} catalog={c as unknown as Everything} />}</Loaded>}</Loaded>;
}

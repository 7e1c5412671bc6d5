import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { lazy, Suspense, useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { useWorkflow } from "../api/resources";
import type { Workflow } from "../api/types";
import { useCan } from "../auth/Gate";
import { usePage } from "../layout/page";
import { Loaded, Loading } from "../parts/states";
import Archive from "./Archive";
import { Switch } from "./parts";
import { useWorkflowActions } from "./useWorkflowActions";

const Overview = lazy(() => import("./Overview"));
const Runs = lazy(() => import("../runs/RunsTable"));
const Versions = lazy(() => import("./Versions"));
const Events = lazy(() => import("../events/NotFired"));
const Rename = lazy(() => import("./Rename"));
const OnFailure = lazy(() => import("./OnFailure"));
const Start = lazy(() => import("./Start"));

export type Tab = "overview" | "runs" | "versions" | "events";

export default function Detail({ id, tab }: { id: string; tab: Tab }) {
  const query = useWorkflow(id);
  return <Loaded query={query} what="Loading the workflow">{(w) => <Whole workflow={w} tab={tab} />}</Loaded>;
}

function Whole({ workflow: w, tab }: { workflow: Workflow; tab: Tab }) {
  usePage(w.name, [
    { text: "Workflows", href: "/workflows" },
    { text: w.name, href: `/workflows/${w.id}` },
  ]);
  const may = useCan("editor") && !w.archived;
  const actions = useWorkflowActions();
  const [open, setOpen] = useState<"archive" | "rename" | "start" | "failures">();
  const close = () => setOpen(undefined);
  const href = (t: Tab) => `/workflows/${w.id}` + (t === "overview" ? "" : "/" + t);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={w.description}
        actions={
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            {!w.archived && <Switch workflow={w} may={may} busy={actions.toggle.isPending} onToggle={() => actions.toggle.mutate(w)} />}
            <ButtonDropdown
              items={[
                { id: "start", text: "Start by hand…", disabled: !may || w.activeVersion === null },
                { id: "rename", text: "Name and description…", disabled: !may },
                { id: "failures", text: "When it fails…", disabled: !may },
                { id: "duplicate", text: "Duplicate", disabled: !may },
                { id: "export", text: "Export as JSON" },
                { id: "archive", text: "Archive…", disabled: !may },
              ]}
              onItemClick={({ detail }) => {
                if (detail.id === "duplicate") actions.duplicate.mutate(w, { onSuccess: (made) => navigate(`/workflows/${made.id}`) });
                else if (detail.id === "export") actions.take.mutate(w);
                else setOpen(detail.id as "archive" | "rename" | "start" | "failures");
              }}
            >
              Actions
            </ButtonDropdown>
            {!w.archived && (
              <Button variant="primary" href={`/workflows/${w.id}/edit`}>
                {may ? "Edit" : "Look at the draft"}
              </Button>
            )}
          </SpaceBetween>
        }
      >
        {w.name} {w.archived && <Badge>Archived</Badge>} {w.activeVersion !== null && w.hasUnpublishedChanges && <Badge>Unpublished changes</Badge>}
      </Header>
      {w.activeVersion === null && !w.archived && (
        <Alert type="info" header="Never published">
          It answers nothing yet. Finish it in the editor and publish it there.
        </Alert>
      )}
      {!w.enabled && w.disabledBy === "system" && !w.archived && (
        <Alert type="warning" header="It was switched off by itself" action={<Button href={`/workflows/${w.id}/runs?status=failed`}>Its failed runs</Button>}>
          {w.disabledReason || "Too many of its runs failed in a row."} Events that come meanwhile start nothing; enable it when the cause is gone.
        </Alert>
      )}
      <Tabs
        activeTabId={tab}
        ariaLabel="Of this workflow"
        onChange={({ detail }) => {
          detail.activeTabHref && navigate(detail.activeTabHref);
        }}
        tabs={(
          [
            ["overview", "Overview", <Overview key="o" workflow={w} />],
            ["runs", "Runs", <Runs key="r" workflow={w.id} inner />],
            ["versions", "Versions", <Versions key="v" workflow={w} />],
            ["events", "Why did it not fire?", <Events key="e" workflow={w} />],
          ] as const
        ).map(([tabId, label, content]) => ({
          id: tabId,
          label,
          href: href(tabId),
          content: tab === tabId && (
            <Suspense fallback={<Loading />}>
              <Box padding={{ top: "s" }}>{content}</Box>
            </Suspense>
          ),
        }))}
      />
      <Suspense>
        {open === "archive" && <Archive workflow={w} onClose={close} onDone={() => navigate("/workflows")} />}
        {open === "rename" && <Rename workflow={w} onClose={close} />}
        {open === "failures" && <OnFailure workflow={w} onClose={close} />}
        {open === "start" && <Start workflow={w} onClose={close} />}
      </Suspense>
    </SpaceBetween>
  );
}

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Cards from "@cloudscape-design/components/cards";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { lazy, Suspense, useDeferredValue, useRef, useState } from "react";
import { useSettings } from "../api/resources";
import type { Summary, WorkflowList } from "../api/types";
import { useCan } from "../auth/Gate";
import { notifyError } from "../layout/notices";
import { usePage } from "../layout/page";
import { recall, remember } from "../layout/preferences";
import { Choice } from "../parts/Choice";
import { Empty, Failure } from "../parts/states";
import { useFilters } from "../parts/useFilters";
import { usePages } from "../parts/usePages";
import { useWide } from "../parts/useWide";
import { title } from "../parts/words";
import { read } from "./file";
import { cardSections, Name, Switch, tableColumns } from "./parts";
import StatsCards from "./StatsCards";
import { useWorkflowActions } from "./useWorkflowActions";

const Create = lazy(() => import("./Create"));
const Archive = lazy(() => import("./Archive"));

const triggers = [
  "message.received",
  "conversation.tagged",
  "conversation.assigned",
  "conversation.closed",
  "ticket.created",
  "ticket.status_changed",
  "contact.created",
  "schedule",
  "webhook",
  "manual",
  "event",
].map((value) => ({ value, label: title(value) }));

const states = [
  { value: "true", label: "Enabled" },
  { value: "false", label: "Disabled" },
];

export default function List() {
  usePage("Workflows", [{ text: "Workflows", href: "/workflows" }]);
  const [filters, setFilters] = useFilters("q", "trigger", "enabled");
  const q = useDeferredValue(filters.q);
  const pages = usePages<Summary, WorkflowList>("/workflows", { q, trigger: filters.trigger, enabled: filters.enabled }, 24, { every: 15_000 });
  const [view, setView] = useState(() => recall<"grid" | "table">("workflows", "grid"));
  const [creating, setCreating] = useState(false);
  const [archiving, setArchiving] = useState<Summary>();
  const file = useRef<HTMLInputElement>(null);
  const may = useCan("editor");
  const wide = useWide();
  const actions = useWorkflowActions();
  const settings = useSettings();

  const { query, items } = pages;
  const totals = (query.data as WorkflowList | undefined)?.totals;
  const filtered = !!(filters.q || filters.trigger || filters.enabled);
  const clear = () => setFilters({ q: "", trigger: "", enabled: "" });

  const chosen = async (list: FileList | null) => {
    const one = list?.[0];
    if (!one) return;
    try {
      actions.bring.mutate(read(await one.text(), one.name));
    } catch (e) {
      notifyError(e);
    }
  };

  const menu = (w: Summary) => (
    <ButtonDropdown
      variant="icon"
      ariaLabel={`Actions for ${w.name}`}
      expandToViewport
      items={[
        { id: "edit", text: may ? "Edit" : "Look at the draft", href: `/workflows/${w.id}/edit` },
        { id: "runs", text: "Runs", href: `/workflows/${w.id}/runs` },
        { id: "versions", text: "Versions", href: `/workflows/${w.id}/versions` },
        { id: "events", text: "Why did it not fire?", href: `/workflows/${w.id}/events` },
        { id: "duplicate", text: "Duplicate", disabled: !may },
        { id: "export", text: "Export as JSON" },
        { id: "archive", text: "Archive…", disabled: !may },
      ]}
      onItemClick={({ detail }) => {
        if (detail.id === "duplicate") actions.duplicate.mutate(w);
        if (detail.id === "export") actions.take.mutate(w);
        if (detail.id === "archive") setArchiving(w);
      }}
    />
  );
  const toggle = (w: Summary) => <Switch workflow={w} may={may} busy={actions.toggle.isPending && actions.toggle.variables?.id === w.id} onToggle={() => actions.toggle.mutate(w)} />;

  const empty = filtered ? (
    <Empty title="No workflow fits these filters" action={<Button onClick={clear}>Clear the filters</Button>} />
  ) : (
    <Empty title="No workflows yet" action={may && <Button variant="primary" onClick={() => setCreating(true)}>Create a workflow</Button>}>
      A workflow answers an event, such as a new message, with steps: tag, assign, reply, ask for approval. Start from a ready-made one or from blank.
    </Empty>
  );

  const header = (
    <Header
      variant="h2"
      counter={totals && `(${totals.total.toLocaleString("en")})`}
      actions={
        <SegmentedControl
          label="Show as"
          selectedId={view}
          onChange={({ detail }) => {
            setView(detail.selectedId as "grid" | "table");
            remember("workflows", detail.selectedId);
          }}
          options={[
            { id: "grid", text: "Grid", iconName: "view-full" },
            { id: "table", text: "Table", iconName: "view-horizontal" },
          ]}
        />
      }
    >
      All workflows
    </Header>
  );
  const filter = (
    <div className="filters">
      <TextFilter
        filteringText={filters.q}
        filteringPlaceholder="Find by name"
        filteringAriaLabel="Find workflows by name"
        onChange={({ detail }) => setFilters({ q: detail.filteringText })}
      />
      <Choice label="Trigger" any="Any trigger" value={filters.trigger} options={triggers} onChange={(trigger) => setFilters({ trigger })} />
      <Choice label="Status" any="Any status" value={filters.enabled} options={states} onChange={(enabled) => setFilters({ enabled })} />
    </div>
  );
  const pagination =
    pages.known > 1 || pages.more ? (
      <Pagination currentPageIndex={pages.page} pagesCount={pages.known} openEnd={pages.more} disabled={query.isPlaceholderData} onChange={({ detail }) => pages.go(detail.currentPageIndex)} />
    ) : undefined;

  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="What your desk does by itself, and how well it went in the last 30 days."
        actions={
          may && (
            <SpaceBetween direction="horizontal" size="xs">
              <Button iconName="upload" onClick={() => file.current?.click()} loading={actions.bring.isPending}>
                Import
              </Button>
              <Button variant="primary" onClick={() => setCreating(true)}>
                Create workflow
              </Button>
            </SpaceBetween>
          )
        }
      >
        Workflows
      </Header>
      <input ref={file} type="file" accept=".json,application/json" hidden aria-label="Workflow file" onChange={(e) => void chosen(e.target.files).finally(() => (e.target.value = ""))} />
      {settings.data?.automation === "off" && (
        <Alert type="warning" header="All automation is stopped" action={<Button href="/settings">Settings</Button>}>
          No workflow starts, whatever its switch says, until somebody turns automation on again.
        </Alert>
      )}
      <StatsCards totals={totals} />
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      {view === "grid" ? (
        <Cards
          items={items}
          trackBy="id"
          loading={query.isLoading}
          loadingText="Loading workflows…"
          cardsPerRow={[{ cards: 1 }, { minWidth: 560, cards: 2 }, { minWidth: 940, cards: 3 }, { minWidth: 1500, cards: 4 }]}
          header={header}
          filter={filter}
          pagination={pagination}
          empty={query.error ? "–" : empty}
          ariaLabels={{ itemSelectionLabel: (_, w) => w.name, selectionGroupLabel: "Workflows" }}
          cardDefinition={{
            header: (w) => (
              <div className="card-head">
                <Name workflow={w} />
                {menu(w)}
              </div>
            ),
            sections: cardSections(toggle),
          }}
        />
      ) : (
        <Table
          items={items}
          trackBy="id"
          loading={query.isLoading}
          loadingText="Loading workflows…"
          header={header}
          filter={filter}
          pagination={pagination}
          empty={query.error ? "–" : empty}
          wrapLines
          enableKeyboardNavigation
          ariaLabels={{ tableLabel: "Workflows" }}
          columnDefinitions={tableColumns(toggle, menu, wide)}
        />
      )}
      <Suspense>
        {creating && <Create onClose={() => setCreating(false)} />}
        {archiving && <Archive workflow={archiving} onClose={() => setArchiving(undefined)} />}
      </Suspense>
    </SpaceBetween>
  );
}

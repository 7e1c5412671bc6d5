import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import type { Step } from "../api/types";
import Data from "../parts/Data";
import { Empty } from "../parts/states";
import { RunState } from "../parts/Status";
import { Ago, Took } from "../parts/Time";
import { useWide } from "../parts/useWide";
import { count, stamp, title } from "../parts/words";

type Row = Step & { n: number };

const nameOf = (s: Step) => s.name || title(s.nodeId);

/** So many rows a page: a table of thousands of cells is slow to draw. */
const rowsPerPage = 50;

const odd = (s: Step) => s.status !== "succeeded" || s.attempts > 1 || !!s.error;

/** The steps of a run in the order in which they ran. */
export function Steps({ steps, selected, onSelect }: { steps: Step[]; selected?: string; onSelect: (node: string) => void }) {
  const wide = useWide();
  const [only, setOnly] = useState("all");
  const [asked, setPage] = useState(1);
  const all = steps.map((s, i): Row => ({ ...s, n: i + 1 }));
  const remarkable = all.filter(odd);
  const rows = only === "odd" ? remarkable : all;
  const pages = Math.max(1, Math.ceil(rows.length / rowsPerPage));
  const page = Math.min(asked, pages);
  return (
    <Table<Row>
      items={rows.slice((page - 1) * rowsPerPage, page * rowsPerPage)}
      filter={
        steps.length > 10 && remarkable.length > 0 ? (
          <SegmentedControl
            label="Which steps"
            selectedId={only}
            onChange={({ detail }) => {
              setOnly(detail.selectedId);
              setPage(1);
            }}
            options={[
              { id: "all", text: `All ${steps.length}` },
              { id: "odd", text: `${count(remarkable.length, "step")} with an error, more than one attempt, or open` },
            ]}
          />
        ) : undefined
      }
      pagination={pages > 1 ? <Pagination currentPageIndex={page} pagesCount={pages} onChange={({ detail }) => setPage(detail.currentPageIndex)} /> : undefined}
      trackBy={(s) => String(s.n)}
      enableKeyboardNavigation
      wrapLines
      ariaLabels={{ tableLabel: "Steps" }}
      empty={<Empty title={steps.length > 0 ? "No such step" : "No step has run yet"} />}
      columnDefinitions={[
        { id: "n", header: "#", width: 60, cell: (s) => <span className="number">{s.n}</span> },
        {
          id: "name",
          header: "Step",
          isRowHeader: true,
          cell: (s) => (
            <>
              <Button variant="inline-link" onClick={() => onSelect(s.nodeId)} ariaLabel={`Details of ${nameOf(s)}`}>
                {nameOf(s)}
              </Button>
              {s.nodeId === selected && <span className="quiet"> (shown below)</span>}
              {s.error && <div className="quiet clip">{s.error.message}</div>}
            </>
          ),
        },
        ...(wide ? [{ id: "type", header: "Kind", width: 190, cell: (s: Row) => title(s.type) }] : []),
        { id: "status", header: "Status", width: 140, cell: (s) => <RunState status={s.status} /> },
        ...(wide
          ? [
              { id: "started", header: "Started", width: 190, cell: (s: Row) => <span className="number">{stamp(s.startedAt)}</span> },
              { id: "attempts", header: "Attempts", width: 100, cell: (s: Row) => <span className="number">{s.attempts}</span> },
            ]
          : []),
        { id: "took", header: "Took", width: 110, cell: (s) => (s.endedAt ? <Took ms={s.durationMs} /> : <Took since={s.startedAt} />) },
      ]}
    />
  );
}

/** What went into a step, what came out, and what went wrong. */
export function StepDetail({ step: s }: { step: Step }) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            <>
              {title(s.type)} · {s.nodeId} · {s.endedAt ? <Took ms={s.durationMs} /> : <>since <Ago at={s.startedAt} /></>} · {s.attempts} {s.attempts === 1 ? "attempt" : "attempts"}
            </>
          }
        >
          {nameOf(s)} <RunState status={s.status} />
        </Header>
      }
    >
      <SpaceBetween size="m">
        {s.error && (
          <Alert type={s.handled ? "warning" : "error"} header={s.error.code}>
            {s.error.message}
            {s.handled && " The run went on along the step’s error way."}
          </Alert>
        )}
        <ColumnLayout columns={2}>
          <div>
            <Box variant="h3">Input</Box>
            {s.input == null ? <Box color="text-body-secondary">None</Box> : <Data value={s.input} label="the input" />}
          </div>
          <div>
            <Box variant="h3">Output</Box>
            {s.output == null ? <Box color="text-body-secondary">{s.endedAt ? "None" : "Not yet"}</Box> : <Data value={s.output} label="the output" />}
          </div>
        </ColumnLayout>
      </SpaceBetween>
    </Container>
  );
}

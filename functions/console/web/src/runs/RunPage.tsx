import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { lazy, Suspense, useState } from "react";
import { post } from "../api/client";
import { useChange, useRun, useVersion } from "../api/resources";
import type { Run, RunWhole } from "../api/types";
import { useCan } from "../auth/Gate";
import Canvas from "../graph/Canvas";
import { usePage } from "../layout/page";
import Confirm from "../parts/Confirm";
import { Loaded, Loading } from "../parts/states";
import { RunState } from "../parts/Status";
import { Ago, Took } from "../parts/Time";
import { dollars, title } from "../parts/words";
import { overlayOf } from "./path";
import Retry from "./Retry";
import { StepDetail, Steps } from "./Steps";

const History = lazy(() => import("./History"));

export default function RunPage({ id }: { id: string }) {
  const query = useRun(id);
  return <Loaded query={query} what="Loading the run">{(run) => <Whole run={run} />}</Loaded>;
}

const ended = (r: Run) => ["succeeded", "failed", "stopped"].includes(r.status);

function Whole({ run: r }: { run: RunWhole }) {
  const name = r.workflowName || r.workflowId;
  usePage(`Run of ${name}`, [
    { text: "Workflows", href: "/workflows" },
    { text: name, href: `/workflows/${r.workflowId}` },
    { text: "Runs", href: `/workflows/${r.workflowId}/runs` },
    { text: r.id.slice(0, 12) + "…", href: `/runs/${r.id}` },
  ]);
  const may = useCan("editor");
  const version = useVersion(r.workflowId, r.version);
  const [tab, setTab] = useState("graph");
  const [selected, setSelected] = useState<string>();
  const [dialog, setDialog] = useState<"stop" | "retry">();
  const stop = useChange(() => post<Run>(`/runs/${r.id}/stop`), { touches: ["/runs", "/approvals", "/workflows"], quiet: true, said: () => "The run was stopped." });
  const chosen = [...r.steps].reverse().find((s) => s.nodeId === selected);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          may && (
            <SpaceBetween direction="horizontal" size="xs">
              {!ended(r) && <Button onClick={() => setDialog("stop")}>Stop…</Button>}
              {ended(r) && <Button onClick={() => setDialog("retry")}>{r.status === "succeeded" ? "Run again…" : "Retry…"}</Button>}
            </SpaceBetween>
          )
        }
      >
        {name} <RunState status={r.status} />
      </Header>
      <Situation run={r} />
      <Container>
        <KeyValuePairs
          columns={4}
          minColumnWidth={170}
          items={[
            { label: "Started", value: <Ago at={r.startedAt} /> },
            { label: ended(r) ? "Took" : "Running for", value: ended(r) ? <Took ms={r.durationMs} /> : <Took since={r.startedAt} /> },
            { label: "Trigger", value: <Link href={`/events/${r.trigger.eventId}`}>{title(r.trigger.type)}</Link> },
            { label: "Version", value: <Link href={`/workflows/${r.workflowId}/versions/${r.version}`}>Version {r.version}</Link> },
            { label: "About", value: <About run={r} /> },
            ...(r.costMicroUsd ? [{ label: "Cost in AWS, about", value: <span className="number">{dollars(r.costMicroUsd)}</span> }] : []),
            { label: "Redriven", value: r.redrives ? `${r.redrives} times` : "Never" },
            ...(r.retryOf ? [{ label: "Restart of", value: <Link href={`/runs/${r.retryOf}`}>the run before</Link> }] : []),
            { label: "Id", value: <Box variant="code">{r.id}</Box> },
          ]}
        />
      </Container>
      {r.stepsExpired && (
        <Alert type="info" header="The steps are no longer kept">
          Step Functions keeps the history of a run for 90 days. The figures above remain.
        </Alert>
      )}
      <Tabs
        ariaLabel="Views of the run"
        activeTabId={tab}
        onChange={({ detail }) => setTab(detail.activeTabId)}
        tabs={[
          {
            id: "graph",
            label: "Graph",
            content: (
              <Container disableContentPaddings>
                <Loaded query={version}>
                  {(v) => (v.definition ? <Canvas alone definition={v.definition} overlay={overlayOf(v.definition, r.steps)} selected={selected} onSelect={setSelected} /> : null)}
                </Loaded>
              </Container>
            ),
          },
          { id: "steps", label: `Steps (${r.steps.length})`, content: <Steps steps={r.steps} selected={selected} onSelect={setSelected} /> },
          {
            id: "events",
            label: "Event history",
            content: tab === "events" && (
              <Suspense fallback={<Loading />}>
                <History run={r} />
              </Suspense>
            ),
          },
        ]}
      />
      {tab !== "events" &&
        (chosen ? (
          <StepDetail step={chosen} />
        ) : selected ? (
          <Container header={<Header variant="h2">{selected}</Header>}>
            <Box color="text-body-secondary">This step did not run: the run took another way{ended(r) ? "" : ", or has not come to it yet"}.</Box>
          </Container>
        ) : (
          <Box color="text-body-secondary" textAlign="center">
            Choose a step to see its input, output and errors.
          </Box>
        ))}
      {dialog === "stop" && (
        <Confirm title="Stop this run?" action="Stop the run" onClose={() => setDialog(undefined)} onConfirm={() => stop.mutateAsync(undefined)}>
          <div>What it has done stays done; the steps that are left do not happen. An open request for approval is withdrawn. It counts neither as succeeded nor as failed.</div>
        </Confirm>
      )}
      {dialog === "retry" && <Retry run={r} onClose={() => setDialog(undefined)} />}
    </SpaceBetween>
  );
}

/** Why it is where it is: who it waits for, until when, why it failed. */
function Situation({ run: r }: { run: RunWhole }) {
  if (r.status === "waiting" && r.waitingFor) {
    const w = r.waitingFor;
    return (
      <Alert type="info" header={`Waiting for ${w.approvers.join(", ")}`} action={<Button href={`/approvals/${w.approvalId}`}>Open the request</Button>}>
        Asked <Ago at={w.since} />; the time to decide ends <Ago at={w.until} />.
      </Alert>
    );
  }
  if (r.status === "paused" && r.pausedUntil) {
    return (
      <Alert type="info" header="Paused by a timed wait">
        It goes on <Ago at={r.pausedUntil} />.
      </Alert>
    );
  }
  if (r.status === "failed") {
    return (
      <Alert type="error" header={r.endedBy ? "Ended as failed by an end step" : "Failed"}>
        {r.reason || "No reason was given."}
        {r.error && (
          <>
            {" "}
            (<Box variant="code">{r.error}</Box>)
          </>
        )}
      </Alert>
    );
  }
  if (r.status === "stopped") return <Alert type="warning">{r.reason ? title(r.reason) : "Stopped by a person"}.</Alert>;
  return null;
}

function About({ run: r }: { run: Run }) {
  const links: [string, string][] = [];
  if (r.conversationId) links.push(["Conversation", `/conversations/${r.conversationId}`]);
  if (r.ticketId) links.push(["Ticket", `/tickets/${r.ticketId}`]);
  if (r.contactId) links.push(["Contact", `/contacts/${r.contactId}`]);
  if (links.length === 0) return <>–</>;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {links.map(([text, href]) => (
        <Link key={href} href={href}>
          {text}
        </Link>
      ))}
    </SpaceBetween>
  );
}

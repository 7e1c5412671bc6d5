import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEvent } from "../api/resources";
import type { DeskEvent, Match } from "../api/types";
import { usePage } from "../layout/page";
import Data from "../parts/Data";
import { Empty, Loaded } from "../parts/states";
import { Ago } from "../parts/Time";
import { count, title } from "../parts/words";
import { aboutWords, SubjectLinks } from "./about";
import ConditionTree from "./ConditionTree";
import { Actor, Outcome } from "./EventsPage";
import { verdictWords } from "./reasons";

export default function EventPage({ id }: { id: string }) {
  const query = useEvent(id);
  return <Loaded query={query} what="Loading the event">{(e) => <Whole event={e} />}</Loaded>;
}

function Whole({ event: e }: { event: DeskEvent }) {
  usePage(title(e.type), [
    { text: "Events", href: "/events" },
    { text: title(e.type), href: `/events/${e.id}` },
  ]);
  const matches = [...e.matches].sort((a, b) => Number(b.matched) - Number(a.matched));
  const about = aboutWords(e);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={about}>
        {title(e.type)}
      </Header>
      <Container>
        <KeyValuePairs
          columns={4}
          minColumnWidth={170}
          items={[
            { label: "When", value: <Ago at={e.time} /> },
            { label: "By", value: <Actor actor={e.actor} /> },
            { label: "About", value: <SubjectLinks event={e} /> },
            { label: "Outcome", value: <Outcome event={e} /> },
            ...(e.causedBy ? [{ label: "Caused by", value: <Link href={`/runs/${e.causedBy.runId}`}>A run, {count(e.causedBy.depth, "step")} from the outside</Link> }] : []),
            { label: "Source", value: e.source },
            { label: "Id", value: <Box variant="code">{e.id}</Box> },
          ]}
        />
      </Container>
      <Container
        header={
          <Header variant="h2" counter={`(${matches.length})`} description="Every published workflow with this trigger, enabled or not.">
            Why, and why not
          </Header>
        }
      >
        {matches.length === 0 ? (
          e.dispatched ? (
            <Empty title={`No published workflow has the trigger “${title(e.type)}”`} />
          ) : (
            <Empty title="Not looked at yet">This page renews itself.</Empty>
          )
        ) : (
          <ul className="verdicts">
            {matches.map((m) => (
              <li key={m.workflowId}>
                <Verdict match={m} />
              </li>
            ))}
          </ul>
        )}
      </Container>
      <ExpandableSection headerText="Detail and what it was about" variant="container">
        <SpaceBetween size="s">
          {e.detailOmitted && <Box color="text-body-secondary">The detail was too large for the bus; it is shown here whole.</Box>}
          <Data value={{ detail: e.detail, ...e.snapshot }} label="the event’s data" />
        </SpaceBetween>
      </ExpandableSection>
    </SpaceBetween>
  );
}

/** What one workflow made of the event, with every condition and what it met. */
export function Verdict({ match: m }: { match: Match }) {
  return (
    <div className="verdict">
      <div className="verdict-head">
        <StatusIndicator type={m.matched ? "success" : "stopped"}>{m.matched ? "Started" : "Did not start"}</StatusIndicator>
        <Link href={`/workflows/${m.workflowId}`}>{m.workflowName || m.workflowId}</Link>
        <span className="quiet">
          <Link href={`/workflows/${m.workflowId}/versions/${m.version}`} variant="secondary">
            version {m.version}
          </Link>
        </span>
      </div>
      <div>
        {verdictWords(m)} {m.runId && <Link href={`/runs/${m.runId}`}>{m.matched ? "See the run" : "See that run"}</Link>}
      </div>
      {m.conditions && (
        <ExpandableSection headerText="Every condition" headingTagOverride="h3" defaultExpanded={m.reason === "conditions"}>
          <ConditionTree explanation={m.conditions} />
        </ExpandableSection>
      )}
    </div>
  );
}

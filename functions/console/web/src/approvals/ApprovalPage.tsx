import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useApproval } from "../api/resources";
import type { Approval } from "../api/types";
import { useCan, useMe } from "../auth/Gate";
import { usePage } from "../layout/page";
import Prose from "../parts/Prose";
import { Loaded } from "../parts/states";
import { ApprovalState } from "../parts/Status";
import TextDiff from "../parts/TextDiff";
import { Ago } from "../parts/Time";
import Decide from "./Decide";

export default function ApprovalPage({ id }: { id: string }) {
  const query = useApproval(id);
  return <Loaded query={query} what="Loading the request">{(a) => <Whole approval={a} />}</Loaded>;
}

function Whole({ approval: a }: { approval: Approval }) {
  usePage(a.subject || "Approval", [
    { text: "Approvals", href: "/approvals" },
    { text: a.subject || "Request", href: `/approvals/${a.id}` },
  ]);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={<ApprovalState status={a.status} />}>
        <span className="break">{a.subject || "Request without a subject"}</span>
      </Header>
      <Container>
        <KeyValuePairs
          columns={4}
          minColumnWidth={170}
          items={[
            { label: "Workflow", value: <Link href={`/workflows/${a.workflowId}`}>{a.workflowName}</Link> },
            { label: "Run", value: <Link href={`/runs/${a.runId}`}>See the run</Link> },
            { label: "About", value: <About approval={a} /> },
            { label: "Asked", value: <Ago at={a.createdAt} /> },
            { label: "Approvers", value: <span className="break">{a.approvers.join(", ")}</span> },
            { label: "Takes", value: a.quorum > 1 ? `${a.quorum} approvals; one rejection rejects` : "One of them" },
            { label: a.status === "pending" ? "Time to decide ends" : "Time was until", value: <Ago at={a.expiresAt} /> },
            ...(a.status === "pending" && a.remindAt?.[0] ? [{ label: "Next reminder", value: <Ago at={a.remindAt[0]} /> }] : []),
          ]}
        />
      </Container>
      {a.message && (
        <Container header={<Header variant="h2">What it is about</Header>}>
          <Prose text={a.message} />
        </Container>
      )}
      {(a.votes?.length ?? 0) > 0 && <Votes approval={a} />}
      {a.status === "pending" ? <Open approval={a} /> : <Over approval={a} />}
    </SpaceBetween>
  );
}

function Open({ approval: a }: { approval: Approval }) {
  const me = useMe();
  const may = useCan("approver");
  const admin = useCan("admin");
  const asked = a.approvers.includes(me.email);
  const voted = a.votes?.find((v) => v.by === me.email);
  if (voted) {
    return (
      <Alert type="info" header={`You chose to ${voted.decision}`}>
        It takes {a.quorum} approvals; others are still to decide.
      </Alert>
    );
  }
  if (!may || (!asked && !admin)) {
    return (
      <>
        <Alert type="info" header="Not yours to decide">
          {a.approvers.join(", ")} {a.approvers.length === 1 ? "is" : "are"} asked.
        </Alert>
        {a.hasDraft && (
          <Container header={<Header variant="h2">Draft</Header>}>
            <div className="prose">{a.draft}</div>
          </Container>
        )}
      </>
    );
  }
  return (
    <SpaceBetween size="l">
      {!asked && (
        <Alert type="info" header="You are not among those asked">
          As an admin you can decide for them; the decision carries your name.
        </Alert>
      )}
      <Decide approval={a} />
    </SpaceBetween>
  );
}

function Over({ approval: a }: { approval: Approval }) {
  return (
    <Container
      header={
        <Header variant="h2" description={a.decidedAt && <Ago at={a.decidedAt} />}>
          <ApprovalState status={a.status} /> {a.decidedBy && <>by {a.decidedBy}</>}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {a.status === "withdrawn" && <Box>Its run ended before anybody decided.</Box>}
        {a.status === "timed_out" && <Box>Nobody decided in time; the run took its time-out way.</Box>}
        {a.comment && (
          <div>
            <Box variant="awsui-key-label">Comment</Box>
            <div className="prose">{a.comment}</div>
          </div>
        )}
        {a.hasDraft && (
          <div>
            <Box variant="awsui-key-label">{a.edited ? "The draft and what was changed in it" : "The draft, unchanged"}</Box>
            {a.edited ? <TextDiff before={a.draft ?? ""} after={a.text ?? ""} /> : <div className="prose">{a.draft}</div>}
          </div>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Votes({ approval: a }: { approval: Approval }) {
  return (
    <Container header={<Header variant="h2">Decisions</Header>}>
      <ul className="changes">
        {a.votes?.map((v) => (
          <li key={v.by + v.at}>
            <strong>{v.by}</strong> chose to {v.decision} <Ago at={v.at} /> {v.via === "link" ? "from the mail" : "here or over the API"}
            {v.edited && ", with the draft edited"}
            {v.comment && <div className="prose quiet">{v.comment}</div>}
          </li>
        ))}
      </ul>
    </Container>
  );
}

function About({ approval: a }: { approval: Approval }) {
  if (a.conversationId) return <Link href={`/conversations/${a.conversationId}`}>Conversation</Link>;
  if (a.ticketId) return <Link href={`/tickets/${a.ticketId}`}>Ticket</Link>;
  return <>–</>;
}

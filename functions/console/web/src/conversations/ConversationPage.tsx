import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useConversation } from "../api/resources";
import type { ConversationWhole, TimelineEntry } from "../api/types";
import { useCan } from "../auth/Gate";
import { usePage } from "../layout/page";
import { Loaded } from "../parts/states";
import { DeskState } from "../parts/Status";
import { Ago } from "../parts/Time";
import Automation from "./Automation";
import Details from "./Details";
import MessageCard from "./MessageCard";
import Reply from "./Reply";

export default function ConversationPage({ id }: { id: string }) {
  const query = useConversation(id);
  return <Loaded query={query} what="Loading the conversation">{(c) => <Whole conversation={c} />}</Loaded>;
}

function Whole({ conversation: c }: { conversation: ConversationWhole }) {
  const name = c.subject || "Without a subject";
  usePage(name, [
    { text: "Conversations", href: "/conversations" },
    { text: name, href: `/conversations/${c.id}` },
  ]);
  const may = useCan("editor");
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={
          <>
            With <Link href={`/contacts/${c.contactId}`}>{c.contactEmail}</Link>
          </>
        }
      >
        <span className="break">{name}</span> <DeskState status={c.status} />
      </Header>
      {c.bounced && (
        <Alert type="warning" header="Mail to somebody in this conversation came back">
          Look at the address before you write again.
        </Alert>
      )}
      <div className="beside">
        <SpaceBetween size="l">
          {c.messages.map((m) => (
            <MessageCard key={m.id} message={m} />
          ))}
          {may && <Reply conversation={c} />}
        </SpaceBetween>
        <SpaceBetween size="l">
          <Details conversation={c} />
          <Container header={<Header variant="h2">What happened</Header>}>
            <Timeline entries={c.timeline} />
          </Container>
          <Automation conversation={c} />
        </SpaceBetween>
      </div>
    </SpaceBetween>
  );
}

/** Everything that was done, by people and by runs, the newest first. */
function Timeline({ entries }: { entries: TimelineEntry[] }) {
  if (entries.length === 0) return <span className="quiet">Nothing yet</span>;
  return (
    <ol className="timeline">
      {[...entries].reverse().map((e, i) => (
        <li key={i} className={e.kind === "note" ? "note" : undefined}>
          <div className="prose">{e.what}</div>
          <div className="quiet break">
            {e.runId ? <Link href={`/runs/${e.runId}`}>{e.actor.replace(/^workflow /, "")}</Link> : e.actor} · <Ago at={e.at} />
          </div>
        </li>
      ))}
    </ol>
  );
}

import Link from "@cloudscape-design/components/link";
import type { DeskEvent } from "../api/types";

/** What an event is about, in a few words. */
export function aboutWords(e: DeskEvent): string {
  const s = e.snapshot;
  return s?.ticket?.subject || s?.conversation?.subject || s?.contact?.name || s?.contact?.email || "";
}

export function About({ event: e }: { event: DeskEvent }) {
  const who = e.snapshot?.contact?.name || e.snapshot?.contact?.email || e.snapshot?.conversation?.contactEmail;
  const words = aboutWords(e);
  return (
    <span className="clip">
      {words || <span className="quiet">–</span>}
      {who && who !== words && <span className="quiet"> · {who}</span>}
    </span>
  );
}

export function SubjectLinks({ event: e }: { event: DeskEvent }) {
  const links: [string, string | undefined, string][] = [
    ["Conversation", e.subject.conversationId, "/conversations/"],
    ["Ticket", e.subject.ticketId, "/tickets/"],
    ["Contact", e.subject.contactId, "/contacts/"],
  ];
  const there = links.filter(([, id]) => id);
  if (there.length === 0) return <>–</>;
  return (
    <>
      {there.map(([text, id, path], i) => (
        <span key={path}>
          {i > 0 && ", "}
          <Link href={path + id}>{text}</Link>
        </span>
      ))}
    </>
  );
}

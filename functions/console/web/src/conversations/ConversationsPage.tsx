import Badge from "@cloudscape-design/components/badge";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useDeferredValue, useMemo } from "react";
import { useGroups, useInboxes } from "../api/resources";
import type { Conversation } from "../api/types";
import { usePage } from "../layout/page";
import { Choice } from "../parts/Choice";
import ListTable from "../parts/ListTable";
import Narrow from "../parts/Narrow";
import { Empty } from "../parts/states";
import { DeskState, PriorityWord } from "../parts/Status";
import { Ago } from "../parts/Time";
import { useFilters } from "../parts/useFilters";

export const Tags = ({ tags }: { tags: string[] }) => (
  <SpaceBetween direction="horizontal" size="xxs">
    {tags.map((t) => (
      <Badge key={t}>{t}</Badge>
    ))}
  </SpaceBetween>
);

export default function ConversationsPage() {
  usePage("Conversations", [{ text: "Conversations", href: "/conversations" }]);
  const [f, set] = useFilters("status", "inbox", "group", "tag", "contact");
  const tag = useDeferredValue(f.tag.trim());
  const query = useMemo(() => ({ status: f.status, inbox: f.inbox, group: f.group, tag, contact: f.contact }), [f.status, f.inbox, f.group, tag, f.contact]);
  const inboxes = useInboxes();
  const groups = useGroups();
  const filtered = Object.values(f).some(Boolean);
  return (
    <ListTable<Conversation>
      title="Conversations"
      what="conversations"
      description="Mail with customers, the newest first."
      path="/conversations"
      query={query}
      every={7000}
      idOf={(c) => c.id}
      filters={
        <>
          <Choice
            label="Status"
            any="Any status"
            value={f.status}
            options={["open", "pending", "closed"].map((value) => ({ value, label: value.charAt(0).toUpperCase() + value.slice(1) }))}
            onChange={(status) => set({ status })}
          />
          <Choice label="Inbox" any="Any inbox" value={f.inbox} options={(inboxes.data ?? []).map((i) => ({ value: i.slug, label: i.name }))} onChange={(inbox) => set({ inbox })} />
          <Choice label="Group" any="Any group" value={f.group} options={(groups.data ?? []).map((g) => ({ value: g.slug, label: g.name }))} onChange={(group) => set({ group })} />
          <Input type="search" ariaLabel="Tag" placeholder="With the tag…" value={f.tag} onChange={({ detail }) => set({ tag: detail.value })} />
        </>
      }
      empty={
        filtered ? (
          <Empty title="No conversation fits these filters" />
        ) : (
          <Empty title="No conversations yet">The first mail to one of your inboxes starts one.</Empty>
        )
      }
      columns={[
        {
          id: "subject",
          header: "Subject",
          always: true,
          cell: (c) => (
            <>
              <Link href={`/conversations/${c.id}`}>{c.subject || "Without a subject"}</Link>
              <div className="quiet clip">
                {c.contactEmail} · {c.messageCount} {c.messageCount === 1 ? "message" : "messages"}
              </div>
              <Narrow>
                <Ago at={c.lastMessageAt} />
              </Narrow>
            </>
          ),
        },
        { id: "status", header: "Status", width: 120, narrow: 110, always: true, cell: (c) => <DeskState status={c.status} /> },
        { id: "priority", header: "Priority", width: 110, cell: (c) => <PriorityWord priority={c.priority} /> },
        { id: "tags", header: "Tags", width: 180, cell: (c) => (c.tags.length > 0 ? <Tags tags={c.tags} /> : <span className="quiet">–</span>) },
        { id: "who", header: "Assigned", width: 200, cell: (c) => <span className="clip">{[c.group, c.assignee].filter(Boolean).join(", ") || <span className="quiet">Nobody</span>}</span> },
        { id: "last", header: "Last message", width: 150, cell: (c) => <Ago at={c.lastMessageAt} /> },
      ]}
    />
  );
}

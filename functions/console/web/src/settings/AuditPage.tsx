import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import { useDeferredValue, useMemo } from "react";
import type { AuditEntry } from "../api/types";
import { usePage } from "../layout/page";
import { Choice } from "../parts/Choice";
import ListTable from "../parts/ListTable";
import Narrow from "../parts/Narrow";
import { Empty } from "../parts/states";
import { Ago } from "../parts/Time";
import { useFilters } from "../parts/useFilters";
import { title } from "../parts/words";

const kinds = ["workflow", "run", "event", "approval", "conversation", "mail", "ticket", "contact", "inbox", "group", "settings"];

const pages: Record<string, string> = {
  workflow: "/workflows/",
  run: "/runs/",
  event: "/events/",
  approval: "/approvals/",
  conversation: "/conversations/",
  ticket: "/tickets/",
  contact: "/contacts/",
};

export default function AuditPage() {
  usePage("Audit log", [{ text: "Audit log", href: "/audit" }]);
  const [f, set] = useFilters("who", "kind");
  const who = useDeferredValue(f.who.trim().toLowerCase());
  const query = useMemo(() => ({ who, kind: f.kind }), [who, f.kind]);
  return (
    <ListTable<AuditEntry>
      title="Audit log"
      what="entries"
      description="Who changed what, the newest first."
      path="/audit"
      query={query}
      idOf={(e) => e.id}
      filters={
        <>
          <Input type="search" ariaLabel="By whom" placeholder="By the address…" value={f.who} onChange={({ detail }) => set({ who: detail.value })} />
          <Choice label="Of" any="Everything" value={f.kind} options={kinds.map((value) => ({ value, label: title(value) }))} onChange={(kind) => set({ kind })} />
        </>
      }
      empty={f.who || f.kind ? <Empty title="No entry fits these filters">The address is compared as a whole.</Empty> : <Empty title="Nothing was changed yet" />}
      columns={[
        { id: "action", header: "Action", always: true, width: 210, narrow: 125, cell: (e) => title(e.action) },
        {
          id: "what",
          header: "What",
          always: true,
          cell: (e) => (
            <div className="break">
              {pages[e.what.kind] && e.what.id.includes("_") ? <Link href={pages[e.what.kind] + e.what.id}>{e.what.id}</Link> : e.what.id}
              {e.summary && <div className="quiet clip">{e.summary}</div>}
              <Narrow>
                {e.who} · <Ago at={e.at} />
              </Narrow>
            </div>
          ),
        },
        {
          id: "who",
          header: "By",
          width: 250,
          cell: (e) => (
            <>
              <span className="break">{e.who}</span> <span className="quiet">({e.role})</span>
            </>
          ),
        },
        { id: "at", header: "When", width: 150, cell: (e) => <Ago at={e.at} /> },
      ]}
    />
  );
}

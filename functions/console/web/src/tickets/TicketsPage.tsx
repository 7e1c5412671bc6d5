import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import { useMemo, useState } from "react";
import { useGroups } from "../api/resources";
import type { Ticket } from "../api/types";
import { useCan } from "../auth/Gate";
import { usePage } from "../layout/page";
import { Choice } from "../parts/Choice";
import ListTable from "../parts/ListTable";
import Narrow from "../parts/Narrow";
import { Empty } from "../parts/states";
import { DeskState, PriorityWord } from "../parts/Status";
import { Ago } from "../parts/Time";
import { useFilters } from "../parts/useFilters";
import { title } from "../parts/words";
import NewTicket from "./NewTicket";

export default function TicketsPage() {
  usePage("Tickets", [{ text: "Tickets", href: "/tickets" }]);
  const [f, set] = useFilters("status", "group", "contact", "conversation");
  const query = useMemo(() => ({ status: f.status, group: f.group, contact: f.contact, conversation: f.conversation }), [f]);
  const groups = useGroups();
  const may = useCan("editor");
  const [making, setMaking] = useState(false);
  return (
    <>
      <ListTable<Ticket>
        title="Tickets"
        what="tickets"
        description="Work that is tracked until it is solved."
        path="/tickets"
        query={query}
        every={10_000}
        idOf={(t) => t.id}
        actions={
          may && (
            <Button variant="primary" onClick={() => setMaking(true)}>
              Create ticket
            </Button>
          )
        }
        filters={
          <>
            <Choice label="Status" any="Any status" value={f.status} options={["open", "pending", "solved", "closed"].map((value) => ({ value, label: title(value) }))} onChange={(status) => set({ status })} />
            <Choice label="Group" any="Any group" value={f.group} options={(groups.data ?? []).map((g) => ({ value: g.slug, label: g.name }))} onChange={(group) => set({ group })} />
          </>
        }
        empty={
          Object.values(f).some(Boolean) ? (
            <Empty title="No ticket fits these filters" />
          ) : (
            <Empty title="No tickets yet">Workflows make them with the step “Create a ticket”; you can make one by hand.</Empty>
          )
        }
        columns={[
          { id: "subject", header: "Subject", always: true, cell: (t) => (
              <>
                <Link href={`/tickets/${t.id}`}>{t.subject}</Link>
                <Narrow>
                  <Ago at={t.openedAt} />
                </Narrow>
              </>
            ),
          },
          { id: "status", header: "Status", width: 130, narrow: 115, always: true, cell: (t) => <DeskState status={t.status} /> },
          { id: "priority", header: "Priority", width: 120, cell: (t) => <PriorityWord priority={t.priority} /> },
          { id: "group", header: "Group", width: 150, cell: (t) => t.group || <span className="quiet">–</span> },
          { id: "contact", header: "Contact", width: 220, cell: (t) => (t.contactId ? <Link href={`/contacts/${t.contactId}`}>{t.contactEmail}</Link> : <span className="quiet">–</span>) },
          { id: "opened", header: "Opened", width: 150, cell: (t) => <Ago at={t.openedAt} /> },
        ]}
      />
      {making && <NewTicket onClose={() => setMaking(false)} />}
    </>
  );
}

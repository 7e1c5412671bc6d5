import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useDeferredValue, useMemo, useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { post } from "../api/client";
import { useChange } from "../api/resources";
import type { Contact } from "../api/types";
import { useCan } from "../auth/Gate";
import { Tags } from "../conversations/ConversationsPage";
import { usePage } from "../layout/page";
import Confirm from "../parts/Confirm";
import ListTable from "../parts/ListTable";
import { Empty } from "../parts/states";
import { Ago } from "../parts/Time";
import { useFilters } from "../parts/useFilters";

export default function ContactsPage() {
  usePage("Contacts", [{ text: "Contacts", href: "/contacts" }]);
  const [f, set] = useFilters("q", "tag");
  const q = useDeferredValue(f.q.trim());
  const tag = useDeferredValue(f.tag.trim());
  const query = useMemo(() => ({ q, tag }), [q, tag]);
  const may = useCan("editor");
  const [making, setMaking] = useState(false);
  return (
    <>
      <ListTable<Contact>
        title="Contacts"
        what="contacts"
        description="Everybody who wrote, or was written to."
        path="/contacts"
        query={query}
        idOf={(c) => c.id}
        actions={
          may && (
            <Button variant="primary" onClick={() => setMaking(true)}>
              Add contact
            </Button>
          )
        }
        filters={
          <>
            <TextFilter filteringText={f.q} filteringPlaceholder="Find by name or address" filteringAriaLabel="Find contacts" onChange={({ detail }) => set({ q: detail.filteringText })} />
            <Input type="search" ariaLabel="Tag" placeholder="With the tag…" value={f.tag} onChange={({ detail }) => set({ tag: detail.value })} />
          </>
        }
        empty={f.q || f.tag ? <Empty title="Nobody fits these filters" /> : <Empty title="No contacts yet">They come with the first mail of each person.</Empty>}
        columns={[
          { id: "name", header: "Name", always: true, cell: (c) => <Link href={`/contacts/${c.id}`}>{c.name || c.email}</Link> },
          { id: "email", header: "E-mail", always: true, cell: (c) => <span className="break">{c.email}</span> },
          { id: "tags", header: "Tags", width: 200, cell: (c) => (c.tags.length > 0 ? <Tags tags={c.tags} /> : <span className="quiet">–</span>) },
          { id: "since", header: "Since", width: 150, cell: (c) => <Ago at={c.createdAt} /> },
        ]}
      />
      {making && <NewContact onClose={() => setMaking(false)} />}
    </>
  );
}

function NewContact({ onClose }: { onClose: () => void }) {
  const [c, setC] = useState({ email: "", name: "" });
  const make = useChange(() => post<Contact>("/contacts", { email: c.email, ...(c.name.trim() ? { name: c.name } : {}) }), {
    touches: ["/contacts", "/events"],
    quiet: true,
    done: (made) => navigate(`/contacts/${made.id}`),
  });
  return (
    <Confirm title="Add a contact" action="Add contact" disabled={!c.email.includes("@")} onClose={onClose} onConfirm={() => make.mutateAsync(undefined)}>
      <div>It counts as a new contact: workflows with the trigger “Contact created” answer it.</div>
      <FormField label="E-mail">
        <Input type="email" value={c.email} onChange={({ detail }) => setC({ ...c, email: detail.value })} />
      </FormField>
      <FormField label="Name">
        <Input value={c.name} onChange={({ detail }) => setC({ ...c, name: detail.value })} />
      </FormField>
    </Confirm>
  );
}

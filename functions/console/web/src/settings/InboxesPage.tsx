import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { put, remove } from "../api/client";
import { useChange } from "../api/resources";
import type { Inbox, InboxSaved } from "../api/types";
import { useCan } from "../auth/Gate";
import { notify } from "../layout/notices";
import { usePage } from "../layout/page";
import Confirm from "../parts/Confirm";
import ListTable from "../parts/ListTable";
import { Empty } from "../parts/states";
import SlugField, { validSlug } from "./SlugField";

export default function InboxesPage() {
  usePage("Inboxes", [{ text: "Inboxes", href: "/inboxes" }]);
  const admin = useCan("admin");
  const [editing, setEditing] = useState<Inbox | "new">();
  const [removing, setRemoving] = useState<Inbox>();
  const drop = useChange((i: Inbox) => remove(`/inboxes/${i.slug}`), { touches: ["/inboxes"], quiet: true, said: (_, i) => `${i.name} was removed.` });
  return (
    <>
      <ListTable<Inbox>
        title="Inboxes"
        what="inboxes"
        description="The addresses that customers write to. SES must be set up to receive mail for them."
        path="/inboxes"
        idOf={(i) => i.slug}
        actions={
          admin && (
            <Button variant="primary" onClick={() => setEditing("new")}>
              Add inbox
            </Button>
          )
        }
        empty={<Empty title="No inboxes yet">Mail to an address that is no inbox is kept under Failed mail.</Empty>}
        columns={[
          { id: "name", header: "Name", always: true, cell: (i) => <Link href={`/conversations?inbox=${i.slug}`}>{i.name}</Link> },
          { id: "address", header: "Address", always: true, cell: (i) => <span className="break">{i.address}</span> },
          { id: "slug", header: "Id", width: 160, cell: (i) => i.slug },
          {
            id: "do",
            header: "Actions",
            width: 180,
            narrow: 112,
            always: true,
            cell: (i) =>
              admin ? (
                <SpaceBetween direction="horizontal" size="xs">
                  <Button variant="inline-link" ariaLabel={`Edit ${i.name}`} onClick={() => setEditing(i)}>
                    Edit
                  </Button>
                  <Button variant="inline-link" ariaLabel={`Remove ${i.name}`} onClick={() => setRemoving(i)}>
                    Remove
                  </Button>
                </SpaceBetween>
              ) : (
                <span className="quiet">–</span>
              ),
          },
        ]}
      />
      {editing && <Edit inbox={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />}
      {removing && (
        <Confirm title={`Remove ${removing.name}?`} action="Remove" onClose={() => setRemoving(undefined)} onConfirm={() => drop.mutateAsync(removing)}>
          <div>Mail to {removing.address} is no longer taken in. Its conversations stay.</div>
        </Confirm>
      )}
    </>
  );
}

function Edit({ inbox, onClose }: { inbox?: Inbox; onClose: () => void }) {
  const [i, setI] = useState(inbox ?? { slug: "", name: "", address: "" });
  const save = useChange(() => put<InboxSaved>(`/inboxes/${i.slug}`, { name: i.name, address: i.address }), {
    touches: ["/inboxes"],
    quiet: true,
    said: () => `${i.name || i.slug} was saved.`,
    // What keeps it from sending is for SES and DNS to mend; the inbox is saved all the same.
    done: (saved) => saved.warnings.forEach((w) => notify("warning", w)),
  });
  return (
    <Confirm title={inbox ? `Edit ${inbox.name}` : "Add an inbox"} action="Save" disabled={!validSlug(i.slug) || !i.address.includes("@")} onClose={onClose} onConfirm={() => save.mutateAsync(undefined)}>
      <SlugField value={i.slug} fixed={!!inbox} onChange={(slug) => setI({ ...i, slug })} />
      <FormField label="Name">
        <Input value={i.name} onChange={({ detail }) => setI({ ...i, name: detail.value })} />
      </FormField>
      <FormField label="Address" description="Mail to name+anything@domain is mail to it too.">
        <Input type="email" value={i.address} onChange={({ detail }) => setI({ ...i, address: detail.value })} />
      </FormField>
    </Confirm>
  );
}

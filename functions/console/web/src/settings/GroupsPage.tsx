import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { put, remove } from "../api/client";
import { useChange } from "../api/resources";
import type { Group } from "../api/types";
import { useCan } from "../auth/Gate";
import { usePage } from "../layout/page";
import Confirm from "../parts/Confirm";
import ListTable from "../parts/ListTable";
import { Empty } from "../parts/states";
import { count } from "../parts/words";
import SlugField, { validSlug } from "./SlugField";

export default function GroupsPage() {
  usePage("Groups", [{ text: "Groups", href: "/groups" }]);
  const admin = useCan("admin");
  const [editing, setEditing] = useState<Group | "new">();
  const [removing, setRemoving] = useState<Group>();
  const drop = useChange((g: Group) => remove(`/groups/${g.slug}`), { touches: ["/groups"], quiet: true, said: (_, g) => `${g.name} was removed.` });
  return (
    <>
      <ListTable<Group>
        title="Groups"
        what="groups"
        description="Who gets assigned, asked and told. A group in a step means its members, read when the step runs."
        path="/groups"
        idOf={(g) => g.slug}
        actions={
          admin && (
            <Button variant="primary" onClick={() => setEditing("new")}>
              Add group
            </Button>
          )
        }
        empty={<Empty title="No groups yet">Approvals and assignments name groups: add one first.</Empty>}
        columns={[
          { id: "name", header: "Name", always: true, cell: (g) => <Link href={`/conversations?group=${g.slug}`}>{g.name}</Link> },
          {
            id: "members",
            header: "Members",
            always: true,
            cell: (g) => (
              <span className="clip" title={g.members.join(", ")}>
                {g.members.length > 4 ? `${count(g.members.length, "member")}: ${g.members.slice(0, 3).join(", ")}, …` : g.members.join(", ") || <span className="quiet">Nobody</span>}
              </span>
            ),
          },
          { id: "manager", header: "Manager", width: 220, cell: (g) => g.manager || <span className="quiet">None</span> },
          { id: "slug", header: "Id", width: 140, cell: (g) => g.slug },
          {
            id: "do",
            header: "Actions",
            width: 180,
            narrow: 112,
            always: true,
            cell: (g) =>
              admin ? (
                <SpaceBetween direction="horizontal" size="xs">
                  <Button variant="inline-link" ariaLabel={`Edit ${g.name}`} onClick={() => setEditing(g)}>
                    Edit
                  </Button>
                  <Button variant="inline-link" ariaLabel={`Remove ${g.name}`} onClick={() => setRemoving(g)}>
                    Remove
                  </Button>
                </SpaceBetween>
              ) : (
                <span className="quiet">–</span>
              ),
          },
        ]}
      />
      {editing && <Edit group={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />}
      {removing && (
        <Confirm title={`Remove ${removing.name}?`} action="Remove" onClose={() => setRemoving(undefined)} onConfirm={() => drop.mutateAsync(removing)}>
          <div>Workflows that assign to, ask or tell this group fail in that step until they are changed.</div>
        </Confirm>
      )}
    </>
  );
}

function Edit({ group, onClose }: { group?: Group; onClose: () => void }) {
  const [g, setG] = useState({ slug: group?.slug ?? "", name: group?.name ?? "", members: group?.members.join("\n") ?? "", manager: group?.manager ?? "" });
  const members = g.members.split(/[\s,;]+/).filter(Boolean);
  const odd = members.find((m) => !m.includes("@"));
  const save = useChange(() => put<Group>(`/groups/${g.slug}`, { name: g.name, members, ...(g.manager.trim() ? { manager: g.manager.trim() } : {}) }), {
    touches: ["/groups"],
    quiet: true,
    said: () => `${g.name || g.slug} was saved.`,
  });
  return (
    <Confirm title={group ? `Edit ${group.name}` : "Add a group"} action="Save" disabled={!validSlug(g.slug) || !!odd} onClose={onClose} onConfirm={() => save.mutateAsync(undefined)}>
      <SlugField value={g.slug} fixed={!!group} onChange={(slug) => setG({ ...g, slug })} />
      <FormField label="Name">
        <Input value={g.name} onChange={({ detail }) => setG({ ...g, name: detail.value })} />
      </FormField>
      <FormField label="Members" description="E-mail addresses, one per line." errorText={odd && `“${odd}” is not an e-mail address`}>
        <Textarea value={g.members} rows={5} onChange={({ detail }) => setG({ ...g, members: detail.value })} />
      </FormField>
      <FormField label="Manager" description="Whom escalations go to.">
        <Input type="email" value={g.manager} onChange={({ detail }) => setG({ ...g, manager: detail.value })} />
      </FormField>
    </Confirm>
  );
}

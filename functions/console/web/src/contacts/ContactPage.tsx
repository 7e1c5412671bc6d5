import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { patch, remove } from "../api/client";
import { useChange, useContact } from "../api/resources";
import type { Contact, Conversation } from "../api/types";
import { useCan } from "../auth/Gate";
import { usePage } from "../layout/page";
import Confirm from "../parts/Confirm";
import ListTable from "../parts/ListTable";
import { Empty, Loaded } from "../parts/states";
import { DeskState } from "../parts/Status";
import TagField from "../parts/TagField";
import { Ago } from "../parts/Time";

export default function ContactPage({ id }: { id: string }) {
  const query = useContact(id);
  return <Loaded query={query} what="Loading the contact">{(c) => <Whole contact={c} />}</Loaded>;
}

function Whole({ contact: c }: { contact: Contact }) {
  const name = c.name || c.email;
  usePage(name, [
    { text: "Contacts", href: "/contacts" },
    { text: name, href: `/contacts/${c.id}` },
  ]);
  const may = useCan("editor");
  const admin = useCan("admin");
  const [dialog, setDialog] = useState<"edit" | "erase">();
  const change = useChange((edit: Partial<Pick<Contact, "name" | "email" | "tags">>) => patch<Contact>(`/contacts/${c.id}`, edit), { touches: ["/contacts"] });
  const attributes = Object.entries(c.attributes ?? {});
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {may && <Button onClick={() => setDialog("edit")}>Edit…</Button>}
            {admin && <Button onClick={() => setDialog("erase")}>Erase…</Button>}
          </SpaceBetween>
        }
      >
        <span className="break">{name}</span>
      </Header>
      <Container>
        <KeyValuePairs
          columns={3}
          minColumnWidth={170}
          items={[
            { label: "E-mail", value: <span className="break">{c.email}</span> },
            { label: "Domain", value: c.domain },
            { label: "Since", value: <Ago at={c.createdAt} /> },
            { label: "New", value: c.isNew ? "Yes: nothing has come after the first message" : "No" },
            { label: "Tags", value: <TagField tags={c.tags} disabled={!may || change.isPending} onChange={(tags) => change.mutate({ tags })} /> },
            { label: "Id", value: <Box variant="code">{c.id}</Box> },
          ]}
        />
      </Container>
      {attributes.length > 0 && (
        <Container header={<Header variant="h2">Attributes</Header>}>
          <KeyValuePairs columns={3} minColumnWidth={170} items={attributes.map(([label, v]) => ({ label, value: Array.isArray(v) ? v.join(", ") : String(v) }))} />
        </Container>
      )}
      <ListTable<Conversation>
        inner
        title="Conversations"
        what="conversations"
        path="/conversations"
        query={{ contact: c.id }}
        idOf={(x) => x.id}
        empty={<Empty title="No conversations" />}
        columns={[
          { id: "subject", header: "Subject", always: true, cell: (x) => <Link href={`/conversations/${x.id}`}>{x.subject || "Without a subject"}</Link> },
          { id: "status", header: "Status", width: 130, always: true, cell: (x) => <DeskState status={x.status} /> },
          { id: "last", header: "Last message", width: 160, cell: (x) => <Ago at={x.lastMessageAt} /> },
        ]}
      />
      {dialog === "edit" && <Edit contact={c} save={(e) => change.mutateAsync(e)} onClose={() => setDialog(undefined)} />}
      {dialog === "erase" && <Erase contact={c} onClose={() => setDialog(undefined)} />}
    </SpaceBetween>
  );
}

function Edit({ contact, save, onClose }: { contact: Contact; save: (edit: { name: string; email: string }) => Promise<unknown>; onClose: () => void }) {
  const [c, setC] = useState({ name: contact.name ?? "", email: contact.email });
  return (
    <Confirm title="Edit the contact" action="Save" disabled={!c.email.includes("@")} onClose={onClose} onConfirm={() => save(c)}>
      <FormField label="Name">
        <Input value={c.name} onChange={({ detail }) => setC({ ...c, name: detail.value })} />
      </FormField>
      <FormField label="E-mail">
        <Input type="email" value={c.email} onChange={({ detail }) => setC({ ...c, email: detail.value })} />
      </FormField>
    </Confirm>
  );
}

function Erase({ contact: c, onClose }: { contact: Contact; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  // Erasing much takes several requests: 202 says that there is more.
  const erase = useChange(
    async () => {
      while ((await remove<unknown>(`/contacts/${c.id}`)) !== undefined) await new Promise((go) => setTimeout(go, 1000));
    },
    { touches: ["/contacts", "/conversations", "/tickets", "/runs"], quiet: true, said: () => `What the desk kept of ${c.email} is erased.`, done: () => navigate("/contacts") },
  );
  return (
    <Confirm title={`Erase ${c.email}?`} action="Erase for good" disabled={typed.trim().toLowerCase() !== c.email} onClose={onClose} onConfirm={() => erase.mutateAsync(undefined)}>
      <div>Their conversations, messages, attachments and what events and runs kept of them are deleted. This cannot be undone.</div>
      <FormField label={`Type ${c.email} to confirm`}>
        <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} />
      </FormField>
    </Confirm>
  );
}

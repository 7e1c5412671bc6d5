import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { post } from "../api/client";
import { useChange, useGroups } from "../api/resources";
import type { Ticket } from "../api/types";
import { Pick } from "../parts/Choice";
import Confirm from "../parts/Confirm";
import { title } from "../parts/words";

export default function NewTicket({ onClose }: { onClose: () => void }) {
  const groups = useGroups();
  const [t, setT] = useState({ subject: "", description: "", priority: "normal", group: "", contactEmail: "" });
  const make = useChange((body: Record<string, string>) => post<Ticket>("/tickets", body), {
    touches: ["/tickets", "/events"],
    quiet: true,
    done: (made) => navigate(`/tickets/${made.id}`),
  });
  const body = Object.fromEntries(Object.entries(t).filter(([, v]) => v.trim()));
  return (
    <Confirm title="Create a ticket" action="Create ticket" disabled={!t.subject.trim()} onClose={onClose} onConfirm={() => make.mutateAsync(body)}>
      <FormField label="Subject">
        <Input value={t.subject} onChange={({ detail }) => setT({ ...t, subject: detail.value })} />
      </FormField>
      <FormField label="Description">
        <Textarea value={t.description} rows={4} onChange={({ detail }) => setT({ ...t, description: detail.value })} />
      </FormField>
      <div className="pair">
        <FormField label="Priority">
          <Pick label="Priority" value={t.priority} options={["low", "normal", "high", "urgent"].map((value) => ({ value, label: title(value) }))} onChange={(priority) => setT({ ...t, priority })} />
        </FormField>
        <FormField label="Group">
          <Pick label="Group" value={t.group} options={[{ value: "", label: "None" }, ...(groups.data ?? []).map((g) => ({ value: g.slug, label: g.name }))]} onChange={(group) => setT({ ...t, group })} />
        </FormField>
      </div>
      <FormField label="Contact" description="The customer’s e-mail address, if there is one.">
        <Input type="email" value={t.contactEmail} onChange={({ detail }) => setT({ ...t, contactEmail: detail.value })} />
      </FormField>
    </Confirm>
  );
}

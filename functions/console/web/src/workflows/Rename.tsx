import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { patch } from "../api/client";
import { useChange } from "../api/resources";
import type { Workflow } from "../api/types";
import Confirm from "../parts/Confirm";

export default function Rename({ workflow: w, onClose }: { workflow: Workflow; onClose: () => void }) {
  const [name, setName] = useState(w.name);
  const [description, setDescription] = useState(w.description);
  const save = useChange((body: { name: string; description: string }) => patch<Workflow>(`/workflows/${w.id}`, body), { touches: ["/workflows"], quiet: true });
  return (
    <Confirm title="Name and description" action="Save" disabled={!name.trim()} onClose={onClose} onConfirm={() => save.mutateAsync({ name: name.trim(), description: description.trim() })}>
      <FormField label="Name" errorText={name.trim() ? undefined : "A workflow needs a name"}>
        <Input value={name} onChange={({ detail }) => setName(detail.value.slice(0, 120))} />
      </FormField>
      <FormField label="Description" description="What it is for, for whoever reads the list.">
        <Textarea value={description} rows={3} onChange={({ detail }) => setDescription(detail.value.slice(0, 2000))} />
      </FormField>
    </Confirm>
  );
}

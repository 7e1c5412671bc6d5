import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { once, postOnce, useChange } from "../api/resources";
import type { Run, Workflow } from "../api/types";
import Confirm from "../parts/Confirm";
import { title } from "../parts/words";

const field = (id: string) => ({ conv: "conversationId", tkt: "ticketId", con: "contactId" })[id.split("_")[0] ?? ""];

/** Starts the active version by hand, about something or about nothing. */
export default function Start({ workflow: w, onClose }: { workflow: Workflow; onClose: () => void }) {
  const [about, setAbout] = useState("");
  const [detail, setDetail] = useState("");
  const [key] = useState(once);
  const start = useChange((body: unknown) => postOnce<Run>(`/workflows/${w.id}/runs`, body, key), {
    touches: ["/runs", "/workflows"],
    quiet: true,
    done: (run) => navigate(`/runs/${run.id}`),
  });
  const id = about.trim();
  const wrong = id && !field(id) ? "An id begins with conv_, tkt_ or con_" : undefined;
  let data: unknown;
  let noJson: string | undefined;
  if (detail.trim()) {
    try {
      data = JSON.parse(detail);
      if (typeof data !== "object" || data === null || Array.isArray(data)) noJson = "The detail is an object, as {\"order\": 7}";
    } catch (e) {
      noJson = (e as Error).message;
    }
  }
  return (
    <Confirm
      title={`Start ${w.name} by hand`}
      action="Start a run"
      disabled={!!wrong || !!noJson}
      onClose={onClose}
      onConfirm={() => start.mutateAsync({ ...(id ? { [field(id)!]: id } : {}), ...(data ? { detail: data } : {}) })}
    >
      <div>It runs for real: mail is sent and the desk is changed. The trigger’s conditions are looked at as always ({title(w.trigger.type)}).</div>
      <FormField label="About" description="The id of a conversation, ticket or contact; it is in the address of its page." errorText={wrong}>
        <Input value={about} placeholder="conv_…" onChange={(e) => setAbout(e.detail.value)} />
      </FormField>
      <FormField label="Detail" description="JSON that the steps can read as detail.*" errorText={noJson}>
        <Textarea value={detail} rows={4} placeholder="{}" onChange={(e) => setDetail(e.detail.value)} />
      </FormField>
    </Confirm>
  );
}

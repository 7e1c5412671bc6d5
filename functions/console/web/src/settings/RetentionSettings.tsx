import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { put } from "../api/client";
import { useChange } from "../api/resources";
import type { Retention, Settings } from "../api/types";
import { useCan } from "../auth/Gate";
import { words } from "../layout/notices";
import Confirm from "../parts/Confirm";

type Name = "mail" | "runs" | "events";

const fields: [name: Name, label: string, description: string, otherwise: string][] = [
  ["mail", "Mail", "Closed conversations since their last message, with their messages and attachments, and mail that could not be processed.", "Kept"],
  ["runs", "Runs", "Runs that have ended, with their steps and their requests for approval.", "Kept"],
  ["events", "Events", "The log behind “why did it not fire”.", "30 days"],
];

const span = /^(\d+)\s*d?$/;

/** Durations of the API as people type them: days. What is in other units stays as it is. */
const shown = (text: string | undefined) => (text ? text.replace(/^(\d+)d$/, "$1") : "");
const sent = (text: string) => text.trim().replace(span, "$1d");

/** How long things are kept before they are removed by themselves. */
export default function RetentionSettings({ settings: s }: { settings: Settings }) {
  const admin = useCan("admin");
  const of = (r: Retention | null | undefined) => ({ mail: shown(r?.mail), runs: shown(r?.runs), events: shown(r?.events) });
  const [edit, setEdit] = useState<Record<Name, string>>(() => of(s.retention));
  const [asking, setAsking] = useState(false);
  const body = (): Retention => Object.fromEntries(fields.filter(([n]) => edit[n].trim()).map(([n]) => [n, sent(edit[n])]));
  const save = useChange(() => put<Settings>("/settings", { retention: body() }), { touches: ["/settings"], quiet: true, said: () => "How long things are kept was saved." });
  const wrong = (text: string) => (!text.trim() || /^\d+\s*[smhd]?$/.test(text.trim()) ? undefined : "A number of days, as 365");
  const refused = save.error ? words(save.error) : undefined;
  const of_ = (n: Name) => (refused && new RegExp(`\\b${n}\\b`).test(refused) ? refused : undefined);
  const changed = JSON.stringify(edit) !== JSON.stringify(of(s.retention));
  const bad = fields.some(([n]) => wrong(edit[n]));
  const set = (n: Name, text: string) => {
    save.reset();
    setEdit({ ...edit, [n]: text });
  };
  return (
    <Container header={<Header variant="h2" description="What is older is removed by itself, once a day, and cannot be brought back. Nothing that is open is removed.">How long things are kept</Header>}>
      <SpaceBetween size="m">
        {fields.map(([n, label, description, otherwise]) => (
          <FormField key={n} label={`${label}, in days`} description={description} errorText={wrong(edit[n]) ?? of_(n)}>
            <Input inputMode="numeric" disabled={!admin} placeholder={otherwise} value={edit[n]} onChange={({ detail }) => set(n, detail.value)} />
          </FormField>
        ))}
        {refused && !fields.some(([n]) => of_(n)) && <Alert type="error">{refused}</Alert>}
        {admin && (
          <Button variant="primary" disabled={!changed || bad} loading={save.isPending} ariaLabel="Save how long things are kept…" onClick={() => setAsking(true)}>
            Save…
          </Button>
        )}
      </SpaceBetween>
      {asking && (
        <Confirm title="Remove what is older?" action="Save" onClose={() => setAsking(false)} onConfirm={() => save.mutateAsync(undefined).catch(() => undefined)}>
          <ul className="changes">
            {fields.map(([n, label]) => (
              <li key={n}>
                {label}: {edit[n].trim() ? `removed after ${sent(edit[n]).replace(/^(\d+)d$/, "$1 days")}` : n === "events" ? "removed after 30 days, as always" : "kept"}
              </li>
            ))}
          </ul>
          <div>What is older than that already goes with the next pass, within a day.</div>
        </Confirm>
      )}
    </Container>
  );
}

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
import type { Settings } from "../api/types";
import { useCan } from "../auth/Gate";
import { words } from "../layout/notices";

type Name = "mailPerHour" | "mailPerDay" | "startsPerHour";

// The defaults are those of shared/desk/caps.go, which the API does not tell.
const fields: [name: Name, label: string, otherwise: number][] = [
  ["mailPerHour", "Automatic mails to one address in an hour", 30],
  ["mailPerDay", "Automatic mails to one address in a day", 100],
  ["startsPerHour", "Runs of one workflow for one contact in an hour", 100],
];
const most = 1000;

/** Bounds of what automation does to one person, so that two machines which answer each
 *  other stop. */
export default function CapSettings({ settings: s }: { settings: Settings }) {
  const admin = useCan("admin");
  const of = () => Object.fromEntries(fields.map(([n]) => [n, s.caps?.[n] ? String(s.caps[n]) : ""])) as Record<Name, string>;
  const [edit, setEdit] = useState(of);
  const save = useChange(() => put<Settings>("/settings", { caps: Object.fromEntries(fields.map(([n]) => [n, Number(edit[n] || 0)])) }), { touches: ["/settings"], quiet: true, said: () => "The bounds were saved." });
  const wrong = (text: string) => {
    const n = Number(text);
    return text.trim() && !(Number.isInteger(n) && n >= 1 && n <= most) ? `A whole number from 1 to ${most}` : undefined;
  };
  const refused = save.error ? words(save.error) : undefined;
  const changed = JSON.stringify(edit) !== JSON.stringify(of());
  return (
    <Container header={<Header variant="h2" description="What goes beyond is not sent, or does not start, and the event says so.">Bounds for one person</Header>}>
      <SpaceBetween size="m">
        {fields.map(([n, label, otherwise]) => (
          <FormField key={n} label={label} errorText={wrong(edit[n]) ?? (refused?.includes(n) ? refused : undefined)}>
            <Input
              type="number"
              inputMode="numeric"
              disabled={!admin}
              placeholder={String(otherwise)}
              value={edit[n]}
              onChange={({ detail }) => {
                save.reset();
                setEdit({ ...edit, [n]: detail.value });
              }}
            />
          </FormField>
        ))}
        {refused && !fields.some(([n]) => refused.includes(n)) && <Alert type="error">{refused}</Alert>}
        {admin && (
          <Button variant="primary" disabled={!changed || fields.some(([n]) => wrong(edit[n]))} loading={save.isPending} ariaLabel="Save the bounds" onClick={() => save.mutate(undefined)}>
            Save
          </Button>
        )}
      </SpaceBetween>
    </Container>
  );
}

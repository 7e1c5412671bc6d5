import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { put } from "../api/client";
import { useChange } from "../api/resources";
import type { Settings } from "../api/types";
import { useCan } from "../auth/Gate";
import { words } from "../layout/notices";
import FailureFields, { editOf, failuresOf, place, wrongOf } from "./FailureFields";

/** What happens when a workflow fails that says nothing else of its own. */
export default function FailureSettings({ settings: s }: { settings: Settings }) {
  const admin = useCan("admin");
  const [edit, setEdit] = useState(() => editOf(s.failures));
  const save = useChange(
    () => {
      const f = failuresOf(edit);
      return put<Settings>("/settings", { failures: Object.keys(f).length > 0 ? f : null });
    },
    { touches: ["/settings"], quiet: true, said: () => "What happens on failures was saved." },
  );
  const wrong = wrongOf(edit);
  const changed = JSON.stringify(failuresOf(edit)) !== JSON.stringify(failuresOf(editOf(s.failures)));
  const refused = save.error ? words(save.error) : undefined;
  return (
    <Container header={<Header variant="h2" description="For every workflow that has no rule of its own.">When a workflow fails</Header>}>
      <SpaceBetween size="m">
        <FailureFields
          value={edit}
          disabled={!admin}
          refused={refused}
          onChange={(e) => {
            save.reset();
            setEdit(e);
          }}
        />
        {place(refused).else && <Alert type="error">{refused}</Alert>}
        {admin && (
          <Button variant="primary" disabled={!changed || !!wrong.after || !!wrong.notify} loading={save.isPending} ariaLabel="Save what happens on failures" onClick={() => save.mutate(undefined)}>
            Save
          </Button>
        )}
      </SpaceBetween>
    </Container>
  );
}

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { post } from "../api/client";
import { useChange } from "../api/resources";
import type { Definition, HookSecret, Workflow } from "../api/types";
import { useCan } from "../auth/Gate";
import Confirm from "../parts/Confirm";
import Data from "../parts/Data";
import { Ago } from "../parts/Time";
import { sampleBody } from "./sampleBody";

/** A call of the webhook, to be pasted into a terminal. */
function curl(url: string, definition: Definition | undefined): string {
  // A quote in the body would end the shell's: it is written as the shell wants it.
  const body = JSON.stringify(sampleBody(definition)).replaceAll("'", `'\\''`);
  return `curl '${url}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`;
}

/** The address at which other systems start the workflow. Its secret is told once. */
export default function Webhook({ workflow: w, definition }: { workflow: Workflow; definition: Definition | undefined }) {
  const may = useCan("editor") && !w.archived;
  const [asking, setAsking] = useState(false);
  const [made, setMade] = useState<HookSecret>();
  const make = useChange(() => post<HookSecret>(`/workflows/${w.id}/hook`), { touches: [`/workflows/${w.id}`], quiet: true, done: setMade });
  const since = w.hook?.madeAt;
  const has = !!since || !!made;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Other systems call this address to start the workflow; the body of the call is its detail."
          actions={
            may && (
              <Button variant={has ? "normal" : "primary"} onClick={() => setAsking(true)}>
                {has ? "Make a new address…" : "Make the address…"}
              </Button>
            )
          }
        >
          Webhook
        </Header>
      }
    >
      <SpaceBetween size="m">
        {made ? (
          <Alert type="warning" header="Copy the address now: it is not shown again">
            Whoever has it can start this workflow; there is no other sign-in. Keep it like a password.
          </Alert>
        ) : has ? (
          <div>
            There is an address since <Ago at={since!} />. It was shown once and cannot be read back; if it is lost, or somebody has it who should not, make a new one.
          </div>
        ) : (
          <div>There is no address yet{may ? "." : "; an editor can make one."}</div>
        )}
        {made && (
          <div>
            <Box variant="awsui-key-label">Address</Box>
            <Data value={made.url} label="the address" />
          </div>
        )}
        <div>
          <Box variant="awsui-key-label">{made ? "A call, ready to be pasted" : "What a call looks like"}</Box>
          <Data value={curl(made?.url ?? `${location.origin}/hooks/${w.id}/<secret>`, definition)} label="the call" />
        </div>
        <Box color="text-body-secondary">
          {w.activeVersion === null
            ? "Until a version with this trigger is published, a call is answered with 409 and starts nothing. "
            : !w.enabled && "The workflow is disabled: a call is recorded under “Why did it not fire?” and starts nothing. "}
          JSON, a form or text, at most 256 KB; it is answered with 202 and the id of the event. The header Idempotency-Key makes a call that is sent twice count once.
        </Box>
      </SpaceBetween>
      {asking && (
        <Confirm title={has ? "Make a new address?" : "Make the address?"} action={has ? "Make a new address" : "Make the address"} onClose={() => setAsking(false)} onConfirm={() => make.mutateAsync(undefined)}>
          <div>{has ? "The address before it stops working at once: every system that calls it needs the new one. " : ""}The address is shown once, on this page, after this.</div>
        </Confirm>
      )}
    </Container>
  );
}

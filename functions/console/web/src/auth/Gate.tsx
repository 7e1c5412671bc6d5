import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import { get } from "../api/client";
import { Problem } from "../api/problem";
import type { Me, Role } from "../api/types";
import { words } from "../layout/notices";
import { onLapse, signIn, signOut, signedIn, type Lapse } from "./session";

const MeContext = createContext<Me>({ email: "", role: "none" });

export const useMe = () => useContext(MeContext);

const ranks: Record<string, number> = { none: 0, viewer: 1, approver: 2, editor: 3, admin: 4 };

/** Whether the role is enough; roles include those before them. */
export function useCan(role: Role): boolean {
  return (ranks[useMe().role] ?? 0) >= (ranks[role] ?? 9);
}

/** Lets the console be seen by whom the API knows, and leads all others to the issuer. */
export default function Gate({ failure, children }: { failure?: Error; children: ReactNode }) {
  const [problem, setProblem] = useState(failure);
  const me = useQuery({ queryKey: ["me"], queryFn: () => get<Me>("/me"), staleTime: Infinity, enabled: !problem });
  const unknown = me.error instanceof Problem && me.error.status === 401;
  const leave = unknown && !signedIn();
  useEffect(() => {
    if (leave) signIn().catch(setProblem);
  }, [leave]);

  if (problem || (me.error && !leave)) {
    return (
      <Standalone titled>
        <Alert
          type="error"
          header={problem || unknown ? "You could not be signed in" : "The console could not start"}
          action={
            <Button
              onClick={() => {
                setProblem(undefined);
                if (problem || unknown) signIn("/").catch(setProblem);
                else void me.refetch();
              }}
            >
              Try again
            </Button>
          }
        >
          {words(problem ?? me.error)}
        </Alert>
      </Standalone>
    );
  }
  if (!me.data) {
    return (
      <Standalone>
        <Box textAlign="center" color="text-body-secondary">
          <Spinner size="large" /> <div role="status">{leave ? "Going to the sign-in page…" : "Loading…"}</div>
        </Box>
      </Standalone>
    );
  }
  if (me.data.role === "none") {
    return (
      <Standalone titled>
        <Alert type="warning" header="You have no role here" action={<Button onClick={() => void signOut()}>Sign out</Button>}>
          {me.data.email} is signed in, but may not see this desk. Ask an admin for the role viewer, approver, editor or admin.
        </Alert>
      </Standalone>
    );
  }
  return (
    <MeContext.Provider value={me.data}>
      {children}
      <SignInAgain />
    </MeContext.Provider>
  );
}

function Standalone({ titled, children }: { titled?: boolean; children: ReactNode }) {
  return (
    <main className="standalone">
      {titled && (
        <Box variant="h1" padding={{ bottom: "s" }}>
          Deskhand
        </Box>
      )}
      {children}
    </main>
  );
}

/** Asks for a new sign-in when a token has run out, over the page as it is. */
function SignInAgain() {
  const [lapse, setLapse] = useState<Lapse>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    onLapse((l) => setLapse(() => l));
    return () => onLapse(undefined);
  }, []);
  if (!lapse) return null;
  const again = async () => {
    setBusy(true);
    setError(undefined);
    await lapse.again().catch(setError);
    setBusy(false);
  };
  return (
    <Modal
      visible
      header="Your sign-in has run out"
      onDismiss={lapse.giveUp}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={lapse.giveUp}>
              Not now
            </Button>
            <Button variant="primary" loading={busy} onClick={() => void again()}>
              Sign in again
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="s">
        <span>A window opens for it; what is on this page stays as it is.</span>
        {error !== undefined && <Alert type="error">{words(error)}</Alert>}
      </SpaceBetween>
    </Modal>
  );
}

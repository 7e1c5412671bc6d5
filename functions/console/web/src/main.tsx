import "@cloudscape-design/global-styles/index.css";
import "./console.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import App from "./App";
import { finish, isReturn } from "./auth/oidc";
import { hold } from "./auth/session";
import { followLinks } from "./layout/links";
import { applyLooks } from "./layout/preferences";
import { readLocalClock } from "./parts/clock";
import { nameColours } from "./parts/tokens";

applyLooks();
nameColours();
void readLocalClock();

/** Back from the issuer: takes the token and goes to where the sign-in began. */
async function arrive(): Promise<Error | undefined> {
  if (!isReturn()) return undefined;
  try {
    const came = await finish();
    if (came) {
      hold(came.token);
      history.replaceState(null, "", came.back);
    }
    return undefined;
  } catch (e) {
    history.replaceState(null, "", "/");
    return e instanceof Error ? e : new Error(String(e));
  }
}

const failure = await arrive();
const root = document.getElementById("root")!;
followLinks(root);
createRoot(root).render(
  <StrictMode>
    <App failure={failure} />
  </StrictMode>,
);

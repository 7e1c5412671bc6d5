// Signing in: OpenID Connect, code flow with PKCE (RFC 7636), against the issuer that
// GET /v1/config names. What goes through sessionStorage between the redirect and the
// way back is the verifier and the place to return to; tokens never do.

import type { Config } from "../api/types";

interface Discovery {
  authorization_endpoint: string;
  token_endpoint: string;
  end_session_endpoint?: string;
}

interface Attempt {
  state: string;
  nonce: string;
  verifier: string;
  back: string;
}

const kept = "deskhand.signing-in";
const channelName = "deskhand.signed-in";
const popupState = "popup.";
const callback = "/signed-in";

/** Memory only: what gets a new token without a page. */
let refreshToken: string | undefined;

async function json<T>(address: string, init?: RequestInit): Promise<T> {
  const response = await fetch(address, init);
  if (!response.ok) throw new Error(`${new URL(address, location.href).host} answered ${response.status}`);
  return (await response.json()) as T;
}

let found: Promise<{ config: Config; discovery: Discovery }> | undefined;

function provider() {
  found ??= (async () => {
    const config = await json<Config>("/v1/config");
    const discovery = await json<Discovery>(config.issuer.replace(/\/$/, "") + "/.well-known/openid-configuration");
    return { config, discovery };
  })().catch((e) => {
    found = undefined;
    throw e;
  });
  return found;
}

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function request(attempt: Attempt): Promise<string> {
  const { config, discovery } = await provider();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(attempt.verifier));
  const q = new URLSearchParams({
    client_id: config.clientId,
    redirect_uri: location.origin + callback,
    response_type: "code",
    scope: "openid email",
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  return discovery.authorization_endpoint + "?" + q;
}

const attemptFrom = (prefix: string, back: string): Attempt => ({ state: prefix + random(), nonce: random(), verifier: random(), back });

/** Leaves for the issuer's page; comes back to where we are. */
export async function signIn(back = location.pathname + location.search + location.hash): Promise<void> {
  const attempt = attemptFrom("", back);
  const to = await request(attempt);
  sessionStorage.setItem(kept, JSON.stringify(attempt));
  location.assign(to);
}

interface Tokens {
  id_token?: string;
  access_token: string;
  refresh_token?: string;
}

async function redeem(fields: Record<string, string>): Promise<string> {
  const { config, discovery } = await provider();
  const tokens = await json<Tokens>(discovery.token_endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ client_id: config.clientId, ...fields }),
  });
  if (tokens.refresh_token) refreshToken = tokens.refresh_token;
  // The API reads the person's e-mail address and role, which the ID token has for certain.
  return tokens.id_token ?? tokens.access_token;
}

function claims(token: string): Record<string, unknown> {
  const part = token.split(".")[1] ?? "";
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}

async function exchange(code: string, attempt: Attempt): Promise<string> {
  const token = await redeem({
    grant_type: "authorization_code",
    code,
    redirect_uri: location.origin + callback,
    code_verifier: attempt.verifier,
  });
  const nonce = claims(token).nonce;
  if (nonce !== undefined && nonce !== attempt.nonce) throw new Error("the token answers another request");
  return token;
}

/** Whether this page is the one that the issuer leads back to. */
export const isReturn = () => location.pathname === callback;

/** Takes up the issuer's answer: the token and the place to go on at. Undefined in a window that only hands it over. */
export async function finish(): Promise<{ token: string; back: string } | undefined> {
  const q = new URLSearchParams(location.search);
  const state = q.get("state") ?? "";
  if (state.startsWith(popupState)) {
    const channel = new BroadcastChannel(channelName);
    channel.postMessage({ state, code: q.get("code"), error: q.get("error_description") ?? q.get("error") });
    channel.close();
    window.close();
    return undefined;
  }
  const text = sessionStorage.getItem(kept);
  sessionStorage.removeItem(kept);
  const failure = q.get("error_description") ?? q.get("error");
  if (failure) throw new Error(failure);
  const attempt = text ? (JSON.parse(text) as Attempt) : undefined;
  const code = q.get("code");
  if (!attempt || attempt.state !== state || !code) throw new Error("this sign-in was not begun here, or is over");
  const token = await exchange(code, attempt);
  const back = attempt.back.startsWith("/") && !attempt.back.startsWith("//") ? attempt.back : "/";
  return { token, back };
}

/** A token without a page, when the issuer gave us the means. */
export async function getToken(): Promise<string | undefined> {
  if (!refreshToken) return undefined;
  try {
    return await redeem({ grant_type: "refresh_token", refresh_token: refreshToken });
  } catch {
    refreshToken = undefined;
    return undefined;
  }
}

/** Signs in through a window of its own, so that this page keeps what is on it. */
export async function signInBeside(): Promise<string> {
  const attempt = attemptFrom(popupState, "/");
  const beside = window.open("about:blank", "deskhand-sign-in", "width=520,height=680");
  const to = await request(attempt);
  if (!beside) throw new Error("the browser did not open a window: allow it for this site");
  const channel = new BroadcastChannel(channelName);
  try {
    const code = await new Promise<string>((resolve, reject) => {
      channel.onmessage = ({ data }: MessageEvent<{ state: string; code: string | null; error: string | null }>) => {
        if (data.state !== attempt.state) return;
        if (data.code) resolve(data.code);
        else reject(new Error(data.error ?? "the sign-in was not finished"));
      };
      const watch = setInterval(() => {
        if (!beside.closed) return;
        clearInterval(watch);
        setTimeout(() => reject(new Error("the window was closed before the sign-in was finished")), 500);
      }, 500);
      beside.location.assign(to);
    });
    return await exchange(code, attempt);
  } finally {
    channel.close();
  }
}

/** Ends the session at the issuer too. */
export async function signOut(): Promise<void> {
  refreshToken = undefined;
  const { config, discovery } = await provider();
  if (!discovery.end_session_endpoint) return location.assign("/");
  const q = new URLSearchParams({
    client_id: config.clientId,
    logout_uri: location.origin + "/",
    post_logout_redirect_uri: location.origin + "/",
  });
  location.assign(discovery.end_session_endpoint + "?" + q);
}

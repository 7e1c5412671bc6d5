// Who is signed in. The token lives in this module and nowhere else: not in
// localStorage, not in a cookie; a reload asks the issuer for another one.

import { getToken, signIn as begin, signInBeside, signOut as end } from "./oidc";

let token: string | undefined;

export const bearer = () => token;

/** Signed in with a token, rather than as the local user of a stack without sign-in. */
export const signedIn = () => token !== undefined;

export function hold(value: string | undefined) {
  token = value;
}

/** Told when somebody has to sign in again; gives the ways out. */
export interface Lapse {
  again: () => Promise<void>;
  giveUp: () => void;
}
type Listener = (lapse: Lapse | undefined) => void;
let listener: Listener | undefined;
export const onLapse = (f: Listener | undefined) => {
  listener = f;
};

let renewing: Promise<boolean> | undefined;

/** Gets a new token in place of one that is no longer taken: quietly when the issuer lets
 *  us, else by asking the person, with the page left as it is. False: none to be had. */
export function renew(): Promise<boolean> {
  if (!token) return Promise.resolve(false);
  renewing ??= getToken()
    .then((fresh) => fresh ?? ask())
    .then((fresh) => {
      if (fresh) hold(fresh);
      return fresh !== undefined;
    })
    .finally(() => {
      renewing = undefined;
    });
  return renewing;
}

function ask(): Promise<string | undefined> {
  const tell = listener;
  if (!tell) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const close = (fresh: string | undefined) => {
      tell(undefined);
      resolve(fresh);
    };
    tell({ again: async () => close(await signInBeside()), giveUp: () => close(undefined) });
  });
}

export const signIn = begin;

export function signOut() {
  hold(undefined);
  return end();
}

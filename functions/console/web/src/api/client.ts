import { bearer, renew } from "../auth/session";
import { Problem, problemOf } from "./problem";

export type Query = Record<string, string | number | boolean | undefined | null>;

export interface Order {
  query?: Query;
  body?: unknown;
  /** The draft's revision that a write goes on from. */
  ifMatch?: number;
  /** Makes a POST that is sent twice have its effect once. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export function url(path: string, query: Query = {}): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") q.set(name, String(value));
  }
  const text = q.toString();
  return "/v1" + path + (text ? "?" + text : "");
}

async function send(method: string, path: string, order: Order): Promise<Response> {
  const headers = new Headers({ Accept: "application/json" });
  const token = bearer();
  if (token) headers.set("Authorization", "Bearer " + token);
  if (order.body !== undefined) headers.set("Content-Type", "application/json");
  if (order.ifMatch !== undefined) headers.set("If-Match", `"${order.ifMatch}"`);
  if (order.idempotencyKey) headers.set("Idempotency-Key", order.idempotencyKey);
  try {
    return await fetch(url(path, order.query), {
      method,
      headers,
      body: order.body === undefined ? undefined : JSON.stringify(order.body),
      signal: order.signal,
    });
  } catch (cause) {
    if (order.signal?.aborted) throw cause;
    throw new Problem(0, "No answer", "Deskhand does not answer. Look at your connection and try again.");
  }
}

/** The answer to one request of /v1. A token that is no longer taken is renewed once. */
export async function respond(method: string, path: string, order: Order = {}): Promise<Response> {
  let response = await send(method, path, order);
  if (response.status === 401 && (await renew())) response = await send(method, path, order);
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** One request of /v1 and the JSON of its answer; undefined when there is none (204). */
export async function call<T>(method: string, path: string, order: Order = {}): Promise<T> {
  const response = await respond(method, path, order);
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>("GET", path, { query, signal });
export const post = <T>(path: string, body: unknown = {}, order: Order = {}) => call<T>("POST", path, { ...order, body });
export const put = <T>(path: string, body: unknown, order: Order = {}) => call<T>("PUT", path, { ...order, body });
export const patch = <T>(path: string, body: unknown, order: Order = {}) => call<T>("PATCH", path, { ...order, body });
export const remove = <T = void>(path: string) => call<T>("DELETE", path);

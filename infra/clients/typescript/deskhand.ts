// A client of Deskhand's REST interface. Its types are made from /v1/openapi.json: those of the console are used here;
// in a tree of your own make them with `go run ./infra/openapi | node …/api-types.mjs`, or with any generator.
import type { Accepted, NewEvent, NewWorkflow, Problem, PublishOrder, Run, RunWhole, Summary, Version, Workflow } from "../../../functions/console/web/src/api/schema";

/** An answer that is not a success (RFC 9457). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem> & { message?: string },
  ) {
    super(`${status}: ${problem.detail ?? problem.message ?? problem.title ?? "no reason was given"}`);
  }
}

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export class Desk {
  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {}

  workflows(filter: { q?: string; trigger?: string; enabled?: boolean } = {}): AsyncGenerator<Summary> {
    return this.each<Summary>("/v1/workflows", filter);
  }
  createWorkflow(body: NewWorkflow): Promise<Workflow> {
    return this.call("POST", "/v1/workflows", body);
  }
  publish(id: string, revision: number, body: PublishOrder = {}): Promise<Version> {
    return this.call("POST", `/v1/workflows/${encodeURIComponent(id)}/publish`, body, { "If-Match": `"${revision}"` });
  }
  enable(id: string): Promise<Summary> {
    return this.call("POST", `/v1/workflows/${encodeURIComponent(id)}/enable`);
  }
  archive(id: string): Promise<void> {
    return this.call("DELETE", `/v1/workflows/${encodeURIComponent(id)}`);
  }
  send(body: NewEvent): Promise<Accepted> {
    return this.call("POST", "/v1/events", body);
  }
  runs(filter: { workflow?: string; status?: Run["status"] } = {}): AsyncGenerator<Run> {
    return this.each<Run>("/v1/runs", filter);
  }
  run(id: string): Promise<RunWhole> {
    return this.call("GET", `/v1/runs/${encodeURIComponent(id)}`);
  }

  /** All items of a list, page by page. */
  private async *each<T>(path: string, filter: Record<string, string | boolean | undefined>): AsyncGenerator<T> {
    const query = new URLSearchParams({ limit: "100" });
    for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
    for (;;) {
      const page = await this.call<Page<T>>("GET", `${path}?${query}`);
      yield* page.items;
      if (!page.nextCursor) return;
      query.set("cursor", page.nextCursor);
    }
  }

  private async call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const answer = await fetch(this.url.replace(/\/$/, "") + path, {
      method,
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(method === "POST" ? { "Idempotency-Key": crypto.randomUUID() } : {}),
        ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(40_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Refused(answer.status, text.startsWith("{") ? JSON.parse(text) : { detail: text });
    return (text ? JSON.parse(text) : undefined) as T;
  }
}

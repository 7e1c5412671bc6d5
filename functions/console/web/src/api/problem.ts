import type { WorkflowProblem } from "./types";

/** An answer of /v1 that is an error (RFC 9457), or no answer at all (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly problems: WorkflowProblem[] = [],
  ) {
    super(detail || title);
    this.name = "Problem";
  }
}

/** Reads an error answer, be it ours or the gateway's `{"message"}`. */
export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // An answer of something between us and the API.
  }
  const word = (v: unknown) => (typeof v === "string" ? v : "");
  return new Problem(
    response.status,
    word(body.title) || response.statusText || `Status ${response.status}`,
    word(body.detail) || word(body.message),
    Array.isArray(body.problems) ? (body.problems as WorkflowProblem[]) : [],
  );
}

import type { Definition, Workflow } from "../api/types";

// A workflow as a file: readable, without ids of this desk, the same that goes in again.

export interface WorkflowFile {
  name: string;
  description?: string;
  definition: Definition;
}

export const fileOf = (w: Pick<Workflow, "name" | "description" | "draft">): WorkflowFile => ({
  name: w.name,
  ...(w.description ? { description: w.description } : {}),
  definition: w.draft.definition,
});

/** A name for the file: "Route to a team" is route-to-a-team.json. */
export function fileName(name: string): string {
  const plain = name.normalize("NFKD").replace(/[^\w\s-]/g, "").trim().toLowerCase().replace(/[\s_-]+/g, "-");
  return (plain || "workflow") + ".json";
}

/** Reads a file: one that was exported, or a bare definition. Errors say what is missing. */
export function read(text: string, named: string): WorkflowFile {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (e) {
    throw new Error(`${named} is not JSON: ${(e as Error).message}`);
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw new Error(`${named} holds no workflow: it should be an object with "definition"`);
  const o = data as Record<string, unknown>;
  const definition = (o.definition ?? (o.trigger && o.nodes ? o : undefined)) as Definition | undefined;
  if (typeof definition !== "object" || definition === null) throw new Error(`${named} holds no workflow: "definition" is missing`);
  const name = typeof o.name === "string" && o.name.trim() ? o.name : named.replace(/\.json$/i, "");
  return { name, ...(typeof o.description === "string" ? { description: o.description } : {}), definition };
}

export function download(file: WorkflowFile) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(file, null, 2) + "\n"], { type: "application/json" }));
  const a = document.createElement("a");
  a.href = address;
  a.download = fileName(file.name);
  a.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

// Publishes a workflow, starts it by an event, follows the run, and takes the workflow away again; see ../README.md.
import type { RunWhole } from "../../../functions/console/web/src/api/schema";
import { Desk, Refused } from "./deskhand.js";

declare const process: { env: Record<string, string | undefined>; exitCode: number };

const patience = 60_000; // ms

async function main(): Promise<boolean> {
  const desk = new Desk(process.env["DESKHAND_URL"] ?? "http://127.0.0.1:8080", process.env["DESKHAND_TOKEN"]);
  const mark = "ts" + crypto.randomUUID().slice(0, 8);
  const workflow = await desk.createWorkflow({
    name: `Late trains ${mark}`,
    definition: {
      trigger: {
        type: "event",
        params: { detailType: `train.late.${mark}` },
        conditions: { field: "detail.minutes", op: "gte", value: 5 },
      },
      nodes: [
        { id: "how", type: "branch", params: { cases: [{ id: "very", when: { field: "detail.minutes", op: "gt", value: 60 } }] } },
        { id: "refund", type: "set", params: { values: { text: "A refund for {{detail.train}}" } } },
        { id: "sorry", type: "set", params: { values: { text: "Sorry about {{detail.train}}" } } },
      ],
      edges: [
        { from: "trigger", to: "how" },
        { from: "how", output: "very", to: "refund" },
        { from: "how", output: "otherwise", to: "sorry" },
      ],
    },
  });
  try {
    const version = await desk.publish(workflow.id, workflow.draft.revision, { note: "from TypeScript" });
    await desk.enable(workflow.id);
    console.log(`published '${workflow.name}' as version ${version.version}`);
    const event = await desk.send({ type: `train.late.${mark}`, detail: { train: "IR 70", minutes: 6 } });
    const run = await follow(desk, workflow.id);
    console.log(`event ${event.id} started ${run.id}: ${run.status}`);
    for (const step of run.steps) console.log(`  ${step.nodeId}: ${step.status}, ${JSON.stringify(step.output)}`);
    return run.status === "succeeded" && run.steps.map((s) => s.nodeId).join(" ") === "how sorry";
  } finally {
    await desk.archive(workflow.id);
  }
}

/** The workflow's run, when it has ended. */
async function follow(desk: Desk, workflow: string): Promise<RunWhole> {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    for await (const run of desk.runs({ workflow })) {
      if (run.status === "succeeded" || run.status === "failed" || run.status === "stopped") return desk.run(run.id);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`no run has ended within ${patience} ms`);
}

main().then(
  (well) => (process.exitCode = well ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Refused ? [error.message, ...(error.problem.problems ?? []).map((p) => `  ${p.node} ${p.path}: ${p.message}`)].join("\n") : error);
    process.exitCode = 1;
  },
);

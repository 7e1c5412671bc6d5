// A whole stack on this machine for one test file: its own ports, its own empty folder,
// no demo desk. Whoever starts one stops it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../../..");

/** Starts the stack; says where it is. The binary is the one that run.mjs has built. */
export async function startStack({ auth = false } = {}) {
  const binary = process.env.E2E_STACK;
  if (!binary) throw new Error("E2E_STACK names no binary of infra/local: use `make e2e`, or node e2e/run.mjs");
  const data = mkdtempSync(join(tmpdir(), "deskhand-e2e-"));
  const child = spawn(binary, { cwd: root, env: { ...process.env, DATA_DIR: data, PORT: "0", SMTP_PORT: "0", AWS_PORT: "0", DEMO: "0", AUTH: auth ? "1" : "" } });
  let said = "";
  const ready = new Promise((done, fail) => {
    const take = (chunk) => {
      said += chunk;
      const url = /Start here\s+(http:\S+?)\/\s/.exec(said)?.[1];
      const smtp = /SMTP\)\s+[\d.]+:(\d+)/.exec(said)?.[1];
      if (url && smtp && said.includes("Ctrl-C")) done({ url, smtpPort: Number(smtp) });
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", fail);
    child.on("exit", (code) => fail(new Error(`the stack ended with ${code} before it was ready:\n${said}`)));
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await gone;
      clearTimeout(hard);
    }
    rmSync(data, { recursive: true, force: true });
  };
  try {
    return { ...(await ready), stop, said: () => said };
  } catch (e) {
    await stop();
    throw e;
  }
}

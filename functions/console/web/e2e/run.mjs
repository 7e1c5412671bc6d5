// Builds the stack, runs the browser tests one file after another, ends with the counts.
//
//   node e2e/run.mjs [part of a file's name]
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { executable } from "./browser.mjs";

if (!existsSync(executable)) {
  console.error(`There is no Chromium at ${executable}. Install one (Debian, Ubuntu: apt-get install -y chromium), or say where it is: CHROMIUM=/path/to/chromium make e2e`);
  process.exit(1);
}
const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), "deskhand-e2e-stack-"));
process.env.E2E_STACK = join(folder, "local");
execFileSync("go", ["build", "-o", process.env.E2E_STACK, "./infra/local"], { cwd: resolve(here, "../../../.."), stdio: "inherit" });

const only = process.argv[2] ?? "";
const files = readdirSync(here)
  .filter((f) => f.endsWith(".test.mjs") && f.includes(only))
  .map((f) => join(here, f));
const counts = { passed: 0, failed: 0, skipped: 0, "to do": 0 };
const tests = run({ files, concurrency: 1, timeout: 10 * 60_000 });
const count = (failed) => (t) => {
  if (t.details?.type === "suite") return;
  counts[t.skip !== undefined ? "skipped" : t.todo !== undefined ? "to do" : failed ? "failed" : "passed"]++;
};
tests.on("test:pass", count(false));
tests.on("test:fail", count(true));
tests.compose(new spec()).pipe(process.stdout);
tests.on("end", () => {
  rmSync(folder, { recursive: true, force: true });
  process.on("exit", () => {
    console.log("browser: " + Object.entries(counts).map(([what, n]) => `${n} ${what}`).join(", "));
  });
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
});

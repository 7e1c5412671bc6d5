// How the page of a run does with a long history: makes a run of 120 steps in which 60 are
// tried ten times each, over 2,000 events of Step Functions in all, lets it run on a local
// stack (whose clock it moves on, past the pauses between tries), then opens it in Chromium
// with nothing cached and prints when graph, steps and events can be seen and used. A run
// that is there from before is used again. For a stack that is thrown away.
//
//   npm run long -- http://127.0.0.1:8080
import { chromium } from "playwright-core";

const base = process.argv[2] ?? "http://127.0.0.1:8080";
const name = "A long way";
const pairs = 60;

async function api(method, path, body, headers = {}) {
  const answer = await fetch(base + path, { method, headers: { "Content-Type": "application/json", ...headers }, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Each call fails, since the address is a private one, is tried ten times, and goes on
 *  along its error way. */
function definition() {
  const nodes = [];
  const edges = [{ from: "trigger", to: "call_1" }];
  for (let i = 1; i <= pairs; i++) {
    nodes.push({ id: `call_${i}`, type: "http.request", name: `Ask the warehouse, ${i}`, retry: { maxAttempts: 9, interval: "1s", backoff: 1 }, params: { method: "GET", url: `http://127.0.0.1:9/${i}` } });
    nodes.push({ id: `note_${i}`, type: "set", name: `Remember ${i}`, params: { values: { last: String(i) } } });
    edges.push({ from: `call_${i}`, to: `note_${i}` }, { from: `call_${i}`, output: "error", to: `note_${i}` });
    if (i < pairs) edges.push({ from: `note_${i}`, to: `call_${i + 1}` });
  }
  return { trigger: { type: "manual" }, nodes, edges };
}

async function longRun() {
  const found = (await api("GET", `/v1/workflows?q=${encodeURIComponent(name)}`)).items[0];
  const before = found && (await api("GET", `/v1/workflows/${found.id}/runs?status=succeeded`)).items[0];
  if (before) return before.id;
  const w = await api("POST", "/v1/workflows", { name, definition: definition() });
  await api("POST", `/v1/workflows/${w.id}/publish`, {}, { "If-Match": `"${w.draft.revision}"` });
  await api("POST", `/v1/workflows/${w.id}/enable`);
  const run = await api("POST", `/v1/workflows/${w.id}/runs`, {});
  const began = performance.now();
  for (;;) {
    await api("POST", "/local/time", { advance: "15s" });
    const { status } = await api("GET", `/v1/runs/${run.id}`);
    if (status === "succeeded") break;
    if (status !== "running") throw new Error(`the run is ${status}`);
    if (performance.now() - began > 900_000) throw new Error("the run does not end");
  }
  console.log(`the run took ${((performance.now() - began) / 1000).toFixed(0)} s on this machine`);
  return run.id;
}

const id = await longRun();
let events = 0;
for (let cursor = ""; cursor !== null; ) {
  const page = await api("GET", `/v1/runs/${id}/history?limit=100&cursor=${encodeURIComponent(cursor)}`);
  events += page.items.length;
  cursor = page.nextCursor;
}
const timed = async (path) => {
  const began = performance.now();
  const text = await (await fetch(base + path)).text();
  return { ms: performance.now() - began, kb: Math.round(text.length / 1024) };
};
const whole = await timed(`/v1/runs/${id}`);
const slice = await timed(`/v1/runs/${id}/history?limit=50`);
console.log(`${events} events, ${pairs * 2} steps; the API answers the run in ${whole.ms.toFixed(0)} ms (${whole.kb} KB), 50 events in ${slice.ms.toFixed(0)} ms (${slice.kb} KB)`);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
for (let round = 1; round <= 3; round++) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const figures = [];
  let from = performance.now();
  const lap = async (what, until) => {
    await until;
    figures.push(`${what} ${Math.round(performance.now() - from)} ms`);
    from = performance.now();
  };
  await page.goto(`${base}/runs/${id}`, { waitUntil: "commit" });
  await lap("graph seen after", page.locator(".react-flow__node").first().waitFor());
  await page.locator('.react-flow__node:not([data-id="trigger"])').first().click();
  await lap("a step opened in", page.getByRole("heading", { level: 3, name: "Input" }).waitFor());
  await page.getByRole("tab", { name: /^Steps/ }).click();
  await lap("steps in", page.getByRole("button", { name: /^Details of/ }).first().waitFor());
  await page.getByRole("button", { name: /^Details of/ }).nth(10).click();
  await lap("another opened in", page.getByText("(shown below)").waitFor());
  await page.getByRole("tab", { name: /^Event history/ }).click();
  await lap("events in", page.getByRole("grid", { name: "Event history" }).getByText("ExecutionStarted").waitFor());
  await page.getByRole("button", { name: "Next page" }).click();
  await lap("the next events in", page.getByRole("grid", { name: "Event history" }).getByText("51", { exact: true }).waitFor());
  figures.push(`${await page.evaluate(() => document.querySelectorAll("*").length)} elements`);
  console.log(figures.join("; "));
  await context.close();
}
await browser.close();

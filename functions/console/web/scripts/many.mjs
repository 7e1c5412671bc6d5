// How the list of workflows does with many of them: makes what is missing to the number
// on a running stack, then opens the list in Chromium with nothing cached and prints when
// it can be seen and when it answers. For a stack that is thrown away.
//
//   npm run many -- http://127.0.0.1:8080 1000
import { chromium } from "playwright-core";

const base = process.argv[2] ?? "http://127.0.0.1:8080";
const wanted = Number(process.argv[3] ?? 1000);
const totals = async () => (await (await fetch(base + "/v1/workflows?limit=1")).json()).totals.total;

const triggers = ["message.received", "ticket.status_changed", "contact.created", "manual"];
let n = await totals();
while (n < wanted) {
  const batch = Array.from({ length: Math.min(8, wanted - n) }, (_, i) => ({
    name: `Workflow number ${n + i + 1}`,
    description: "One of many.",
    definition: { trigger: { type: triggers[(n + i) % triggers.length] }, nodes: [{ id: "vars_1", type: "set", params: { values: { a: "1" } } }], edges: [{ from: "trigger", to: "vars_1" }] },
  }));
  const answers = await Promise.all(
    batch.map((body) => fetch(base + "/v1/workflows", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })),
  );
  for (const a of answers) if (a.status !== 201) throw new Error(`${a.status}: ${await a.text()}`);
  n += batch.length;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
for (let round = 1; round <= 3; round++) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const began = performance.now();
  await page.goto(base + "/workflows", { waitUntil: "commit" });
  await page.locator('a[href^="/workflows/wf_"]').first().waitFor();
  const seen = performance.now() - began;
  const find = page.getByLabel("Find workflows by name");
  await find.fill("number 77");
  const typed = performance.now() - began;
  await page.waitForFunction(() => {
    const names = [...document.querySelectorAll('a[href^="/workflows/wf_"]')].map((a) => a.textContent);
    return names.length > 0 && names.every((x) => x.includes("number 77"));
  });
  const found = performance.now() - began - typed;
  const ms = (v) => `${Math.round(v)} ms`.padStart(8);
  console.log(`${n} workflows, nothing cached: list seen after ${ms(seen)}, takes input after ${ms(typed)}; a search is answered in ${ms(found)}`);
  await context.close();
}
await browser.close();

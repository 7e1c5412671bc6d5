// Looks at every page of a running stack in Chromium: light and dark, wide and narrow;
// the lists also empty, while they load and when the API fails; dialogs; what is seen
// before the sign-in; the page behind an approval's link, without script. Saves pictures,
// and prints what axe-core finds (WCAG 2.2 A and AA), what the browser complains of, how
// much the page moved while it loaded, what it weighs and how long it takes.
//
//   npm run fill -- http://127.0.0.1:8080 2525     (something of every kind, first)
//   npm run look -- http://127.0.0.1:8080 [folder for pictures] [part of a page's name]
import axe from "axe-core";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const base = process.argv[2] ?? "http://127.0.0.1:8080";
const folder = process.argv[3];
const only = process.argv[4];
if (folder) mkdirSync(folder, { recursive: true });

const first = async (path, pick = () => true) => {
  const answer = await fetch(base + "/v1" + path);
  return ((await answer.json()).items ?? []).find(pick)?.id;
};
// Some pages are of things; the newest are taken, runs of several statuses.
const found = {
  // One with several versions, when there is one.
  workflow: (await first("/workflows?limit=100", (w) => w.latestVersion > 1)) ?? (await first("/workflows?enabled=true")) ?? (await first("/workflows")),
  webhook: await first("/workflows?limit=100&trigger=webhook"),
  unpublished: await first("/workflows?limit=100", (w) => w.latestVersion === null),
  succeeded: await first("/runs?status=succeeded"),
  waiting: await first("/runs?status=waiting"),
  failed: await first("/runs?status=failed"),
  paused: await first("/runs?status=paused"),
  stopped: await first("/runs?status=stopped"),
  event: await first("/events?type=message.received"),
  open: await first("/approvals?status=pending"),
  decided: await first("/approvals", (a) => a.status !== "pending"),
  // The one with most in it.
  conversation: (await first("/conversations?limit=100", (c) => c.messageCount > 3)) ?? (await first("/conversations")),
  ticket: await first("/tickets"),
  contact: await first("/contacts"),
};
const of = (name, path) => (found[name] ? path(found[name]) : undefined);

// What the API says instead of what it would: nothing yet, nothing at all, an error.
const json = (body, status = 200) => ({ status, contentType: status < 400 ? "application/json" : "application/problem+json", body: JSON.stringify(body) });
const api = (answer) => (page) =>
  page.route(/\/v1\//, (route) => (/\/v1\/(me|config|catalog|settings|templates)$/.test(new URL(route.request().url()).pathname) ? route.continue() : answer(route)));
const loading = api(() => undefined);
const empty = api((route) => route.fulfill(json({ items: [], nextCursor: null, totals: { total: 0, enabled: 0, successRate: null, runs: 0 } })));
const failing = api((route) => route.fulfill(json({ type: "about:blank", title: "Service Unavailable", status: 503, detail: "The desk is busy: try again in a moment." }, 503)));
const me = (answer) => (page) => page.route(/\/v1\/me$/, (route) => route.fulfill(answer));
const press = (name) => async (page) => {
  await page.getByRole("button", { name }).first().click();
  await page.getByRole("dialog").waitFor();
};
// A mail's link, by the state of its request; none when the mailbox has none.
async function links() {
  const out = {};
  const mails = await (await fetch(base + "/local/mail")).json().catch(() => []);
  for (const m of mails) {
    const url = /http:\S+?(\/a\/[\w-]+)/.exec(m.text ?? "")?.[1];
    if (!url) continue;
    const answer = await fetch(base + url);
    const text = await answer.text();
    const state = answer.status === 200 ? "open" : answer.status === 409 ? "decided" : /withdrawn/i.test(text) ? "withdrawn" : "expired";
    out[state] ??= url;
  }
  return out;
}
const link = await links();
const lists = ["workflows", "runs", "events", "approvals", "conversations", "tickets", "contacts", "inboxes", "groups", "failed-mail", "audit"];
const things = { workflow: "workflows", "run-waiting": "runs", conversation: "conversations", event: "events" };

const plain = {
  workflows: "/workflows",
  workflow: of("workflow", (id) => `/workflows/${id}`),
  "workflow-runs": of("workflow", (id) => `/workflows/${id}/runs`),
  "workflow-versions": of("workflow", (id) => `/workflows/${id}/versions`),
  "workflow-version": of("workflow", (id) => `/workflows/${id}/versions/1`),
  "workflow-diff": of("workflow", (id) => `/workflows/${id}/versions/2?with=1`),
  "workflow-events": of("workflow", (id) => `/workflows/${id}/events`),
  "workflow-webhook": of("webhook", (id) => `/workflows/${id}`),
  "workflow-unpublished": of("unpublished", (id) => `/workflows/${id}`),
  editor: of("workflow", (id) => `/workflows/${id}/edit`),
  runs: "/runs",
  "run-succeeded": of("succeeded", (id) => `/runs/${id}`),
  "run-waiting": of("waiting", (id) => `/runs/${id}`),
  "run-paused": of("paused", (id) => `/runs/${id}`),
  "run-failed": of("failed", (id) => `/runs/${id}`),
  "run-stopped": of("stopped", (id) => `/runs/${id}`),
  events: "/events",
  event: of("event", (id) => `/events/${id}`),
  approvals: "/approvals",
  "approvals-all": "/approvals?view=all",
  "approval-open": of("open", (id) => `/approvals/${id}`),
  "approval-decided": of("decided", (id) => `/approvals/${id}`),
  conversations: "/conversations",
  conversation: of("conversation", (id) => `/conversations/${id}`),
  tickets: "/tickets",
  ticket: of("ticket", (id) => `/tickets/${id}`),
  contacts: "/contacts",
  contact: of("contact", (id) => `/contacts/${id}`),
  inboxes: "/inboxes",
  groups: "/groups",
  settings: "/settings",
  "failed-mail": "/failed-mail",
  audit: "/audit",
  missing: "/nowhere",
  "missing-run": "/runs/run_01ARZ3NDEKTSV4RRFFQ69G5FAV",
};
const few = ["light", "dark-narrow"];
const pages = [
  ...Object.entries(plain).map(([name, path]) => ({ name, path })),
  ...lists.flatMap((name) => [
    { name: name + "-empty", path: plain[name], before: empty, looks: few },
    { name: name + "-loading", path: plain[name], before: loading, looks: few },
    { name: name + "-error", path: plain[name], before: failing, until: "[role=alert]", looks: few },
  ]),
  ...Object.keys(things).flatMap((name) => [
    { name: name + "-loading", path: plain[name], before: loading, looks: few },
    { name: name + "-error", path: plain[name], before: failing, until: "[role=alert]", looks: few },
  ]),
  { name: "dialog-create", path: "/workflows", then: press("Create workflow"), looks: few },
  { name: "dialog-stop", path: plain["run-waiting"], then: press("Stop…"), looks: few },
  { name: "dialog-retry", path: plain["run-failed"], then: press("Retry…"), looks: few },
  { name: "dialog-activate", path: plain["workflow-versions"], then: press(/^Activate… version/), looks: few },
  { name: "dialog-webhook", path: plain["workflow-webhook"], then: press("Make a new address…"), looks: few },
  { name: "dialog-automation", path: "/settings", then: press("Stop all automation…"), looks: few },
  { name: "dialog-group", path: "/groups", then: press("Add group"), looks: few },
  { name: "run-steps", path: plain["run-failed"], then: (page) => page.getByRole("tab", { name: /^Steps/ }).click(), looks: few },
  { name: "run-history", path: plain["run-failed"], then: (page) => page.getByRole("tab", { name: /^Event history/ }).click(), looks: few },
  { name: "sign-in-none", path: "/workflows", before: me(json({ email: "eva@demo.test", role: "none" })), looks: few },
  { name: "sign-in-failed", path: "/signed-in?error=access_denied&error_description=The+user+was+not+let+in&state=x", before: me(json({ message: "Unauthorized" }, 401)), looks: few },
  { name: "start-failed", path: "/workflows", before: me(json({ title: "Internal error", status: 500, detail: "internal error" }, 500)), looks: few },
  { name: "workflows-table", path: "/workflows", before: (page) => page.addInitScript(() => localStorage.setItem("deskhand.workflows", '"table"')), looks: few },
  ...["open", "decided", "expired", "withdrawn"].map((state) => ({ name: "link-" + state, path: link[state], script: false })),
  { name: "link-unknown", path: "/a/0000000000000000000000000000000000000000000", script: false },
].filter(({ name, path }) => path && (!only || name.includes(only)));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const looks = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  { name: "light-narrow", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "dark-narrow", colorScheme: "dark", viewport: { width: 390, height: 844 } },
];
// One cache for each look; the page without script has its own.
const contexts = new Map();
async function context(look, script) {
  const key = look.name + script;
  if (!contexts.has(key)) contexts.set(key, await browser.newContext({ ...look, javaScriptEnabled: script, reducedMotion: "reduce" }));
  return contexts.get(key);
}
let serious = 0;
let complaints = 0;
let looked = 0;
const jumps = [];
for (const { name, path, before, until = "h1, [role=alert], .react-flow__node, .standalone, [role=status]", then, looks: some, script = true } of pages) {
  for (const look of looks.filter((l) => !some || some.includes(l.name))) {
    looked++;
    const page = await (await context(look, script)).newPage();
    const said = [];
    // An answer that is meant to be an error is no complaint.
    const meant = before || /missing|link/.test(name);
    page.on("console", (m) => ["error", "warning"].includes(m.type()) && !(meant && /with a status of/.test(m.text())) && said.push(m.text()));
    page.on("pageerror", (e) => said.push(String(e)));
    let bytes = 0;
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    session.on("Network.loadingFinished", (e) => (bytes += e.encodedDataLength));
    if (script)
      await page.addInitScript(() => {
        globalThis.moved = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((e) => e.hadRecentInput || (globalThis.moved += e.value))).observe({ type: "layout-shift", buffered: true });
      });
    if (before) await before(page);
    const began = Date.now();
    await page.goto(base + path);
    await page.waitForSelector(until, { timeout: 15_000 }).catch(() => said.push("nothing to be seen within 15 s"));
    const took = Date.now() - began;
    await page.waitForTimeout(800);
    if (then) await then(page).catch((e) => said.push(String(e).split("\n")[0]));
    if (then) await page.waitForTimeout(500);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (sideways > 0) said.push(`the page is ${sideways} px wider than the window`);
    // Cumulative Layout Shift: over 0.1 is felt (https://web.dev/articles/cls).
    const moved = script ? await page.evaluate(() => globalThis.moved) : 0;
    if (moved > 0.1) jumps.push(`${name} ${look.name} ${moved.toFixed(2)}`);
    if (folder) await page.screenshot({ path: join(folder, `${name}-${look.name}.png`), fullPage: !/^(editor|dialog)/.test(name) });
    // axe itself is a script: what must do without is seen without, and checked with.
    let checked = page;
    if (!script) {
      checked = await (await context(look, true)).newPage();
      await checked.goto(base + path);
    }
    await checked.evaluate(axe.source);
    const { violations } = await checked.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    console.log(`${name.padEnd(22)} ${look.name.padEnd(13)} ${String(took).padStart(5)} ms ${(bytes / 1024).toFixed(0).padStart(5)} KB  moved ${moved.toFixed(3)}  axe: ${violations.length}`);
    for (const v of violations) {
      if (["serious", "critical"].includes(v.impact)) serious++;
      console.log(`    ${v.impact}: ${v.id}: ${v.help} (${v.nodes.length}), as ${v.nodes[0].target.join(" ")}`);
    }
    complaints += said.length;
    for (const s of new Set(said)) console.log("    said: " + s.slice(0, 300));
    if (checked !== page) await checked.close();
    await page.close();
  }
}
await browser.close();
for (const j of jumps) console.log("jumps: " + j);
console.log(`${pages.length} pages in ${looked} looks: ${serious} serious or critical findings of axe, ${complaints} complaints of the browser, ${jumps.length} that jump`);
process.exit(serious > 0 ? 1 : 0);

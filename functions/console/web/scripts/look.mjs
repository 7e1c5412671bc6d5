// Looks at every page of a running stack in Chromium: light and dark, wide and narrow.
// Saves pictures, and prints what axe-core finds (WCAG 2.2 A and AA), what the browser
// complains of, and what each page weighs and how long it takes.
//
//   npm run look -- http://127.0.0.1:8080 [folder for pictures] [part of a page's name]
import axe from "axe-core";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
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
  workflow: (await first("/workflows?enabled=true")) ?? (await first("/workflows")),
  succeeded: await first("/runs?status=succeeded"),
  waiting: await first("/runs?status=waiting"),
  failed: await first("/runs?status=failed"),
  event: await first("/events?type=message.received"),
  open: await first("/approvals?status=pending"),
  decided: await first("/approvals", (a) => a.status !== "pending"),
  conversation: await first("/conversations"),
  ticket: await first("/tickets"),
  contact: await first("/contacts"),
};
const of = (name, path) => (found[name] ? path(found[name]) : undefined);
const pages = Object.entries({
  workflows: "/workflows",
  workflow: of("workflow", (id) => `/workflows/${id}`),
  "workflow-runs": of("workflow", (id) => `/workflows/${id}/runs`),
  "workflow-versions": of("workflow", (id) => `/workflows/${id}/versions`),
  "workflow-version": of("workflow", (id) => `/workflows/${id}/versions/1`),
  "workflow-events": of("workflow", (id) => `/workflows/${id}/events`),
  editor: of("workflow", (id) => `/workflows/${id}/edit`),
  runs: "/runs",
  "run-succeeded": of("succeeded", (id) => `/runs/${id}`),
  "run-waiting": of("waiting", (id) => `/runs/${id}`),
  "run-failed": of("failed", (id) => `/runs/${id}`),
  events: "/events",
  event: of("event", (id) => `/events/${id}`),
  approvals: "/approvals",
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
}).filter(([name, path]) => path && (!only || name.includes(only)));

const profile = mkdtempSync(join(tmpdir(), "look-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  viewport: { width: 1280, height: 900 },
});
const looks = [
  { name: "light", colorScheme: "light", width: 1280, height: 900 },
  { name: "dark", colorScheme: "dark", width: 1280, height: 900 },
  { name: "light-narrow", colorScheme: "light", width: 390, height: 844 },
  { name: "dark-narrow", colorScheme: "dark", width: 390, height: 844 },
];
let serious = 0;
let complaints = 0;
for (const [name, path] of pages) {
  for (const look of looks) {
    const page = await browser.newPage();
    await page.setViewportSize({ width: look.width, height: look.height });
    await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: "reduce" });
    const said = [];
    page.on("console", (m) => ["error", "warning"].includes(m.type()) && said.push(m.text()));
    page.on("pageerror", (e) => said.push(String(e)));
    let bytes = 0;
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    session.on("Network.loadingFinished", (e) => (bytes += e.encodedDataLength));
    const began = Date.now();
    await page.goto(base + path);
    await page.waitForSelector("h1, [role=alert], .react-flow__node", { timeout: 15_000 }).catch(() => said.push("no heading within 15 s"));
    const took = Date.now() - began;
    await page.waitForTimeout(500);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (sideways > 0) said.push(`the page is ${sideways} px wider than the window`);
    if (folder) await page.screenshot({ path: join(folder, `${name}-${look.name}.png`), fullPage: name !== "editor" });
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    const line = `${name.padEnd(18)} ${look.name.padEnd(13)} ${String(took).padStart(5)} ms ${(bytes / 1024).toFixed(0).padStart(5)} KB  axe: ${violations.length}`;
    console.log(line);
    for (const v of violations) {
      if (["serious", "critical"].includes(v.impact)) serious++;
      console.log(`    ${v.impact}: ${v.id}: ${v.help} (${v.nodes.length}), as ${v.nodes[0].target.join(" ")}`);
    }
    complaints += said.length;
    for (const s of new Set(said)) console.log("    said: " + s.slice(0, 300));
    await page.close();
  }
}
await browser.close();
rmSync(profile, { recursive: true, force: true });
console.log(`${pages.length} pages, ${serious} serious or critical findings, ${complaints} complaints of the browser`);
process.exit(serious > 0 ? 1 : 0);

// Chromium as a person has it: a new, empty profile for each test file.
import axe from "axe-core";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { patience } from "./desk.mjs";

export const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const wide = { width: 1280, height: 900 };
export const phone = { width: 390, height: 844 };

export async function openBrowser() {
  return chromium.launch({
    executablePath: executable,
    headless: true,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page with its own cookies and storage. */
export async function openPage(browser, baseURL, { viewport = wide, colorScheme = "light", ...more } = {}) {
  const context = await browser.newContext({ baseURL, viewport, colorScheme, reducedMotion: "reduce", ...more });
  context.setDefaultTimeout(patience);
  return context.newPage();
}

/** Nothing serious or critical for axe-core (WCAG 2.2 A and AA) on what is shown now. */
export async function accessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  const grave = violations.filter((v) => ["serious", "critical"].includes(v.impact));
  assert.deepEqual(
    grave.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}, at ${n.target.join(" ")}`)),
    [],
  );
}

/** Nothing to scroll to the side. */
export async function fits(page) {
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)) <= 0, "the page is wider than the window");
}

// The page of workflows, where people arrive.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, fits, openBrowser, openPage, phone } from "./browser.mjs";
import { Desk, until } from "./desk.mjs";
import { startStack } from "./stack.mjs";

let stack, desk, browser, page;
const tag = (name) => ({ trigger: { type: name }, nodes: [{ id: "tag", type: "conversation.tag", params: { add: ["seen"] } }], edges: [{ from: "trigger", to: "tag" }] });

before(async () => {
  stack = await startStack();
  desk = await new Desk(stack).open();
  browser = await openBrowser();
  page = await openPage(browser, stack.url);
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

const link = (name) => page.getByRole("main").getByRole("link", { name, exact: true });
const figures = () => page.getByRole("region", { name: "Figures" });

test("empty, it says what to do next", async () => {
  await page.goto("/");
  await page.getByText("No workflows yet").waitFor();
  assert.equal(new URL(page.url()).pathname, "/workflows");
  assert.ok((await page.getByRole("button", { name: /create .*workflow/i }).count()) >= 1);
  await accessible(page);
});

test("figures over all of them", async () => {
  await desk.workflow("Glaze questions", tag("message.received"));
  const off = await desk.workflow("Firing schedule", tag("conversation.assigned"));
  await desk.api("POST", `/v1/workflows/${off}/disable`);
  await desk.api("POST", "/v1/workflows", { name: "Half a thought", definition: tag("conversation.tagged") });
  await desk.mail({ subject: "Which glaze?", text: "For stoneware." });
  await desk.conversation("Which glaze?", (c) => c.tags.includes("seen"));
  await until("the run in the figures", async () => (await desk.api("GET", "/v1/workflows")).totals.runs === 1);
  await page.reload();
  await link("Glaze questions").waitFor();
  const said = (await figures().innerText()).replace(/\s+/g, " ");
  assert.match(said, /Workflows 3\b/);
  assert.match(said, /Enabled 1 2 are disabled/);
  assert.match(said, /Average success rate 100\s?% of 1 finished run in 30 days/);
  await accessible(page);
});

test("found by name, by trigger and by status; the figures stay", async () => {
  const search = page.getByRole("searchbox", { name: "Find workflows by name" });
  await search.fill("glaze");
  await link("Firing schedule").waitFor({ state: "detached" });
  await link("Glaze questions").waitFor();
  assert.match((await figures().innerText()).replace(/\s+/g, " "), /Workflows 3\b/);
  await search.fill("porcelain");
  await page.getByText("No workflow fits these filters").waitFor();
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await link("Half a thought").waitFor();

  await page.getByRole("button", { name: /^Trigger/ }).click();
  await page.getByRole("option", { name: "Conversation assigned" }).click();
  await link("Glaze questions").waitFor({ state: "detached" });
  await link("Firing schedule").waitFor();
  // The filter is part of the address: reloaded or sent to somebody, the page is the same.
  await page.reload();
  await link("Firing schedule").waitFor();
  assert.equal(await link("Glaze questions").count(), 0);
  await page.getByRole("button", { name: /^Trigger/ }).click();
  await page.getByRole("option", { name: "Any trigger" }).click();
  await link("Glaze questions").waitFor();

  await page.getByRole("button", { name: /^Status/ }).click();
  await page.getByRole("option", { name: "Enabled", exact: true }).click();
  await link("Firing schedule").waitFor({ state: "detached" });
  await link("Glaze questions").waitFor();
  await page.goto("/workflows");
});

test("grid or table, remembered", async () => {
  await link("Glaze questions").waitFor();
  assert.equal(await page.getByRole("grid", { name: "Workflows" }).count(), 0);
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await page.getByRole("columnheader", { name: "Success rate" }).waitFor();
  await accessible(page);
  await page.reload();
  await page.getByRole("columnheader", { name: "Success rate" }).waitFor();
  await link("Glaze questions").waitFor();
  await page.getByRole("button", { name: "Grid", exact: true }).click();
  await page.getByRole("columnheader", { name: "Success rate" }).waitFor({ state: "detached" });
  await page.reload();
  await link("Glaze questions").waitFor();
  assert.equal(await page.getByRole("columnheader", { name: "Success rate" }).count(), 0);
});

test("switched off and on in place", async () => {
  const enabled = async () => (await desk.api("GET", "/v1/workflows?q=glaze")).items[0].enabled;
  await page.getByRole("switch", { name: "Glaze questions: enabled" }).or(page.getByRole("checkbox", { name: "Glaze questions: enabled" })).click();
  await page.getByLabel("Glaze questions: disabled").waitFor();
  await until("the workflow to be off", async () => !(await enabled()));
  await page.reload();
  await page.getByLabel("Glaze questions: disabled").click();
  await page.getByLabel("Glaze questions: enabled").waitFor();
  await until("the workflow to be on", enabled);
  assert.ok(await page.getByLabel(/^Half a thought: disabled/).isDisabled(), "what was never published cannot be switched on");
});

test("on a phone and in the dark", async () => {
  for (const view of ["Grid", "Table"]) {
    await page.getByRole("button", { name: view, exact: true }).click();
    const other = await openPage(browser, stack.url, { viewport: phone, colorScheme: "dark", storageState: await page.context().storageState() });
    await other.goto("/workflows");
    await other.getByRole("main").getByRole("link", { name: "Glaze questions", exact: true }).waitFor();
    await accessible(other);
    await fits(other);
    await other.context().close();
  }
});

// Pages beyond the first journey: a webhook's address, what a conversation leads to, going
// back a version, a long history, and a walk without a mouse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, fits, openBrowser, openPage, phone } from "./browser.mjs";
import { Desk, people, until } from "./desk.mjs";
import { startStack } from "./stack.mjs";

let stack, desk, browser, page, main;

before(async () => {
  stack = await startStack();
  desk = await new Desk(stack).open();
  browser = await openBrowser();
  page = await openPage(browser, stack.url);
  main = page.getByRole("main");
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

const tag = (trigger, name) => ({ trigger, nodes: [{ id: "tag", type: "set", name: "Keep", params: { values: { kept: name } } }], edges: [{ from: "trigger", to: "tag" }] });

test("a webhook's address is shown once, works, and is void after the next", async () => {
  const id = await desk.workflow("Parcel scans", tag({ type: "webhook", conditions: { all: [{ field: "detail.parcel", op: "is", value: "P-9" }] } }, "scan"));
  await page.goto(`/workflows/${id}`);
  await main.getByText("There is no address yet").waitFor();
  const make = async () => {
    await main.getByRole("button", { name: /^Make .* address…/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: /^Make/ }).click();
    await main.getByText("Copy the address now").waitFor();
    return (await main.getByRole("region", { name: "the address" }).innerText()).trim();
  };
  const first = await make();
  assert.match(first, new RegExp(`^${stack.url}/hooks/${id}/[a-z0-9]{20,}$`));
  // The example meets the workflow's own conditions.
  const call = await main.getByRole("region", { name: "the call" }).innerText();
  assert.match(call, /'\{"parcel":"P-9"\}'/);
  assert.ok(call.includes(first));
  await accessible(page);
  const send = (url) => fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: '{"parcel":"P-9"}' });
  assert.equal((await send(first)).status, 202);
  await desk.run(id, "succeeded");

  await page.reload();
  await main.getByText(/^There is an address since/).waitFor();
  assert.equal(await page.getByText(first).count(), 0, "it is not shown again");
  const second = await make();
  assert.notEqual(second, first);
  assert.equal((await send(first)).status, 404);
  assert.equal((await send(second)).status, 202);
});

test("a conversation leads to its runs, its events and the reason why not", async () => {
  await desk.workflow("Wholesale", { trigger: { type: "message.received", conditions: { all: [{ field: "message.subject", op: "contains", value: "wholesale" }] } }, nodes: [{ id: "mark", type: "conversation.tag", params: { add: ["wholesale"] } }], edges: [{ from: "trigger", to: "mark" }] });
  const greet = await desk.workflow("Greeter", { trigger: { type: "message.received", conditions: { all: [{ field: "message.subject", op: "contains", value: "teapot" }] } }, nodes: [{ id: "mark", type: "conversation.tag", params: { add: ["teapot"] } }], edges: [{ from: "trigger", to: "mark" }] });
  await desk.mail({ subject: "A teapot and a lid", text: "Do they fit?" });
  await desk.mail({ subject: "Something else", text: "Another thing." });
  const c = await desk.conversation("A teapot and a lid", (x) => x.tags.includes("teapot"));
  await desk.run(greet, "succeeded");
  await page.goto(`/conversations/${c.id}`);
  await main.getByRole("listitem").filter({ has: page.getByRole("link", { name: "Greeter" }) }).filter({ hasText: "Succeeded" }).first().waitFor();
  await main.getByRole("listitem").filter({ hasText: "1 of 2 started" }).getByRole("link", { name: "Message received" }).click();
  await page.waitForURL(/\/events\/evt_/);
  await main.getByText(/contains “wholesale”; it was “A teapot and a lid”/).first().waitFor();
  // Its events as a list: of this conversation and no other.
  await page.goto(`/events?conversation=${c.id}&type=message.received`);
  await main.getByRole("row").filter({ hasText: "A teapot and a lid" }).waitFor();
  assert.equal(await main.getByRole("row").filter({ hasText: "Something else" }).count(), 0);
  await main.getByRole("button", { name: "Not only of one conversation" }).click();
  await main.getByRole("row").filter({ hasText: "Something else" }).waitFor();
});

test("going back a version says what that changes; what was taken away is drawn", async () => {
  const before = { trigger: { type: "manual" }, nodes: [{ id: "a", type: "set", name: "Measure", params: { values: { x: "1" } } }, { id: "b", type: "set", name: "Weigh", params: { values: { y: "1" } } }], edges: [{ from: "trigger", to: "a" }, { from: "a", to: "b" }] };
  const id = await desk.workflow("Shipping weight", before);
  await desk.redraft(id, { ...before, nodes: [before.nodes[0]], edges: [before.edges[0]] });
  await desk.publish(id, "No scales today");
  await page.goto(`/workflows/${id}/versions/2?with=1`);
  await main.getByLabel(/^Weigh,.* Removed/).waitFor();
  await main.getByText("removed", { exact: true }).waitFor();
  await page.goto(`/workflows/${id}/versions`);
  await main.getByRole("button", { name: "Activate… version 1" }).click();
  const dialog = page.getByRole("dialog", { name: "Go back to version 1?" });
  await dialog.getByText("added", { exact: true }).waitFor();
  await dialog.getByText(/^Weigh/).waitFor();
  await accessible(page);
  await dialog.getByRole("button", { name: "Activate version 1" }).click();
  await until("version 1 to be active", async () => (await desk.api("GET", `/v1/workflows/${id}`)).activeVersion === 1);
});

test("a history from its end, steps with an error first", async () => {
  const pairs = Array.from({ length: 12 }, (_, i) => i + 1);
  const id = await desk.workflow("Long way", {
    trigger: { type: "manual" },
    nodes: pairs.flatMap((i) => [{ id: `call_${i}`, type: "http.request", name: `Ask ${i}`, params: { method: "GET", url: "http://127.0.0.1:9/" } }, { id: `note_${i}`, type: "set", name: `Keep ${i}`, params: { values: { n: String(i) } } }]),
    edges: [{ from: "trigger", to: "call_1" }, ...pairs.flatMap((i) => [{ from: `call_${i}`, output: "error", to: `note_${i}` }, ...(i < 12 ? [{ from: `note_${i}`, to: `call_${i + 1}` }] : [])])],
  });
  await desk.api("POST", `/v1/workflows/${id}/runs`, {});
  const run = await desk.run(id, "succeeded");
  await page.goto(`/runs/${run.id}`);
  await main.getByRole("tab", { name: "Steps (24)" }).click();
  await main.getByRole("button", { name: "Details of Keep 1", exact: true }).waitFor();
  await main.getByRole("button", { name: /^12 steps with an error/ }).click();
  await main.getByRole("button", { name: "Details of Keep 1", exact: true }).waitFor({ state: "detached" });
  await main.getByRole("button", { name: "Details of Ask 12" }).click();
  await main.getByRole("heading", { name: /^Ask 12/ }).waitFor();
  await accessible(page);
  await main.getByRole("tab", { name: "Event history" }).click();
  const events = main.getByRole("grid", { name: "Event history" });
  await events.getByText("ExecutionStarted").waitFor();
  await main.getByRole("button", { name: "Newest first" }).click();
  await events.getByText("ExecutionSucceeded").waitFor();
  assert.equal(await events.getByText("ExecutionStarted").count(), 0);
});

test("without a mouse: from the list to a workflow, its run and the request", async () => {
  const id = await desk.workflow("Kiln loans", {
    trigger: { type: "manual" },
    nodes: [
      { id: "ok", type: "approval", name: "May they?", params: { approvers: [{ email: people.approver }], subject: "A kiln for a week?", timeout: "24h" } },
      { id: "yes", type: "set", params: { values: { lent: "yes" } } },
    ],
    edges: [{ from: "trigger", to: "ok" }, ...["approved", "rejected", "timed_out"].map((output) => ({ from: "ok", output, to: "yes" }))],
  });
  await desk.api("POST", `/v1/workflows/${id}/runs`, {});
  await desk.run(id, "waiting");
  await page.goto("/workflows");
  await main.getByRole("link", { name: "Kiln loans" }).waitFor();
  const focused = () => page.evaluate(() => `${document.activeElement?.getAttribute("aria-label") ?? ""} ${document.activeElement?.textContent ?? ""}`.trim());
  const tabTo = async (want, key = "Tab") => {
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press(key);
      if (want.test(await focused())) return;
    }
    assert.fail(`${key} never comes to ${want}`);
  };
  await tabTo(/^Kiln loans$/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/workflows\/wf_/);
  await main.getByRole("heading", { level: 1, name: "Kiln loans" }).waitFor();
  await tabTo(/^Overview$/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/runs$/);
  const row = main.getByRole("row").filter({ hasText: "Waiting" });
  await row.waitFor();
  // The table is one stop; the arrow keys go through its cells.
  const inGrid = () => page.evaluate(() => !!document.activeElement?.closest("[role=grid]"));
  for (let i = 0; i < 40 && !(await inGrid()); i++) await page.keyboard.press("Tab");
  assert.ok(await inGrid(), "Tab comes to the table");
  for (const key of ["ArrowDown", "Home"]) await page.keyboard.press(key);
  assert.match(await page.evaluate(() => document.activeElement?.getAttribute("href") ?? document.activeElement?.outerHTML), /^\/runs\/run_/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/runs\/run_/);
  await main.getByText(/^Waiting for rosa@/).waitFor();
  await tabTo(/^Open the request$/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/approvals\/apr_/);
  await main.getByRole("button", { name: /^Reject/ }).waitFor();
  await tabTo(/^Reject/);
  await page.keyboard.press("Enter");
  await until("the decision", async () => (await desk.api("GET", "/v1/approvals?status=rejected")).items.some((a) => a.subject === "A kiln for a week?"));
  await desk.run(id, "succeeded");
});

test("runs that failed alike, all again at once", async () => {
  const calls = (url) => ({ trigger: { type: "manual" }, nodes: [{ id: "call", type: "http.request", params: { method: "GET", url } }], edges: [{ from: "trigger", to: "call" }] });
  const id = await desk.workflow("Weather", calls("http://127.0.0.1:9/"));
  const other = await desk.workflow("Tides", calls("http://127.0.0.1:9/"));
  for (const w of [id, id, id, other]) await desk.api("POST", `/v1/workflows/${w}/runs`, {});
  const failed = async (w) => (await desk.api("GET", `/v1/workflows/${w}/runs?status=failed`)).items;
  await until("the failed runs", async () => (await failed(id)).length === 3 && (await failed(other)).length === 1);
  await page.goto("/runs?status=failed");
  await main.getByRole("checkbox", { name: /^Choose the run of Weather/ }).first().click();
  await main.getByRole("button", { name: "Choose all with this error" }).click();
  await main.getByRole("button", { name: "Retry 3 runs…" }).click();
  const dialog = page.getByRole("dialog", { name: "Run 3 runs again" });
  await dialog.getByText("the steps before the failed one are not repeated").waitFor();
  await accessible(page);
  await dialog.getByRole("button", { name: "Go on from the failed steps" }).click();
  await page.getByText("3 runs went on from the failed step.").first().waitFor();
  await until("the second failure of each", async () => {
    const runs = await failed(id);
    return runs.length === 3 && runs.every((r) => r.redrives === 1);
  });
  assert.ok(!(await failed(other))[0].redrives, "that of another workflow is left alone");
});

test("what happens when a workflow fails: for the desk, and for one of its own", async () => {
  await desk.api("PUT", "/v1/groups/kiln", { name: "Kiln crew", members: ["kim@lanternworks.test"] });
  const id = await desk.workflow("Night shift", tag({ type: "manual" }, "night"));
  await page.goto("/settings");
  const after = main.getByRole("spinbutton", { name: "Switch it off after" });
  const save = main.getByRole("button", { name: "Save what happens on failures" });
  await after.fill("0");
  await main.getByText("A whole number from 1 to 100").waitFor();
  assert.ok(await save.isDisabled());
  await after.fill("7");
  await main.getByRole("button", { name: /^Tell/ }).click();
  await page.getByRole("option", { name: "The manager of a group" }).click();
  await main.getByRole("button", { name: /^Group/ }).click();
  await page.getByRole("option", { name: "Kiln crew" }).click();
  await save.click();
  // Only the server knows that this group has no manager; it is said at the field.
  await main.getByText(/group "kiln" has no manager/).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await accessible(page);
  await main.getByRole("button", { name: /^Tell/ }).click();
  await page.getByRole("option", { name: "A group", exact: true }).click();
  await save.click();
  await page.getByText("What happens on failures was saved.").first().waitFor();
  assert.deepEqual((await desk.api("GET", "/v1/settings")).failures.switchOffAfter, 7);

  await page.goto(`/workflows/${id}`);
  await main.getByText("is told; off after 7 failed runs in a row").waitFor();
  await main.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "When it fails…" }).click();
  const dialog = page.getByRole("dialog", { name: "When it fails" });
  await dialog.getByRole("radio", { name: "A rule of its own" }).click();
  await dialog.getByRole("spinbutton", { name: "Switch it off after" }).fill("1");
  await accessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await main.getByText("off after 1 failed run", { exact: true }).waitFor();
  assert.deepEqual((await desk.api("GET", `/v1/workflows/${id}`)).failures, { switchOffAfter: 1 });
});

test("how long things are kept: asked before, refused at the field", async () => {
  await page.goto("/settings");
  const mail = main.getByRole("textbox", { name: "Mail, in days" });
  const save = main.getByRole("button", { name: "Save how long things are kept…" });
  await mail.fill("soon");
  await main.getByText("A number of days, as 365").waitFor();
  assert.ok(await save.isDisabled());
  await mail.fill("2");
  await save.click();
  const dialog = page.getByRole("dialog", { name: "Remove what is older?" });
  await dialog.getByText("Mail: removed after 2 days").waitFor();
  await dialog.getByText("Runs: kept").waitFor();
  await dialog.getByRole("button", { name: "Save" }).click();
  // The server knows the bounds.
  await main.getByText(/mail is 2d: it is from 7d/).waitFor();
  // What is half under the bar on top would count as too small to be hit.
  await page.evaluate(() => scrollTo(0, 0));
  await accessible(page);
  await mail.fill("400");
  await save.click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("How long things are kept was saved.").first().waitFor();
  assert.deepEqual((await desk.api("GET", "/v1/settings")).retention, { mail: "400d" });
  await page.reload();
  await mail.waitFor();
  assert.equal(await mail.inputValue(), "400");
});

test("the same pages on a phone", async () => {
  const small = await openPage(browser, stack.url, { viewport: phone, colorScheme: "dark" });
  const first = async (path) => (await desk.api("GET", path)).items[0].id;
  for (const path of [`/workflows/${await first("/v1/workflows?trigger=webhook")}`, `/conversations/${await first("/v1/conversations")}`, `/runs/${await first("/v1/runs?status=succeeded")}`, `/approvals/${await first("/v1/approvals")}`, "/settings", "/audit"]) {
    await small.goto(path);
    await small.getByRole("main").getByRole("heading", { level: 1 }).waitFor();
    await accessible(small);
    await fits(small);
  }
  await small.context().close();
});

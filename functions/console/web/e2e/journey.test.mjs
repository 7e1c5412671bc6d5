// From the gallery to an answered customer, why another workflow kept still, and versions.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, openBrowser, openPage } from "./browser.mjs";
import { Desk, people } from "./desk.mjs";
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

const idIn = (url, of) => new RegExp(`/${of}/(\\w+)`).exec(url)[1];
let workflow;

test("made from the gallery, published and switched on", async () => {
  await page.goto("/workflows");
  await page.getByRole("button", { name: "Create workflow" }).click();
  const dialog = page.getByRole("dialog", { name: "Create a workflow" });
  await dialog.getByRole("radio", { name: /^AI reply with approval/ }).click();
  const name = dialog.getByRole("textbox", { name: "Name" });
  assert.equal(await name.inputValue(), "AI reply with approval", "the name follows the choice");
  await accessible(page);
  await name.fill("Answers that Rosa reads first");
  await dialog.getByRole("button", { name: "Create and edit" }).click();

  await page.getByRole("heading", { level: 1, name: "Answers that Rosa reads first" }).waitFor();
  workflow = idIn(page.url(), "workflows");
  await page.getByRole("group", { name: /^Approve the answer/ }).waitFor();
  await page.getByText("Not published").waitFor();
  await page.getByRole("button", { name: "Publish…" }).click();
  const publish = page.getByRole("dialog", { name: /^Publish/ });
  await publish.getByText("This is the first version.").waitFor();
  await publish.getByRole("textbox", { name: "Note" }).fill("As the gallery has it");
  await publish.getByRole("button", { name: "Publish version 1" }).click();
  await page.getByText("Version 1 active").waitFor();

  await page.goto(`/workflows/${workflow}`);
  await page.getByLabel("Answers that Rosa reads first: disabled").click();
  await page.getByLabel("Answers that Rosa reads first: enabled").waitFor();
});

test("a mail starts a run, which is seen to wait on its graph", async () => {
  await page.goto(`/workflows/${workflow}/runs`);
  await main.getByText(/^No run/).first().waitFor();
  await desk.mail({ subject: "Cracked bowl", text: "My bowl came with a crack. Can you send another one?" });
  // The list is live: nobody reloads it.
  const row = main.getByRole("row").filter({ hasText: "Waiting" });
  await row.waitFor();
  await row.getByRole("link").first().click();
  await page.waitForURL(/\/runs\/run_/);
  await main.getByText(/^Waiting for rosa@/).waitFor();
  await main.getByLabel(/^Draft an answer,.* Succeeded/).waitFor();
  await main.getByLabel(/^Approve the answer,.* Waiting/).waitFor();
  await accessible(page);

  await main.getByLabel(/^Draft an answer,/).click();
  await main.getByRole("heading", { name: /Draft an answer/ }).waitFor();
  await main.getByRole("tab", { name: /^Steps/ }).click();
  await main.getByRole("row").filter({ hasText: "Draft an answer" }).filter({ hasText: "Succeeded" }).waitFor();
});

test("approved with another text, the run ends well", async () => {
  await main.getByText("Open the request").click();
  await page.waitForURL(/\/approvals\/apr_/);
  const draft = main.getByRole("textbox", { name: "Draft" });
  await draft.fill("A new bowl leaves our kiln tomorrow.");
  await main.getByText("What you changed").waitFor();
  await accessible(page);
  await main.getByRole("button", { name: "Approve as edited" }).click();
  await page.getByText("Approved. The workflow goes on.").first().waitFor();

  await desk.run(workflow, "succeeded");
  await page.goto(`/workflows/${workflow}/runs`);
  const row = main.getByRole("row").filter({ hasText: "Succeeded" });
  await row.waitFor();
  await row.getByRole("link").first().click();
  await page.waitForURL(/\/runs\/run_/);
  await main.getByLabel(/^Approve the answer,.* Succeeded/).waitFor();
  await main.getByLabel(/, Skipped/).first().waitFor();
  assert.match((await desk.sent(people.customer)).text, /A new bowl leaves our kiln tomorrow/);
});

test("the conversation shows the reply and which run sent it", async () => {
  await main.getByRole("link", { name: "Conversation", exact: true }).click();
  await page.waitForURL(/\/conversations\/conv_/);
  const theirs = main.getByRole("article", { name: new RegExp(people.customer) });
  await theirs.getByText("My bowl came with a crack").waitFor();
  const ours = main.getByRole("article").filter({ has: page.getByRole("link", { name: "sent by a workflow" }) });
  await ours.waitFor();
  const framed = ours.locator("iframe").contentFrame().getByText("A new bowl leaves our kiln tomorrow");
  await framed.or(ours.getByText("A new bowl leaves our kiln tomorrow")).first().waitFor();
  await accessible(page);
});

const weekend = (words, tag) => ({
  trigger: { type: "message.received", conditions: { all: [{ field: "message.fromDomain", op: "is", value: "brightkiln.example" }, { field: "message.subject", op: "contains", value: words }] } },
  nodes: [{ id: "tag", type: "conversation.tag", params: { add: [tag] } }],
  edges: [{ from: "trigger", to: "tag" }],
});

test("the event says why a workflow did not start", async () => {
  await desk.workflow("Bulk orders", weekend("pallet", "bulk"));
  await desk.mail({ subject: "One single cup", text: "Only one." });
  await desk.conversation("One single cup");
  await page.goto("/events");
  await main.getByRole("row").filter({ hasText: "One single cup" }).filter({ hasText: "Message received" }).getByRole("link", { name: "Message received" }).click();
  await page.waitForURL(/\/events\/evt_/);
  const verdict = main.getByRole("listitem").filter({ has: page.getByRole("link", { name: "Bulk orders" }) });
  await verdict.getByText("Did not start").waitFor();
  const said = (await verdict.innerText()).replace(/\s+/g, " ");
  assert.match(said, /message\.subject contains “pallet”; it was “One single cup”/);
  await verdict.getByRole("listitem").filter({ hasText: "message.fromDomain is “brightkiln.example”" }).getByRole("img", { name: "holds", exact: true }).first().waitFor();
  await accessible(page);
  // The same from the workflow's side.
  await verdict.getByRole("link", { name: "Bulk orders" }).click();
  await main.getByRole("tab", { name: "Why did it not fire?" }).click();
  await main.getByRole("row").filter({ hasText: "One single cup" }).getByText(/contains “pallet”; it was “One single cup”/).waitFor();
});

test("a second version, what changed in words, and back to the first", async () => {
  const id = await desk.workflow("Gift notes", weekend("gift", "gift"));
  await desk.redraft(id, weekend(["gift", "present"], "wrap"));
  await page.goto(`/workflows/${id}/edit`);
  await page.getByText("Version 1 active").waitFor();
  await page.getByRole("button", { name: "Publish…" }).click();
  const publish = page.getByRole("dialog", { name: /^Publish/ });
  await publish.getByText(/present/).first().waitFor();
  await publish.getByRole("textbox", { name: "Note" }).fill("Presents too");
  await publish.getByRole("button", { name: "Publish version 2" }).click();
  await page.getByText("Version 2 active").waitFor();

  await page.goto(`/workflows/${id}/versions`);
  const second = main.getByRole("row").filter({ hasText: "Version 2" });
  await second.getByText("Presents too").waitFor();
  await second.getByText("Active", { exact: true }).waitFor();
  await second.getByText("What changed").click();
  await page.waitForURL(/\/versions\/2\?with=1/);
  await main.getByText(/wrap/).first().waitFor();
  await main.getByText(/present/).first().waitFor();
  await main.getByLabel(/, Changed/).first().waitFor();
  await accessible(page);

  await page.goto(`/workflows/${id}/versions`);
  await main.getByRole("row").filter({ hasText: "Version 1" }).getByRole("button", { name: /^Activate/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: /^Activate/ }).click();
  await main.getByRole("row").filter({ hasText: "Version 1" }).getByText("Active", { exact: true }).waitFor();
  await main.getByRole("row").filter({ hasText: "Version 2" }).getByRole("button", { name: /^Activate/ }).waitFor();
  // What counts is what the next mail does.
  await desk.mail({ subject: "A gift for my aunt", text: "Blue paper please." });
  await desk.conversation("A gift for my aunt", (c) => c.tags.includes("gift") && !c.tags.includes("wrap"));
});

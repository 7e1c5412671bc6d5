// The pattern “tag by keyword”, built from blank: once by mouse, once by keyboard.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, openBrowser, openPage } from "./browser.mjs";
import { Desk, until } from "./desk.mjs";
import { startStack } from "./stack.mjs";

let stack, desk, browser;

before(async () => {
  stack = await startStack();
  desk = await new Desk(stack).open();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

const idIn = (url) => /\/workflows\/(\w+)/.exec(url)[1];
const definition = async (id) => (await desk.api("GET", `/v1/workflows/${id}`)).draft.definition;

/** What was built must be the pattern, and must do what it says. */
async function works(id, word, tag) {
  const d = await definition(id);
  assert.equal(d.trigger.type, "message.received");
  assert.deepEqual(d.edges.map((e) => e.from), ["trigger"]);
  await desk.mail({ subject: `About a ${word}`, text: "Please." });
  await desk.conversation(`About a ${word}`, (c) => c.tags.includes(tag));
  await desk.mail({ subject: "About something else", text: "Please." });
  await desk.conversation("About something else");
  await until("the other mail to be looked at", async () => (await desk.api("GET", `/v1/events?workflow=${id}&matched=false`)).items.length > 0);
  const other = await desk.conversation("About something else");
  assert.ok(!other.tags.includes(tag), "the other mail is not tagged");
}

test("by mouse", async () => {
  const page = await openPage(browser, stack.url);
  await page.goto("/workflows");
  await page.getByRole("button", { name: "Create workflow" }).click();
  const dialog = page.getByRole("dialog", { name: "Create a workflow" });
  await dialog.getByRole("radio", { name: /^Blank/ }).click();
  await dialog.getByRole("textbox", { name: "Name" }).fill("Glaze to the chemists");
  await dialog.getByRole("button", { name: "Create and edit" }).click();
  await page.getByRole("heading", { level: 1, name: "Glaze to the chemists" }).waitFor();
  const id = idIn(page.url());
  const settings = page.getByRole("complementary", { name: "Settings" });

  await page.getByRole("group", { name: /^Message received, trigger/ }).click();
  await settings.getByRole("button", { name: "Condition", exact: true }).click();
  await settings.getByRole("combobox", { name: "Field" }).fill("message.subject");
  await page.getByRole("option", { name: /^message\.subject/ }).first().click();
  await settings.getByRole("button", { name: /^Operator/ }).click();
  await page.getByRole("option", { name: "contains", exact: true }).click();
  await settings.getByRole("textbox", { name: "Value" }).fill("glaze");
  await settings.getByRole("button", { name: "Add to Value" }).click();

  await page.getByRole("button", { name: /^Add a step after Message received/ }).click();
  await page.getByRole("combobox", { name: "Find a step to add" }).fill("tag");
  await page.getByRole("option", { name: /^Tag\b/ }).click();
  await settings.getByRole("heading", { level: 2, name: "Tag" }).waitFor();
  await settings.getByRole("textbox", { name: "Add", exact: true }).fill("chemistry");
  await settings.getByRole("button", { name: "Add to Add" }).click();
  await page.getByText("Draft saved").waitFor();
  await page.getByText("No problems").first().waitFor();
  await accessible(page);

  await page.getByRole("button", { name: "Publish…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Publish version 1" }).click();
  await page.getByText("Version 1 active").waitFor();
  await page.goto(`/workflows/${id}`);
  await page.getByLabel("Glaze to the chemists: disabled").click();
  await page.getByLabel("Glaze to the chemists: enabled").waitFor();
  await works(id, "glaze", "chemistry");
});

test("by keyboard only", async () => {
  const page = await openPage(browser, stack.url);
  const keys = page.keyboard;
  const focused = (what) => until(`the focus on ${what}`, () => what.evaluate((el) => el === document.activeElement || el.contains(document.activeElement)));
  /** Tab until it has the focus; what Tab does not come to is no use to anybody. */
  const tabTo = async (what, key = "Tab") => {
    for (let i = 0; i < 80; i++) {
      if ((await what.count()) && (await what.first().evaluate((el) => el === document.activeElement))) return;
      await keys.press(key);
    }
    throw new Error(`80 × ${key} did not come to ${what}`);
  };
  await page.goto("/workflows");
  const create = page.getByRole("button", { name: "Create workflow" });
  await create.waitFor();
  await tabTo(create);
  await keys.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Create a workflow" });
  await dialog.getByRole("radio", { name: /^Blank/ }).waitFor();
  await tabTo(dialog.getByRole("textbox", { name: "Name" }));
  await keys.type("Kilns to the fitters");
  await keys.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Kilns to the fitters" }).waitFor();
  const id = idIn(page.url());
  const settings = page.getByRole("complementary", { name: "Settings" });

  const trigger = page.getByRole("group", { name: /Message received, trigger/ });
  await trigger.waitFor();
  await tabTo(trigger);
  await settings.getByRole("heading", { level: 2, name: "Trigger" }).waitFor();
  await keys.press("Enter");
  await tabTo(settings.getByRole("button", { name: "Condition", exact: true }));
  await keys.press("Enter");
  await tabTo(settings.getByRole("combobox", { name: "Field" }));
  await keys.type("message.subject");
  await tabTo(settings.getByRole("button", { name: /^Operator/ }));
  await keys.press("Enter");
  await page.getByRole("option", { name: "contains", exact: true }).waitFor();
  // The list has a filter, which has the focus.
  await keys.type("contains");
  await page.getByRole("option", { name: "is empty", exact: true }).waitFor({ state: "detached" });
  await keys.press("ArrowDown");
  await keys.press("Enter");
  await settings.getByRole("button", { name: /^Operator.*contains/ }).waitFor();
  await tabTo(settings.getByRole("textbox", { name: "Value" }));
  await keys.type("kiln");
  await keys.press("Enter");
  await keys.press("Escape");
  await focused(trigger);

  await keys.press("n");
  await focused(page.getByRole("combobox", { name: "Find a step to add" }));
  await keys.type("conversation.tag");
  await page.getByRole("option", { name: /^Tag\b/ }).waitFor();
  await keys.press("Enter");
  const step = page.getByRole("group", { name: /Tag, Tag/ });
  await focused(step);
  await keys.press("Enter");
  await tabTo(settings.getByRole("textbox", { name: "Add", exact: true }));
  await keys.type("fitters");
  await keys.press("Enter");
  await page.getByText("Draft saved").waitFor();
  await page.getByText("No problems").first().waitFor();
  await keys.press("Control+Shift+P");
  const publish = page.getByRole("dialog").getByRole("button", { name: "Publish version 1" });
  await publish.waitFor();
  await tabTo(publish);
  await keys.press("Enter");
  await page.getByText("Version 1 active").waitFor();
  await page.goto(`/workflows/${id}`);
  const off = page.getByLabel("Kilns to the fitters: disabled");
  await off.waitFor();
  await tabTo(off);
  await keys.press("Space");
  await page.getByLabel("Kilns to the fitters: enabled").waitFor();
  await works(id, "kiln", "fitters");
});

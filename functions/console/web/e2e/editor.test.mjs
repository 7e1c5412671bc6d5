// The pattern “tag by keyword”, built from blank: once by mouse, once by keyboard.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, openBrowser, openPage } from "./browser.mjs";
import { Bench, idIn } from "./bench.mjs";
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
  const name = "Glaze to the chemists";
  const bench = await Bench.blank(browser, stack.url, name);
  await bench.select("trigger");
  await bench.condition("message.subject", "contains", "glaze");
  await bench.add("Message received", "Tag");
  await bench.settings.getByRole("heading", { level: 2, name: "Tag" }).waitFor();
  await bench.token("Add", "chemistry");
  await bench.saved();
  await accessible(bench.page);
  await bench.publish(name);
  await works(bench.id, "glaze", "chemistry");
  await bench.watch(desk, "succeeded");
  await bench.sees("Tag", "Succeeded");
  await bench.lit(1);
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

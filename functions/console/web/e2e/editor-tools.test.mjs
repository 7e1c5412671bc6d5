// What the editor has besides adding steps: notes, previews, tests with results of one's
// own, what a new version would have done, and whatever changes or loads a draft whole.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { accessible, fits, openBrowser, openPage, phone } from "./browser.mjs";
import { Bench } from "./bench.mjs";
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

const sorter = {
  trigger: { type: "message.received", conditions: { all: [{ field: "message.subject", op: "contains", value: "plate" }] } },
  nodes: [
    { id: "guess", type: "ai.classify", name: "What about?", position: { x: 0, y: 160 }, params: { labels: ["glaze", "shape"] } },
    { id: "which", type: "branch", name: "Which?", position: { x: 0, y: 330 }, params: { cases: [{ id: "glaze", name: "Glaze", when: { all: [{ field: "steps.guess.label", op: "is", value: "shape" }] } }] } },
    { id: "note", type: "conversation.note", name: "Note it", position: { x: -160, y: 500 }, params: { body: "About {{steps.guess.label}}" } },
    { id: "tag", type: "conversation.tag", name: "Tag it", position: { x: 160, y: 500 }, params: { add: ["plates"] } },
  ],
  edges: [
    { from: "trigger", to: "guess" },
    { from: "guess", to: "which" },
    { from: "which", output: "glaze", to: "note" },
    { from: "which", output: "otherwise", to: "tag" },
  ],
};
const draftOf = async (id) => (await desk.api("GET", `/v1/workflows/${id}`)).draft.definition;
const holds = (id, what, fits) => until(what, async () => fits(await draftOf(id)));
const make = async (name, definition = sorter) => (await desk.api("POST", "/v1/workflows", { name, definition })).id;

test("previews, rows with their verdicts, one step with a result of one's own, and what a version would have done", async () => {
  const id = await desk.workflow("Plates", sorter);
  await desk.mail({ subject: "A blue plate", text: "Is the glaze safe?" });
  await desk.conversation("A blue plate");
  const bench = await Bench.open(browser, stack.url, id);
  const { page, settings } = bench;
  await page.getByRole("button", { name: /^Sample event/ }).filter({ hasText: "A blue plate" }).waitFor();

  await bench.select("note");
  await bench.type("Note", "{{contact.name}} asks: {{message.subject | upper}}");
  await settings.locator("[data-preview=body]").getByText("Tomas Lind asks: A BLUE PLATE").waitFor();
  // A row about a step's result: asked where the step stands.
  await bench.select("which");
  await settings.getByRole("button", { name: "Try on the sample event" }).click();
  await settings.getByText("Does not hold").first().waitFor();
  await settings.getByText(/it is .*glaze/).first().waitFor();
  await accessible(page);

  await bench.select("guess");
  await settings.getByRole("tab", { name: "Test" }).click();
  await settings.getByRole("button", { name: "Test this step" }).click();
  await settings.getByText("The result is made up.").waitFor();
  await settings.getByRole("textbox", { name: "Result in tests" }).fill('{"label": "shape", "confidence": 0.9}');
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByText("Would succeed after 3 steps").waitFor();
  await page.getByLabel(/^Note it,.* Succeeded/).waitFor();
  await page.getByLabel(/^Tag it,.* Skipped/).waitFor();
  await bench.select("which");
  await settings.getByRole("button", { name: "Try on the sample event" }).click();
  await settings.getByText("Holds").first().waitFor();

  await bench.saved();
  await page.getByRole("button", { name: "Publish…" }).click();
  const dialog = page.getByRole("dialog", { name: /^Publish/ });
  await dialog.getByText("The last event would start it, as with the active version. Nothing else would come of them.").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await bench.select("trigger");
  await settings.getByRole("button", { name: "Take plate away" }).click();
  await bench.token("Value", "saucer");
  await bench.saved();
  await page.getByRole("button", { name: "Publish…" }).click();
  await dialog.getByText("No longer starts").waitFor();
  await accessible(page);
  await page.context().close();
});

test("a note is written, drawn larger, moved by keys, copied, undone and seen in the version", async () => {
  const id = await make("Noted");
  const bench = await Bench.open(browser, stack.url, id);
  const { page, settings } = bench;
  const keys = page.keyboard;
  await bench.select("guess");
  await keys.press("s");
  const text = settings.getByRole("textbox", { name: "Text" });
  await until("the focus in the note's text", () => text.evaluate((el) => el === document.activeElement));
  await keys.type("Mara trained this.");
  const note = page.locator('.react-flow__node[data-id="sticky:note"]');
  await note.getByText("Mara trained this.").waitFor();
  await bench.pick("Colour", "Blue");
  await holds(id, "the note in the draft", (d) => d.stickies?.[0]?.text === "Mara trained this." && d.stickies[0].color === "blue");
  assert.deepEqual((await desk.api("GET", `/v1/workflows/${id}`)).problems.filter((p) => p.path.startsWith("/stickies")), []);
  const { x, y, width } = (await draftOf(id)).stickies[0];

  await note.click();
  await keys.press("Control+ArrowDown");
  await keys.press("Control+ArrowRight");
  await holds(id, "the note where the keys moved it", (d) => d.stickies[0].x === x + 10 && d.stickies[0].y === y + 10);
  const corner = await note.locator(".react-flow__resize-control.handle.bottom.right").boundingBox();
  await bench.drag([corner.x + 3, corner.y + 3], [corner.x + 53, corner.y + 33]);
  await holds(id, "a larger note", (d) => d.stickies[0].width > width);
  await note.dblclick();
  await note.getByRole("textbox", { name: "Text of the note" }).fill("Ask Mara.");
  await page.locator(".react-flow__pane").click({ position: { x: 300, y: 12 } });
  await holds(id, "the new text", (d) => d.stickies[0].text === "Ask Mara.");
  await note.click();
  await keys.press("Control+d");
  await holds(id, "a second note", (d) => d.stickies.length === 2);
  await keys.press("Control+z");
  await holds(id, "one note", (d) => d.stickies.length === 1);
  await accessible(page);

  await desk.publish(id);
  await page.goto(`/workflows/${id}/versions/1`);
  await page.locator(".sticky").getByText("Ask Mara.").waitFor();
  await page.context().close();
});

test("cut, replaced, renamed, a way without a step, a picture", async () => {
  const id = await make("Rebuilt");
  const bench = await Bench.open(browser, stack.url, id, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page, settings } = bench;
  const keys = page.keyboard;
  // Another id: what refers to it follows.
  await bench.select("guess");
  await settings.getByRole("tab", { name: "More" }).click();
  await settings.getByRole("textbox", { name: "Id", exact: true }).fill("topic");
  await keys.press("Tab");
  await holds(id, "the new id everywhere", (d) => d.nodes[0].id === "topic" && d.edges[0].to === "topic" && d.nodes.some((n) => n.params.body === "About {{steps.topic.label}}") && d.nodes[1].params.cases[0].when.all[0].field === "steps.topic.label");
  // Another kind: the text stays, and the way in.
  await bench.select("note");
  await settings.getByRole("tab", { name: "More" }).click();
  await bench.pick("Kind of step", /^Reply/);
  await holds(id, "a reply with the note's text", (d) => d.nodes.some((n) => n.id === "note" && n.type === "message.reply" && n.params.body === "About {{steps.topic.label}}") && d.edges.some((e) => e.to === "note" && e.output === "glaze"));
  // Cut, and put in again after another step, from the text on the clipboard.
  await bench.select("tag");
  await keys.press("Control+x");
  await holds(id, "the tag gone", (d) => d.nodes.every((n) => n.id !== "tag"));
  await bench.select("note");
  await keys.press("Control+v");
  await holds(id, "the tag after the reply", (d) => d.edges.some((e) => e.from === "note" && e.to === "tag"));
  // A connection that is let go over nothing asks for a step, which comes to stand there.
  const canvas = await page.locator(".flow").boundingBox();
  const start = await bench.handle("which", "otherwise").boundingBox();
  const before = new Set(await bench.ids());
  await bench.drag([start.x + 5, start.y + 5], [canvas.x + canvas.width - 130, canvas.y + canvas.height - 130]);
  await page.getByText("Goes after Which?, Otherwise").waitFor();
  await page.getByRole("option", { name: /^End\b/ }).last().click();
  const end = await bench.came(before);
  await holds(id, "the end connected", (d) => d.edges.some((e) => e.from === "which" && e.output === "otherwise" && e.to === end));
  const box = await bench.node(end).boundingBox();
  assert.ok(box.x + box.width > canvas.x + canvas.width - 320, "it stands where the connection was let go");
  // The bin of a connection that the mouse is over.
  await page.locator('.react-flow__edge[data-id^="which otherwise"] .react-flow__edge-interaction').hover({ force: true });
  await page.getByRole("button", { name: "Delete the connection from Which? to End" }).click();
  await holds(id, "the connection gone", (d) => d.edges.every((e) => e.to !== end));

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Download a picture" }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), "rebuilt.png");
  const png = readFileSync(await file.path());
  assert.deepEqual([...png.subarray(1, 4)], [...Buffer.from("PNG")]);
  assert.ok(png.readUInt32BE(16) > 600 && png.length > 8000, "the picture has the flow on it");
  await page.context().close();
});

test("two people at one draft: theirs is loaded, or overwritten; a draft goes back to the version", async () => {
  const id = await desk.workflow("Shared", sorter);
  const bench = await Bench.open(browser, stack.url, id);
  const { page } = bench;
  const theirs = (name) => desk.redraft(id, { ...sorter, nodes: sorter.nodes.map((n) => (n.id === "tag" ? { ...n, name } : n)) });
  await theirs("Theirs");
  await bench.select("note");
  await bench.type("Name", "Mine");
  await page.getByText("Somebody else changed this draft meanwhile").waitFor();
  assert.ok((await draftOf(id)).nodes.every((n) => n.name !== "Mine"), "nothing is written over theirs");
  await accessible(page);
  await page.getByRole("button", { name: "Load theirs…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Load theirs" }).click();
  await bench.node("tag").getByText("Theirs").waitFor();
  await bench.saved();
  assert.ok(!(await bench.steps()).includes("Mine"));

  await theirs("Theirs again");
  await bench.select("note");
  await bench.type("Name", "Mine");
  await page.getByRole("button", { name: "Overwrite with mine" }).click();
  await bench.saved();
  await holds(id, "mine", (d) => d.nodes.some((n) => n.name === "Mine") && d.nodes.every((n) => n.name !== "Theirs again"));

  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Discard changes since the last version" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await holds(id, "the version's", (d) => d.nodes.some((n) => n.name === "Note it") && d.nodes.some((n) => n.name === "Tag it"));
  await bench.select("guess");
  await page.keyboard.press("Control+z");
  await holds(id, "mine again", (d) => d.nodes.some((n) => n.name === "Mine"));
  await page.context().close();
});

test("forms of every sort write what the API takes", async () => {
  const id = await make("Forms", { trigger: { type: "manual" }, nodes: [], edges: [] });
  const bench = await Bench.open(browser, stack.url, id);
  const { page, settings } = bench;
  await bench.select("trigger");
  await bench.pick("Starts when", /^Schedule/);
  await bench.type("Schedule", "rate(1 day)");
  await bench.suggest("Time zone", "Europe/Vienna");
  await bench.pick("For each", /ticket/i);
  await bench.condition("ticket.openedAt", "is outside hours");
  await settings.getByRole("checkbox", { name: "The desk’s hours" }).uncheck();
  await bench.type("Opens", "08:30");

  const set = await bench.add("Schedule", "Set variables");
  await settings.getByRole("button", { name: "Add a row" }).click();
  await bench.type("Name 1", "limit");
  await bench.type("Value of limit", "3");
  await settings.getByRole("button", { name: "Take limit as a number or JSON" }).click();
  const call = await bench.add("Set variables", "HTTP request");
  await bench.pick("Method", "POST");
  await bench.type("URL", "https://kilns.example/{{ticket.id}}");
  await settings.getByRole("button", { name: "Add a row" }).click();
  await bench.type("Name 1", "X-Kiln");
  await bench.type("Value of X-Kiln", "{{vars.limit}}");
  await bench.type("Body", '{"of": "{{ticket.subject}}"}');
  await settings.getByRole("tab", { name: "On error" }).click();
  await bench.type("Try at most", "4");
  await bench.type("Wait before the second try", "20");
  await bench.pick("Unit of Wait before the second try", "seconds");
  await bench.type("Give up after", "15");
  await bench.pick("Unit of Give up after", "seconds");
  const ask = await bench.add("HTTP request", "Approval");
  await settings.getByRole("button", { name: "Add approvers" }).click();
  await bench.pick("Approvers 1: who", "E-mail address");
  await bench.type("Approvers 1", "rosa@lanternworks.test");
  await bench.type("Subject", "May we?");
  await settings.getByRole("button", { name: "Ask somebody else when nobody decides" }).click();
  await bench.suggest("Escalate to", "support");
  await bench.type("Escalate after", "6");
  await bench.token("Reminders", "3h");
  await bench.type("Approvals needed", "1");
  await settings.getByText("May approve their own").first().waitFor();
  await accessible(page);
  await bench.saved();
  const d = await draftOf(id);
  assert.deepEqual(d.trigger, {
    type: "schedule",
    params: { schedule: "rate(1 day)", timezone: "Europe/Vienna", each: "ticket" },
    conditions: { all: [{ field: "ticket.openedAt", op: "outside_hours", value: { timezone: d.trigger.conditions.all[0].value.timezone, days: ["mon", "tue", "wed", "thu", "fri"], from: "08:30", to: "17:00" } }] },
  });
  const of = (x) => d.nodes.find((n) => n.id === x);
  assert.deepEqual(of(set).params, { values: { limit: 3 } });
  assert.deepEqual(of(call).params, { method: "POST", url: "https://kilns.example/{{ticket.id}}", headers: { "X-Kiln": "{{vars.limit}}" }, body: { of: "{{ticket.subject}}" } });
  assert.deepEqual([of(call).retry, of(call).timeout], [{ maxAttempts: 4, interval: "20s" }, "15s"]);
  assert.deepEqual(of(ask).params, { approvers: [{ email: "rosa@lanternworks.test" }], subject: "May we?", timeout: "24h", escalateTo: { to: { managerOf: "support" }, after: "6h" }, reminders: ["3h"], quorum: 1 });
  // What is left to do is said in words, each with its step.
  await page.getByRole("button", { name: /^3 errors/ }).click();
  const problems = settings.getByRole("listitem");
  await problems.filter({ hasText: "no edge at its output rejected" }).waitFor();
  assert.ok(!/\{"/.test((await problems.allInnerTexts()).join(" ")), "problems quote no JSON");
  await page.context().close();
});

test("to look at: a viewer changes nothing; a phone has all of it", async () => {
  const id = await make("Only seen");
  const page = await openPage(browser, stack.url);
  // The same page with the role of a viewer, as /v1/me would tell it.
  await page.route("**/v1/me", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), role: "viewer" } });
  });
  const writes = [];
  page.on("request", (r) => r.method() !== "GET" && !r.url().endsWith("/test") && writes.push(`${r.method()} ${r.url()}`));
  await page.goto(`/workflows/${id}/edit`);
  const bench = await new Bench(page).ready();
  await page.getByText("Only to look at").waitFor();
  assert.equal(await page.getByRole("button", { name: "Publish…" }).count(), 0);
  assert.equal(await page.getByRole("combobox", { name: "Find a step to add" }).count(), 0);
  await bench.select("tag");
  assert.ok(await bench.settings.getByRole("textbox", { name: "Name", exact: true }).isDisabled());
  const before = await bench.ids();
  for (const key of ["Delete", "n", "s", "d", "Control+d", "Control+x", "Shift+A", "Control+Shift+P"]) await page.keyboard.press(key);
  assert.deepEqual(await bench.ids(), before);
  await page.getByRole("button", { name: "JSON" }).click();
  assert.ok(await page.getByRole("textbox", { name: "Definition as JSON" }).evaluate((el) => el.readOnly));
  await accessible(page);
  assert.deepEqual(writes, []);
  await page.context().close();

  const small = await Bench.open(browser, stack.url, id, { viewport: phone, colorScheme: "dark" });
  await fits(small.page);
  await small.page.getByRole("button", { name: "Add a step", exact: true }).click();
  await small.page.getByRole("combobox", { name: "Find a step to add" }).fill("notify");
  await small.page.getByRole("option", { name: /^Notify/ }).first().click();
  await small.settings.getByRole("heading", { level: 2, name: "Notify" }).waitFor();
  await fits(small.page);
  await accessible(small.page);
  await small.page.context().close();
});

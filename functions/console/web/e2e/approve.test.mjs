// The page behind the link of an approval mail, on a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, fits, openBrowser, openPage, phone } from "./browser.mjs";
import { Desk, people } from "./desk.mjs";
import { startStack } from "./stack.mjs";

let stack, desk, browser, workflow;

before(async () => {
  stack = await startStack();
  desk = await new Desk(stack).open();
  workflow = await desk.workflow("Kiln answers", {
    trigger: { type: "message.received" },
    nodes: [
      { id: "ok", type: "approval", name: "May we say so?", params: { approvers: [{ email: people.approver }], subject: "Answer to {{message.subject}}", draft: "The kiln ships on Tuesday.", timeout: "24h" } },
      { id: "send", type: "message.reply", params: { body: "{{steps.ok.text}}" } },
      { id: "no", type: "conversation.tag", params: { add: ["refused"] } },
    ],
    edges: [
      { from: "trigger", to: "ok" },
      { from: "ok", output: "approved", to: "send" },
      { from: "ok", output: "rejected", to: "no" },
      { from: "ok", output: "timed_out", to: "no" },
    ],
  });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** A customer asks; the link that the approver is sent. */
async function link(subject) {
  await desk.mail({ subject, text: "When does it ship?" });
  const mail = await desk.sent(people.approver, subject);
  const url = /http:\S+\/a\/[\w-]+/.exec(mail.text)?.[0];
  assert.ok(url, "the mail has a link: " + mail.text);
  return url;
}

const status = async (subject) => (await desk.api("GET", "/v1/approvals")).items.find((a) => a.subject.includes(subject))?.status;

test("read, edited and approved without script", async () => {
  const url = await link("Kiln 41");
  // What the page does must work where scripts are off.
  const page = await openPage(browser, stack.url, { viewport: phone, javaScriptEnabled: false });
  for (let i = 0; i < 2; i++) {
    assert.equal((await page.goto(url)).status(), 200);
    await page.getByRole("heading", { level: 1 }).waitFor();
  }
  assert.equal(await status("Kiln 41"), "pending", "to look at it decides nothing");
  await page.getByText("When does it ship?").waitFor();

  // The browser itself asks for a choice first.
  await page.getByRole("button", { name: "Send the decision" }).click();
  assert.ok(await page.getByRole("radio", { name: /^Approve/ }).evaluate((radio) => radio.matches(":invalid")));
  assert.equal(await status("Kiln 41"), "pending");

  const draft = page.getByRole("textbox", { name: "The draft, which you may change" });
  assert.equal(await draft.inputValue(), "The kiln ships on Tuesday.");
  await draft.fill("The kiln ships on Thursday,\nby van.");
  await page.getByRole("radio", { name: /^Approve/ }).check();
  await page.getByRole("textbox", { name: /^Comment/ }).fill("Tuesday is a holiday");
  await page.getByRole("button", { name: "Send the decision" }).click();
  await page.getByRole("status").waitFor();
  assert.match(await page.getByRole("heading", { level: 1 }).innerText(), /you chose to approve/i);
  await page.getByText("The text as you changed it").waitFor();
  await page.getByText("The kiln ships on Thursday,").waitFor();

  const again = await page.goto(url);
  assert.equal(again.status(), 409);
  assert.match(await page.getByRole("main").innerText(), new RegExp(`already.*${people.approver}`, "is"));
  assert.equal(await page.getByRole("button").count(), 0);
  await page.context().close();

  assert.match((await desk.sent(people.customer, "Kiln 41")).text, /ships on Thursday/);
  await desk.run(workflow, "succeeded");
});

test("nothing chosen is said, and what was written is kept", async () => {
  const url = await link("Kiln 52");
  const page = await openPage(browser, stack.url, { viewport: phone });
  await page.goto(url);
  await page.getByRole("textbox", { name: "The draft, which you may change" }).fill("Not before June.");
  // A browser that does not know `required` sends the form as it is.
  await page.locator("form").evaluate((form) => (form.noValidate = true));
  const answered = page.waitForResponse((r) => r.request().method() === "POST");
  await page.getByRole("button", { name: "Send the decision" }).click();
  assert.equal((await answered).status(), 422);
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "The draft, which you may change" }).inputValue(), "Not before June.");
  assert.equal(await status("Kiln 52"), "pending");
  await accessible(page);
  await fits(page);
  await page.context().close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`accessible and not wider than a phone, ${colorScheme}`, async () => {
    const subject = `Kiln in ${colorScheme}`;
    const url = await link(subject);
    const page = await openPage(browser, stack.url, { viewport: phone, colorScheme });
    const look = async () => {
      await accessible(page);
      await fits(page);
    };
    await page.goto(url);
    await look();
    await page.getByRole("radio", { name: "Reject" }).check();
    await page.getByRole("button", { name: "Send the decision" }).click();
    await page.getByRole("status").waitFor();
    assert.match(await page.getByRole("heading", { level: 1 }).innerText(), /you chose to reject/i);
    await look();
    await page.goto(url);
    await page.getByRole("status").waitFor();
    await look();
    await page.context().close();
    await desk.conversation(subject, (c) => c.tags.includes("refused"));
  });
}

test("a link that nobody was sent", async () => {
  const page = await openPage(browser, stack.url, { viewport: phone });
  assert.equal((await page.goto("/a/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).status(), 404);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await accessible(page);
  await page.context().close();
});

// Four of the five patterns, each built from blank by mouse, published, set off as in life
// and watched to its end on the graph of its run. (The fifth, “tag by keyword”, is in
// editor.test.mjs, by mouse and by keyboard.)
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, openPage } from "./browser.mjs";
import { Bench } from "./bench.mjs";
import { Desk, people } from "./desk.mjs";
import { startStack } from "./stack.mjs";

const manager = "greta@lanternworks.test";
let stack, desk, browser;

before(async () => {
  stack = await startStack();
  desk = await new Desk(stack).open();
  await desk.api("PUT", "/v1/inboxes/trade", { name: "Trade", address: "trade@lanternworks.test" });
  await desk.api("PUT", "/v1/groups/trade", { name: "Trade desk", members: ["ivo@lanternworks.test"], manager });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** Switched off again, so that the next test's mail is its own. */
const done = async (bench) => {
  await desk.api("POST", `/v1/workflows/${bench.id}/disable`);
  await bench.page.context().close();
};

test("route by sender domain to an inbox and a group", async () => {
  const name = "Dealers to the trade desk";
  const bench = await Bench.blank(browser, stack.url, name);
  // Dragged onto the empty canvas, named, and connected by hand.
  const branch = await bench.drop("Branch", { across: 0.45, down: 0.55 });
  await bench.connect("trigger", "next", branch);
  await bench.select(branch);
  await bench.type("Name", "Whose domain?");
  await bench.type("Name of case 1", "A dealer");
  await bench.condition("message.fromDomain", "is", "tilebank.example");
  await bench.add("Whose domain?", "Assign", "A dealer");
  await bench.type("Name", "To trade");
  await bench.suggest("Inbox", "trade");
  await bench.suggest("Group", "trade");
  await bench.add("Whose domain?", "Assign", "Otherwise");
  await bench.type("Name", "To support");
  await bench.suggest("Group", "support");
  await bench.publish(name);

  await desk.mail({ from: "orders@tilebank.example", name: "Tile Bank", subject: "Forty crates", text: "When?" });
  const dealer = await desk.conversation("Forty crates", (c) => c.group === "trade");
  assert.equal(dealer.inbox, "trade");
  await bench.watch(desk, "succeeded");
  await bench.sees("Whose domain?", "Succeeded");
  await bench.sees("To trade", "Succeeded");
  await bench.sees("To support", "Skipped");
  await bench.lit(2);

  await desk.mail({ subject: "One mug", text: "When?" });
  const other = await desk.conversation("One mug", (c) => c.group === "support");
  assert.equal(other.inbox, "support");
  await done(bench);
});

test("AI reply, approved from the mail, rejected from the mail, not decided in time", async () => {
  const name = "Answers on approval";
  const bench = await Bench.blank(browser, stack.url, name);
  await bench.add("Message received", "AI reply");
  await bench.type("Name", "Draft");
  await bench.type("Instructions", "Answer briefly. ");
  await bench.insert("Instructions", "message.subject");
  const ask = await bench.add("Draft", "Approval");
  await bench.type("Name", "Ask Rosa");
  await bench.settings.getByRole("button", { name: "Add approvers" }).click();
  await bench.suggest("Approvers 1", "support");
  await bench.type("Subject", "Answer to: ");
  await bench.insert("Subject", "message.subject");
  await bench.insert("Draft", "steps.reply.text");
  await bench.type("Time to decide", "2");
  await bench.pick("Unit of Time to decide", "days");
  const send = await bench.add("Ask Rosa", "Reply", "Approved");
  await bench.type("Name", "Send it");
  await bench.insert("Text", `steps.${ask}.text`);
  const tag = await bench.add("Ask Rosa", "Tag", "Rejected");
  await bench.type("Name", "By hand");
  await bench.token("Add", "by-hand");
  const tell = await bench.add("Ask Rosa", "Notify", "Timed out");
  await bench.type("Name", "Tell the manager");
  await bench.pick("Whom: who", "Manager of group");
  await bench.suggest("Whom", "trade");
  await bench.type("Subject", "Nobody decided");
  await bench.type("Text", "The customer still waits.");
  // Both ways without a decision end with the same tag.
  await bench.connect(tell, "next", tag);
  const { definition } = (await bench.saved(), await desk.api("GET", `/v1/workflows/${bench.id}`)).draft;
  assert.deepEqual(
    definition.edges.map((e) => [e.from, e.output ?? "next", e.to]).sort(),
    [["trigger", "next", "reply"], ["reply", "next", ask], [ask, "approved", send], [ask, "rejected", tag], [ask, "timed_out", tell], [tell, "next", tag]].sort(),
  );
  await bench.publish(name, "First try");

  const link = async (subject) => /http:\S+\/a\/[\w-]+/.exec((await desk.sent(people.approver, subject)).text)[0];
  const decide = async (subject, choice, text) => {
    const page = await openPage(browser, stack.url);
    await page.goto(await link(subject));
    if (text) await page.getByRole("textbox", { name: /^The draft/ }).fill(text);
    await page.getByRole("radio", { name: choice }).check();
    await page.getByRole("button", { name: "Send the decision" }).click();
    await page.getByRole("heading", { level: 1, name: /you chose/i }).waitFor();
    await page.context().close();
  };

  await desk.mail({ subject: "Glaze colours", text: "Is there a blue one?" });
  await bench.watch(desk, "waiting");
  await bench.sees("Ask Rosa", "Waiting");
  // The page of the run stays open: it is live.
  await decide("Glaze colours", /^Approve/, "There is a blue one, and a green one.");
  await bench.sees("Send it", "Succeeded");
  await bench.sees("By hand", "Skipped");
  await bench.sees("Tell the manager", "Skipped");
  await bench.lit(3);
  assert.match((await desk.sent(people.customer, "Glaze colours")).text, /a blue one, and a green one/);

  await desk.mail({ subject: "Handles", text: "Do they come off?" });
  await bench.watch(desk, "waiting");
  await decide("Handles", /^Reject/);
  await bench.sees("By hand", "Succeeded");
  await bench.sees("Send it", "Skipped");
  await bench.lit(3);
  await desk.conversation("Handles", (c) => c.tags.includes("by-hand"));

  await desk.mail({ subject: "Saucers", text: "Sold alone?" });
  await bench.watch(desk, "waiting");
  await bench.sees("Ask Rosa", "Waiting");
  await desk.api("POST", "/local/time", { advance: "49h" });
  await bench.sees("Tell the manager", "Succeeded");
  await bench.sees("By hand", "Succeeded");
  await bench.lit(4);
  assert.match((await desk.sent(manager, "Nobody decided")).text, /still waits/);
  await done(bench);
});

test("a ticket that is open for a day goes to the manager", async () => {
  const name = "A day without an answer";
  const bench = await Bench.blank(browser, stack.url, name);
  await bench.select("trigger");
  await bench.pick("Starts when", /^Ticket status changed/);
  await bench.condition("ticket.status", "is", "open");
  await bench.add("Ticket status changed", "Wait");
  await bench.type("Name", "A day");
  await bench.type("For", "24");
  await bench.settings.getByRole("button", { name: "Stop waiting when…" }).click();
  await bench.pick("Event 1", /^Ticket status changed/);
  await bench.condition("ticket.status", "is one of", "solved, closed");
  await bench.add("A day", "Notify", "Elapsed");
  await bench.type("Name", "Tell Greta");
  await bench.pick("Whom: who", "Manager of group");
  await bench.suggest("Whom", "trade");
  await bench.type("Subject", "Open for a day: ");
  await bench.insert("Subject", "ticket.subject");
  await bench.type("Text", "Please look.");
  await bench.publish(name);

  await desk.api("POST", "/v1/tickets", { subject: "Chipped crate", contactEmail: people.customer });
  await bench.watch(desk, "paused");
  await bench.sees("A day", "Paused");
  await desk.api("POST", "/local/time", { advance: "25h" });
  await bench.sees("Tell Greta", "Succeeded");
  await bench.lit(2);
  assert.match((await desk.sent(manager, "Open for a day: Chipped crate")).text, /Please look/);

  // One that is solved in time troubles nobody.
  const { id } = await desk.api("POST", "/v1/tickets", { subject: "Wrong lid", contactEmail: people.customer });
  await bench.watch(desk, "paused");
  await desk.api("PATCH", `/v1/tickets/${id}`, { status: "solved" });
  await bench.sees("A day", "Succeeded");
  await bench.sees("Tell Greta", "Skipped");
  const mails = await desk.api("GET", `/local/mail?to=${manager}`);
  assert.equal(mails.filter((m) => m.subject.includes("Wrong lid")).length, 0);
  await done(bench);
});

test("a new contact is welcomed", async () => {
  const name = "Hello from the workshop";
  const bench = await Bench.blank(browser, stack.url, name);
  await bench.select("trigger");
  await bench.pick("Starts when", /^Contact created/);
  await bench.condition("contact.email", "is not empty");
  await bench.add("Contact created", "Send mail");
  await bench.type("Name", "Welcome");
  await bench.token("To", "{{contact.email}}");
  await bench.type("Subject", "Welcome, ");
  await bench.insert("Subject", "contact.name");
  await bench.type("Text", "**Hello**, good that you wrote.");
  await bench.publish(name);

  await desk.mail({ from: "nora@saltmarsh.example", name: "Nora Venn", subject: "A first question", text: "Are you open?" });
  const mail = await desk.sent("nora@saltmarsh.example", "Welcome, Nora Venn");
  assert.match(mail.html, /<strong>Hello<\/strong>/);
  await bench.watch(desk, "succeeded");
  await bench.sees("Welcome", "Succeeded");
  await bench.lit(1);
  // Whoever writes again is no new contact.
  await desk.mail({ from: "nora@saltmarsh.example", name: "Nora Venn", subject: "A second question", text: "And on Sunday?" });
  await desk.conversation("A second question");
  const { items } = await desk.api("GET", `/v1/workflows/${bench.id}/runs`);
  assert.equal(items.length, 1);
  await done(bench);
});

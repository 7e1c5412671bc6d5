// Fills the demo desk of a running local stack, so that every page has something of every
// kind to show: runs in all six states, requests open, decided, timed out and withdrawn, a
// thread with HTML and an attachment, mail that could not be processed, several versions, a
// webhook, a workflow that nobody has published. It moves the stack's clock on. For a stack
// that is thrown away; `npm run look` then looks at it.
//
//   npm run fill -- http://127.0.0.1:8080 2525
import { Desk, send, until } from "../e2e/desk.mjs";

const [url = "http://127.0.0.1:8080", smtp = "2525"] = process.argv.slice(2);
const desk = new Desk({ url, smtpPort: Number(smtp) });
const customer = "ines@tidewater.example";
let letters = 0;

async function mail({ from = customer, name = "Ines Ferreira", to = "support@demo.test", subject, text, html, file, head = [] }) {
  const id = `fill.${Date.now()}.${++letters}@tidewater.example`;
  const lines = [`From: ${name} <${from}>`, `To: ${to}`, `Subject: ${subject}`, `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`, `Message-ID: <${id}>`, ...head, "MIME-Version: 1.0"];
  if (!html && !file) lines.push("Content-Type: text/plain; charset=utf-8", "", ...text.split("\n"));
  else {
    lines.push('Content-Type: multipart/mixed; boundary="m"', "", "--m", 'Content-Type: multipart/alternative; boundary="a"', "", "--a", "Content-Type: text/plain; charset=utf-8", "", ...text.split("\n"));
    if (html) lines.push("--a", "Content-Type: text/html; charset=utf-8", "", html);
    lines.push("--a--");
    if (file) lines.push("--m", `Content-Type: ${file.type}; name="${file.name}"`, `Content-Disposition: attachment; filename="${file.name}"`, "Content-Transfer-Encoding: base64", "", ...Buffer.from(file.body).toString("base64").match(/.{1,76}/g));
    lines.push("--m--");
  }
  await send(Number(smtp), from, to, lines);
  return id;
}
const advance = (by) => desk.api("POST", "/local/time", { advance: by });
const workflows = (await desk.api("GET", "/v1/workflows?limit=100")).items;
const byName = (part) => workflows.find((w) => w.name.includes(part)) ?? fail(`the demo desk has no workflow “${part}”`);
function fail(words) {
  throw new Error(words);
}
const request = (subject, status) => until(`a request about “${subject}”`, async () => (await desk.api("GET", "/v1/approvals?limit=100")).items.find((a) => a.subject.includes(subject) && (!status || a.status === status)));
const reply = byName("AI reply");
const replies = async () => (await desk.api("GET", `/v1/workflows/${reply.id}/runs?limit=100`)).items;

// Some days ago: a request that nobody answered.
await mail({ subject: "Refund for the blue vase", text: "The vase came broken. I would like a refund, please.", name: "Olaf", from: "olaf@northquay.example" });
await until("the request", async () => (await replies()).some((r) => r.status === "waiting"));
await advance("72h");

// A thread with formatted text and an attachment, decided with changes.
const first = await mail({
  subject: "Can I get my money back for order 1234? It arrived broken and I have written twice already",
  text: "Hello,\n\nmy order 1234 arrived broken. Can I get a refund, please?\n\nRegards\nInes",
  html: '<p>Hello,</p><p>my <b>order 1234</b> arrived broken. Can I get a <a href="https://tidewater.example/terms">refund</a>, please?</p><ul><li>one vase</li><li>two plates</li></ul><p>Regards<br>Ines</p>',
  file: { name: "photo of the broken vase, as it arrived on Monday.txt", type: "text/plain", body: "not really a photo\n".repeat(80) },
});
const one = await until("its request", async () => (await desk.api("GET", "/v1/approvals?status=pending")).items[0]);
await desk.api("POST", `/v1/approvals/${one.id}/decision`, { decision: "approve", text: "Hello Ines,\n\nof course: the refund is on its way and will be with you by Friday.\n\nKind regards\nThe support team", comment: "Be quick with this one." });
await until("the answer", async () => (await desk.api("GET", `/local/mail?to=${customer}`)).length > 0);
await mail({ subject: "Re: Can I get my money back for order 1234?", head: [`In-Reply-To: <${first}>`, `References: <${first}>`], text: "Thank you! And the two plates?" });

// Rejected, withdrawn because the run was stopped, and open ones.
await mail({ subject: "Refund, third reminder", from: "jo@farfield.example", name: "Jo", text: "A refund at once!" });
const two = await until("the second request", async () => (await desk.api("GET", "/v1/approvals?status=pending")).items.find((a) => a.subject.includes("Jo")));
await desk.api("POST", `/v1/approvals/${two.id}/decision`, { decision: "reject", comment: "They have had it already." });
await mail({ subject: "Money back", from: "sam@farfield.example", name: "Sam", text: "Please refund me." });
const three = await until("the third request", async () => (await desk.api("GET", "/v1/approvals?status=pending")).items.find((a) => a.subject.includes("Sam")));
await desk.api("POST", `/v1/runs/${three.runId}/stop`);
for (const name of ["Ravi", "Noor"]) await mail({ subject: `Refund for ${name}`, from: `${name.toLowerCase()}@farfield.example`, name, text: "Hi, could I have a refund for my last order?" });

// Automatic mail, mail without an inbox, suspicious mail.
await mail({ subject: "Out of office", from: "olaf@northquay.example", name: "Olaf", head: ["Auto-Submitted: auto-replied"], text: "I am away until Monday." });
await mail({ subject: "Winner", from: "prize@luck.example", name: "Prize", head: ["X-Local-Verdicts: spam=FAIL dmarc=FAIL"], text: "You have won." });

// A run that waits for a day, a ticket for each state.
for (const [subject, status] of [["Kiln does not heat", "open"], ["Invoice with the wrong address", "pending"], ["Lost parcel", "solved"]]) {
  const t = await desk.api("POST", "/v1/tickets", { subject, group: "billing", contactEmail: customer, priority: status === "open" ? "urgent" : "normal" });
  if (status !== "open") await desk.api("PATCH", `/v1/tickets/${t.id}`, { status });
}

// One that fails after several attempts, with an error way that is not taken.
const broken = await desk.workflow("Tell the warehouse about every order that came back, with the customer’s own words and the photo", {
  trigger: { type: "webhook", conditions: { all: [{ field: "detail.order", op: "is_not_empty" }] } },
  nodes: [
    { id: "look", type: "branch", name: "Large order?", params: { cases: [{ id: "large", name: "Over 100", when: { field: "detail.total", op: "gt", value: 100 } }] } },
    { id: "call", type: "http.request", name: "Ask the warehouse", retry: { maxAttempts: 2, interval: "1s", backoff: 1 }, params: { method: "POST", url: "http://127.0.0.1:9/orders", body: "{{detail.order}}" } },
    { id: "note", type: "set", name: "Remember", params: { values: { small: "yes" } } },
  ],
  edges: [
    { from: "trigger", to: "look" },
    { from: "look", output: "large", to: "call" },
    { from: "look", output: "otherwise", to: "note" },
  ],
});
const { path } = await desk.api("POST", `/v1/workflows/${broken}/hook`);
await desk.api("POST", path, { order: "A-17", total: 250, customer: { name: "Ines" } });
await desk.api("POST", path, { order: "A-18", total: 20 });
await desk.api("POST", path, { note: "not an order" });

// Three versions, and a draft that goes on from them.
const { draft } = await desk.api("GET", `/v1/workflows/${reply.id}`);
const d = structuredClone(draft.definition);
const ask = d.nodes.find((n) => n.type === "approval");
Object.assign(ask.params, { timeout: "24h", reminders: ["4h"] });
ask.name = "Ask the team";
const sendNode = d.nodes.find((n) => n.type === "message.reply");
d.nodes.push({ id: "thanked", type: "conversation.tag", name: "Mark as answered", params: { add: ["answered"] } });
d.edges.push({ from: sendNode.id, to: "thanked" });
await desk.redraft(reply.id, d);
await desk.publish(reply.id, "One day to decide; answered mail is marked");
await desk.api("POST", "/v1/workflows", { name: "Half a thought", description: "Nobody has published this.", definition: { trigger: { type: "conversation.tagged" }, nodes: [{ id: "say", type: "message.reply", params: { body: "" } }], edges: [] } });
const nobodys = byName("Welcome");
await desk.api("POST", `/v1/workflows/${nobodys.id}/disable`);
await mail({ subject: "Hello", from: "new@farfield.example", name: "New Person", text: "Do you have blue vases?" });

// A contact with a long thread.
for (let i = 0; i < 6; i++) await mail({ subject: "Re: Can I get my money back for order 1234?", head: [`In-Reply-To: <${first}>`], text: `Another question, number ${i + 1}.` });
// What cannot be processed: the raw mail has gone missing meanwhile.
await send(Number(smtp), "ghost@farfield.example", "nobody@demo.test", ["From: ghost@farfield.example", "To: nobody@demo.test", "Subject: To an inbox that is not there", "", "Hello?"]).catch((e) => console.log("not taken in:", e.message));
await until("the failed run", async () => (await desk.api("GET", "/v1/runs?status=failed")).items.length > 0);
await request("Noor", "pending");
console.log("filled");

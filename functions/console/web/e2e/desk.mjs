// What stands around the browser: the desk's own set-up by REST, customers who write by
// SMTP, the mailboxes of those who get mail. Nothing here drives a page.
import { createConnection } from "node:net";

export const people = { customer: "tomas@brightkiln.example", approver: "rosa@lanternworks.test", inbox: "help@lanternworks.test" };

/** How long anything may take on a machine that is busy with other things (E2E_PATIENCE, in seconds). */
export const patience = Number(process.env.E2E_PATIENCE ?? 60) * 1000;

/** Asks until the answer is one; `what` says what was waited for in vain. */
export async function until(what, ask) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${patience / 1000} s in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

export class Desk {
  constructor({ url, smtpPort }) {
    this.url = url;
    this.smtpPort = smtpPort;
  }

  async api(method, path, body, headers = {}) {
    const answer = await fetch(this.url + path, { method, headers: { "content-type": "application/json", ...headers }, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  /** One inbox and one group with one member, who also approves. */
  async open() {
    await this.api("PUT", "/v1/inboxes/support", { name: "Help", address: people.inbox });
    await this.api("PUT", "/v1/groups/support", { name: "Support", members: [people.approver], manager: people.approver });
    return this;
  }

  /** A workflow that is published and on, made by REST. */
  async workflow(name, definition) {
    const w = await this.api("POST", "/v1/workflows", { name, definition });
    await this.publish(w.id);
    await this.api("POST", `/v1/workflows/${w.id}/enable`);
    return w.id;
  }

  async publish(id, note) {
    const { draft } = await this.api("GET", `/v1/workflows/${id}`);
    return this.api("POST", `/v1/workflows/${id}/publish`, { note }, { "if-match": `"${draft.revision}"` });
  }

  async redraft(id, definition) {
    const { draft } = await this.api("GET", `/v1/workflows/${id}`);
    return this.api("PUT", `/v1/workflows/${id}/draft`, { definition }, { "if-match": `"${draft.revision}"` });
  }

  /** A customer writes: by SMTP, as mail comes in. */
  async mail({ from = people.customer, name = "Tomas Lind", subject, text }) {
    const id = `${Date.now()}.${Math.random().toString(36).slice(2)}@brightkiln.example`;
    const lines = [`From: ${name} <${from}>`, `To: ${people.inbox}`, `Subject: ${subject}`, `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`, `Message-ID: <${id}>`, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", ...text.split("\n")];
    await send(this.smtpPort, from, people.inbox, lines);
  }

  /** The first mail to somebody that the desk has sent, once it is there. */
  sent(to, subject = "") {
    return until(`a mail to ${to}`, async () => (await this.api("GET", `/local/mail?to=${encodeURIComponent(to)}`)).find((m) => m.subject.includes(subject)));
  }

  /** The conversation with this subject, once it is there and as `fits` wants it. */
  conversation(subject, fits = () => true) {
    return until(`the conversation “${subject}”`, async () => (await this.api("GET", "/v1/conversations?limit=100")).items.find((c) => c.subject === subject && fits(c)));
  }

  /** The newest run of a workflow, once it is in one of these states. */
  run(workflow, ...states) {
    return until(`a run that is ${states.join(" or ")}`, async () => (await this.api("GET", `/v1/workflows/${workflow}/runs`)).items.find((r) => states.includes(r.status)));
  }
}

/** RFC 5321, as much as one mail takes: each command waits for its answer. */
export function send(port, from, to, lines) {
  const body = lines.map((l) => (l.startsWith(".") ? "." + l : l)).join("\r\n");
  const steps = ["EHLO brightkiln.example", `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, "DATA", body + "\r\n.", "QUIT"];
  return new Promise((done, fail) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    let answer = "";
    socket.setEncoding("utf8");
    socket.setTimeout(patience, () => socket.destroy(new Error("SMTP: no answer")));
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("SMTP: closed early: " + answer)));
    socket.on("data", (chunk) => {
      answer += chunk;
      const last = /^(\d)\d\d .*\r\n$/m.exec(answer);
      if (!last || !answer.endsWith("\r\n")) return;
      if (last[1] > "3") return socket.destroy(new Error("SMTP: " + answer));
      answer = "";
      const next = steps.shift();
      if (next === undefined) {
        done();
        socket.end();
      } else socket.write(next + "\r\n");
    });
  });
}

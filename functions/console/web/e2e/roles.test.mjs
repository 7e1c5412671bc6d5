// Signing in at the issuer, and what each role gets to see: what is not allowed is not
// offered. The API refuses it as well, which its own tests show.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, openBrowser, openPage } from "./browser.mjs";
import { Desk, people } from "./desk.mjs";
import { startStack } from "./stack.mjs";

let stack, desk, browser, workflow, run;

before(async () => {
  stack = await startStack({ auth: true });
  const { token } = await (await fetch(`${stack.url}/local/token?role=admin`)).json();
  desk = new Desk(stack);
  const plain = desk.api.bind(desk);
  desk.api = (method, path, body, headers = {}) => plain(method, path, body, { authorization: `Bearer ${token}`, ...headers });
  await desk.open();
  workflow = await desk.workflow("Glaze recipes", {
    trigger: { type: "manual" },
    nodes: [
      { id: "ok", type: "approval", params: { approvers: [{ email: people.approver }], subject: "Give away the recipe?", timeout: "24h" } },
      { id: "done", type: "set", params: { values: { x: "1" } } },
    ],
    edges: [{ from: "trigger", to: "ok" }, ...["approved", "rejected", "timed_out"].map((output) => ({ from: "ok", output, to: "done" }))],
  });
  await desk.api("POST", `/v1/workflows/${workflow}/runs`, {});
  run = (await desk.run(workflow, "waiting")).id;
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** Somebody arrives at a page, is led to the issuer, signs in and comes back to that page. */
async function signIn(role, path, email = `${role}@lanternworks.test`) {
  const page = await openPage(browser, stack.url);
  await page.goto(path);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Role").selectOption(role);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname === path);
  await page.getByRole("main").getByRole("heading", { level: 1 }).waitFor();
  return page;
}

/** Whether something is offered on a page that is there whole. */
const offered = (page, name) => page.getByRole("main").getByRole("button", { name }).or(page.getByRole("main").getByRole("link", { name })).count();

for (const [role, sees] of Object.entries({
  viewer: { create: 0, stop: 0, decide: 0, group: 0, automation: 0 },
  approver: { create: 0, stop: 0, decide: 1, group: 0, automation: 0 },
  editor: { create: 1, stop: 1, decide: 1, group: 0, automation: 0 },
  admin: { create: 1, stop: 1, decide: 1, group: 1, automation: 1 },
})) {
  test(`${role}: signs in, and is offered what the role may do`, async () => {
    // The approver who was asked, in the role: who is not asked may not decide.
    const page = await signIn(role, "/workflows", people.approver);
    const main = page.getByRole("main");
    const at = async (path) => {
      // Within the page, since a reload goes by the issuer.
      await page.evaluate((to) => {
        history.pushState(null, "", to);
        dispatchEvent(new PopStateEvent("popstate"));
      }, path);
    };
    await main.getByRole("link", { name: "Glaze recipes" }).waitFor();
    assert.equal(await offered(page, "Create workflow"), sees.create);
    assert.equal(await main.getByLabel(/^Glaze recipes: enabled/).isDisabled(), sees.create === 0);
    await accessible(page);
    await at(`/runs/${run}`);
    await main.getByText(/^Waiting for/).waitFor();
    assert.equal(await offered(page, "Stop…"), sees.stop);
    const { items } = await desk.api("GET", "/v1/approvals?status=pending");
    await at(`/approvals/${items[0].id}`);
    await main.getByRole("heading", { level: 1, name: "Give away the recipe?" }).waitFor();
    assert.equal((await main.getByRole("button", { name: /^Reject/ }).count()) > 0, sees.decide === 1);
    await at("/groups");
    await main.getByRole("row").filter({ hasText: "Support" }).waitFor();
    assert.equal(await offered(page, "Add group"), sees.group);
    await at("/settings");
    await main.getByText("Opening hours").waitFor();
    assert.equal(await offered(page, "Stop all automation…"), sees.automation);
    // Nothing of the token is kept where a script of tomorrow could read it.
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert.doesNotMatch(kept, /eyJ/);
    await page.context().close();
  });
}

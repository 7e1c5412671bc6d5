// Somebody with a mouse in the editor: what is pressed, dragged and typed, in the words
// that stand on the screen. What comes of it is for the tests to say.
import { openPage } from "./browser.mjs";
import { until } from "./desk.mjs";

export const idIn = (url) => /\/workflows\/(wf_\w+)/.exec(url)[1];

/** Waits until two looks at it are the same: what moves cannot be hit. */
async function still(what) {
  let before;
  await until(`${what} to stand still`, async () => {
    const box = JSON.stringify(await what.boundingBox());
    const same = box === before && box !== "null";
    before = box;
    return same;
  });
}

/** A text in a pattern, as it is. */
const exactly = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const middle = async (what) => {
  await still(what);
  const box = await what.boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
};

export class Bench {
  constructor(page) {
    this.page = page;
    this.settings = page.getByRole("complementary", { name: "Settings" });
  }

  /** A blank workflow, made on the list of workflows. */
  static async blank(browser, url, name, more) {
    const page = await openPage(browser, url, more);
    await page.goto("/workflows");
    await page.getByRole("button", { name: "Create workflow" }).click();
    const dialog = page.getByRole("dialog", { name: "Create a workflow" });
    await dialog.getByRole("radio", { name: /^Blank/ }).click();
    await dialog.getByRole("textbox", { name: "Name" }).fill(name);
    await dialog.getByRole("button", { name: "Create and edit" }).click();
    const bench = await new Bench(page).ready(name);
    bench.id = idIn(page.url());
    return bench;
  }

  /** The draft of a workflow that is there. */
  static async open(browser, url, id, more) {
    const page = await openPage(browser, url, more);
    await page.goto(`/workflows/${id}/edit`);
    const bench = await new Bench(page).ready();
    bench.id = id;
    return bench;
  }

  async ready(name) {
    await this.page.getByRole("heading", { level: 1, name }).waitFor();
    await still(this.node("trigger"));
    return this;
  }

  node(id) {
    return this.page.locator(`.react-flow__node[data-id="${id}"]`);
  }

  /** The names of the steps on the canvas, as they are drawn. */
  steps() {
    return this.page.locator(".react-flow__node:not([data-id=trigger]) .node-name").allInnerTexts();
  }

  async select(id) {
    await this.node(id).locator(".node-name").click();
  }

  /** Presses + below a way out, or on the connection that leaves there, and takes a kind
   *  from the palette; answers the id of what came. */
  async add(after, kind, way) {
    const before = new Set(await this.ids());
    await this.page.getByRole("button", { name: new RegExp(`^Add a step (after|from) ${exactly(after)}(,| to|$)${way ? `.*${exactly(way)}` : ""}`) }).first().click();
    await this.page.getByRole("option", { name: new RegExp(`^${kind}\\b`) }).last().click();
    return this.came(before);
  }

  ids() {
    return this.page.locator(".react-flow__node").evaluateAll((all) => all.map((n) => n.dataset.id));
  }

  async came(before) {
    const id = await until("a new step", async () => (await this.ids()).find((x) => !before.has(x)));
    await this.settings.getByRole("textbox", { name: "Name", exact: true }).waitFor();
    return id;
  }

  /** Drags with the left button, in steps as a hand does. */
  async drag([x, y], [toX, toY]) {
    const { mouse } = this.page;
    await mouse.move(x, y);
    await mouse.down();
    await mouse.move(x + (toX - x) / 3, y + (toY - y) / 3, { steps: 3 });
    await mouse.move(toX, toY, { steps: 6 });
    await mouse.up();
  }

  /** Drags a kind from the palette; onto a place of the canvas, in parts of its size. */
  async drop(kind, { across, down }) {
    const before = new Set(await this.ids());
    const option = this.page.getByRole("option", { name: new RegExp(`^${kind}\\b`) }).last();
    await option.scrollIntoViewIfNeeded();
    const canvas = await this.page.locator(".flow").boundingBox();
    await this.drag(await middle(option), [canvas.x + canvas.width * across, canvas.y + canvas.height * down]);
    return this.came(before);
  }

  handle(id, way = "next") {
    return this.node(id).locator(`.react-flow__handle.source[data-handleid="${way}"]`);
  }

  /** Draws a connection from a way out to the middle of a step. */
  async connect(from, way, to) {
    await this.drag(await middle(this.handle(from, way)), await middle(this.node(to)));
  }

  async pick(label, option, within = this.settings) {
    await within.getByRole("button", { name: new RegExp(`^${label}`) }).click();
    await this.option(option).click();
  }

  /** What an open list offers; the palette has options of its own. */
  option(name, exact = false) {
    return this.page.locator("[role=option]:not(.kind)").and(this.page.getByRole("option", { name, exact })).first();
  }

  /** An input by its label, which may say besides that it is optional. */
  field(label, within = this.settings) {
    const name = new RegExp(`^${exactly(label)}( – optional)?$`);
    return within.getByRole("textbox", { name }).or(within.getByRole("spinbutton", { name })).or(within.getByRole("combobox", { name }));
  }

  async type(label, text, within = this.settings) {
    await this.field(label, within).fill(text);
  }

  /** A text for which the field has suggestions. */
  async suggest(label, text, within = this.settings) {
    await this.field(label, within).fill(text);
    await this.option(new RegExp(`^${exactly(text)}`)).click();
  }

  async token(label, text, within = this.settings) {
    await this.field(label, within).fill(text);
    await within.getByRole("button", { name: `Add to ${label}` }).click();
  }

  /** One more row of the conditions in a part of the form. */
  async condition(field, operator, value, within = this.settings) {
    await within.getByRole("button", { name: "Condition", exact: true }).last().click();
    await within.getByRole("combobox", { name: "Field" }).last().fill(field);
    await this.option(new RegExp(`^${exactly(field)}`)).click();
    await within.getByRole("button", { name: /^Operator/ }).last().click();
    await this.option(operator, true).click();
    if (value === undefined) return;
    await this.field("Value", within).last().fill(value);
    const more = within.getByRole("button", { name: "Add to Value" });
    if (await more.count()) await more.last().click();
  }

  /** Chooses a value from the list under a text. */
  async insert(label, path) {
    await this.settings.getByRole("button", { name: `Insert a value into ${label}` }).click();
    await this.settings.getByRole("searchbox", { name: "Find a value" }).fill(path);
    await this.settings.getByRole("button", { name: new RegExp(`^${exactly(path)}`) }).first().click();
  }

  async saved() {
    await this.page.getByText("Draft saved").waitFor();
  }

  /** Publishes what is there and switches the workflow on, all by its buttons. */
  async publish(name, note) {
    await this.saved();
    await this.page.getByText("No problems").first().waitFor();
    await this.page.getByRole("button", { name: "Publish…" }).click();
    const dialog = this.page.getByRole("dialog", { name: /^Publish/ });
    if (note) await dialog.getByRole("textbox", { name: "Note" }).fill(note);
    await dialog.getByRole("button", { name: /^Publish version/ }).click();
    await this.page.getByText(/^Version \d+ active/).first().waitFor();
    await this.page.goto(`/workflows/${this.id}`);
    const off = this.page.getByLabel(`${name}: disabled`);
    const on = this.page.getByLabel(`${name}: enabled`);
    await off.or(on).waitFor();
    if (await off.count()) await off.click();
    await on.waitFor();
  }

  /** Opens the newest run in one of these states; the page then shows it on its graph. */
  async watch(desk, ...states) {
    const run = await desk.run(this.id, ...states);
    await this.page.goto(`/runs/${run.id}`);
    await this.page.getByRole("tab", { name: "Graph" }).waitFor();
    return run.id;
  }

  /** Waits until a step of the run on the screen is in a state. */
  async sees(name, state) {
    await this.page.getByRole("main").getByLabel(new RegExp(`^${exactly(name)},.* ${state}`)).first().waitFor();
  }

  /** Waits until as many connections as this are lit. */
  async lit(n) {
    await until(`${n} connections to be lit`, async () => (await this.page.locator(".react-flow__edge.edge-taken").count()) === n);
  }
}

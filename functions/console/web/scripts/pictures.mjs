// The pictures of the README, of a stack that `npm run fill` has filled: WebP, small.
//
//   npm run pictures -- http://127.0.0.1:8080 ../../../infra/readme/pictures
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const base = process.argv[2] ?? "http://127.0.0.1:8080";
const folder = process.argv[3] ?? new URL("../../../../infra/readme/pictures", import.meta.url).pathname;
const most = 60 * 1024;
mkdirSync(folder, { recursive: true });

const list = async (path) => (await (await fetch(base + "/v1" + path)).json()).items ?? [];
const reply = (await list("/workflows?q=AI%20reply"))[0];
const waiting = (await list(`/runs?status=waiting&workflow=${reply.id}`))[0];
// An event at which some workflow started and another did not.
const event = (await list("/events?type=message.received&limit=100")).find((e) => e.matches.some((m) => m.matched) && e.matches.some((m) => m.reason === "conditions"));
const mails = await (await fetch(base + "/local/mail")).json();
const link = async () => {
  for (const m of mails) {
    const path = /http:\S+?(\/a\/[\w-]+)/.exec(m.text ?? "")?.[1];
    if (path && (await fetch(base + path)).status === 200) return path;
  }
};
const shots = {
  workflows: { path: "/workflows", ready: 'a[href^="/workflows/wf_"]' },
  editor: { path: `/workflows/${reply.id}/edit`, ready: ".react-flow__node", dark: true },
  run: { path: `/runs/${waiting.id}`, ready: ".react-flow__node" },
  why: { path: `/events/${event.id}`, ready: ".verdict", dark: true },
  approval: { path: await link(), ready: "form", size: { width: 390, height: 800 } },
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
for (const [name, { path, ready, dark, size = { width: 1280, height: 800 } }] of Object.entries(shots)) {
  const page = await browser.newPage({ viewport: size, colorScheme: dark ? "dark" : "light", reducedMotion: "reduce" });
  await page.goto(base + path);
  await page.locator(ready).first().waitFor();
  await page.waitForTimeout(2000);
  const png = (await page.screenshot()).toString("base64");
  const canvas = await browser.newPage();
  const webp = await canvas.evaluate(
    async ({ png, most }) => {
      const image = new Image();
      image.src = "data:image/png;base64," + png;
      await image.decode();
      const c = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      c.getContext("2d").drawImage(image, 0, 0);
      for (let quality = 0.9; quality > 0.3; quality -= 0.1) {
        const data = c.toDataURL("image/webp", quality).split(",")[1];
        if (data.length * 0.75 <= most) return data;
      }
      return undefined;
    },
    { png, most },
  );
  if (!webp) throw new Error(`${name} does not fit ${most} bytes`);
  const bytes = Buffer.from(webp, "base64");
  writeFileSync(join(folder, name + ".webp"), bytes);
  console.log(`${name}.webp ${Math.round(bytes.length / 1024)} KB`);
  await page.close();
  await canvas.close();
}
await browser.close();

import { getSmoothStepPath, Position } from "@xyflow/react";
import type { Definition } from "../api/types";
import { cards } from "../graph/cards";
import { edgeKey, outputOf } from "../graph/model";
import type { Kinds } from "./catalog";
import { boxOf, stickiesOf } from "./stickies";

// The flow as a picture: drawn anew from the definition, so that all of it is in it, in the
// light look, which prints.

const colors: Record<string, [fill: string, line: string]> = { yellow: ["#fbf1cf", "#d9a400"], blue: ["#dcebfa", "#2f7fd6"], green: ["#d9f0e0", "#2f9e55"], red: ["#fae0de", "#d9534a"] };
const escape = (text: string) => text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
/** As much of a text as fits, by the mean width of a letter. */
const fit = (text: string, width: number, letter: number) => (text.length * letter <= width ? text : text.slice(0, Math.max(1, Math.floor(width / letter) - 1)) + "…");

/** Lines of a text that fit into a box. */
function wrap(text: string, width: number, letter: number, most: number): string[] {
  const lines: string[] = [];
  for (const part of text.split("\n")) {
    let line = "";
    for (const word of part.split(" ")) {
      if (line && (line.length + 1 + word.length) * letter > width) {
        lines.push(line);
        line = word;
      } else line = line ? `${line} ${word}` : word;
    }
    lines.push(fit(line, width, letter));
  }
  return lines.length > most ? [...lines.slice(0, most - 1), lines[most - 1]! + " …"] : lines;
}

/** The whole flow as SVG, with its size. */
export function draw(d: Definition, kinds: Kinds, name: string): { svg: string; width: number; height: number } {
  const all = cards(d, kinds);
  const at = new Map(all.map((c) => [c.id, c]));
  const notes = stickiesOf(d).map((s) => ({ s, ...boxOf(s) }));
  const boxes = [...all.map((c) => ({ x: c.x, y: c.y, width: c.card.width, height: c.card.height })), ...notes];
  const margin = 40;
  const left = Math.min(...boxes.map((b) => b.x)) - margin;
  const top = Math.min(...boxes.map((b) => b.y)) - margin - 30;
  const width = Math.ceil(Math.max(...boxes.map((b) => b.x + b.width)) + margin - left);
  const height = Math.ceil(Math.max(...boxes.map((b) => b.y + b.height)) + margin - top);
  const out: string[] = [];
  const text = (x: number, y: number, words: string, more = "") => out.push(`<text x="${x}" y="${y}" ${more}>${escape(words)}</text>`);
  text(left + margin, top + 34, name, 'font-size="17" font-weight="700"');
  for (const { s, ...b } of notes) {
    const [fill, line] = colors[s.color ?? "yellow"] ?? colors.yellow!;
    out.push(`<rect x="${b.x}" y="${b.y}" width="${b.width}" height="${b.height}" rx="6" fill="${fill}" stroke="${line}"/>`);
    wrap(String(s.text), b.width - 20, 6.6, Math.max(1, Math.floor((b.height - 14) / 18))).forEach((l, i) => text(b.x + 10, b.y + 22 + i * 18, l, 'font-size="13"'));
  }
  for (const e of d.edges) {
    const from = at.get(e.from);
    const to = at.get(e.to);
    if (!from || !to) continue;
    const i = Math.max(0, from.card.outputs.findIndex((o) => o.id === outputOf(e)));
    const [path] = getSmoothStepPath({
      sourceX: from.x + ((i + 0.5) / Math.max(1, from.card.outputs.length)) * from.card.width,
      sourceY: from.y + from.card.height,
      sourcePosition: Position.Bottom,
      targetX: to.x + to.card.width / 2,
      targetY: to.y,
      targetPosition: Position.Top,
      borderRadius: 12,
    });
    out.push(`<path d="${path}" fill="none" stroke="${outputOf(e) === "error" ? "#c33" : "#5f6b7a"}" stroke-width="1.5" marker-end="url(#tip)"><title>${escape(edgeKey(e))}</title></path>`);
  }
  for (const { x, y, card: c } of all) {
    const named = c.outputs.some((o) => o.label);
    const body = c.height - (named ? 24 : 0);
    out.push(`<rect x="${x}" y="${y}" width="${c.width}" height="${c.height}" rx="10" fill="#fff" stroke="${c.id === "trigger" ? "#0972d3" : "#8d99a8"}" ${c.disabled ? 'stroke-dasharray="5 4"' : ""}/>`);
    const sub = c.disabled ? "Disabled – passed over" : c.text;
    text(x + 14, y + body / 2 + (sub ? -3 : 5), fit(c.name, c.width - 28, 7.2), 'font-size="13" font-weight="700"');
    if (sub) text(x + 14, y + body / 2 + 15, fit(sub, c.width - 28, 6.1), 'font-size="12" fill="#5f6b7a"');
    if (!named) continue;
    out.push(`<line x1="${x}" y1="${y + body}" x2="${x + c.width}" y2="${y + body}" stroke="#d5dbe1"/>`);
    const part = c.width / c.outputs.length;
    c.outputs.forEach((o, i) => text(x + (i + 0.5) * part, y + body + 16, fit(o.label || "Next", part - 6, 5.8), `font-size="11" text-anchor="middle" fill="${o.id === "error" ? "#c33" : "#5f6b7a"}"`));
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}" font-family="Open Sans, Helvetica, Arial, sans-serif" fill="#16191f"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#5f6b7a" stroke="none"/></marker></defs><rect x="${left}" y="${top}" width="${width}" height="${height}" fill="#fff"/>${out.join("")}</svg>`;
  return { svg, width, height };
}

/** More pixels than this a browser's canvas may not have. */
const most = 12_000;

/** Saves the flow as a PNG file. */
export async function download(d: Definition, kinds: Kinds, name: string) {
  const { svg, width, height } = draw(d, kinds, name);
  const image = new Image();
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
  await image.decode();
  const scale = Math.min(2, most / width, most / height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("The browser could not make the picture.");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = (name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "workflow") + ".png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

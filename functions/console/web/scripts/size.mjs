// Prints what a browser loads for the list of workflows, the first page, with brotli; and
// each chunk that comes later. Fails past the limit.
import { readFileSync, existsSync, statSync } from "node:fs";

const limit = 650 * 1024;
const dist = new URL("../dist/", import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(dist + "manifest.json", "utf8"));
const size = (file) => statSync(existsSync(dist + file + ".br") ? dist + file + ".br" : dist + file).size;
const row = (file) => console.log(`${(size(file) / 1024).toFixed(1).padStart(8)} KB  ${file}`);

/** The chunk with what it imports at once. */
function files(key, seen = new Set()) {
  const chunk = manifest[key];
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const css of chunk.css ?? []) seen.add(css);
  for (const other of chunk.imports ?? []) files(other, seen);
  return seen;
}

const first = new Set(["index.html", ...files("index.html"), "icon.svg"]);
// Of the fonts, a page in English fetches the Latin one.
for (const asset of manifest["index.html"].assets ?? []) if (/latin-wght/.test(asset)) first.add(asset);
console.log("First load of the list of workflows:");
let sum = 0;
for (const file of first) {
  sum += size(file);
  row(file);
}
console.log(`${(sum / 1024).toFixed(1).padStart(8)} KB  in all, of at most ${limit / 1024} KB`);
console.log("\nLater, with the page that needs it (its own files only):");
const lazy = Object.keys(manifest).filter((k) => manifest[k].isDynamicEntry);
for (const key of lazy) {
  const own = [...files(key)].filter((f) => !first.has(f));
  const total = own.reduce((n, f) => n + size(f), 0);
  console.log(`${(total / 1024).toFixed(1).padStart(8)} KB  ${key}`);
}
if (sum > limit) {
  console.error("The first load is too large.");
  process.exit(1);
}

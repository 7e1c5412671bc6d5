// After the build: each text file of dist becomes a .br and a .gz beside which nothing
// else is kept, since the function serves from its binary and unpacks for the rare client
// that takes neither. Fails when a file would not fit an answer of Lambda.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB with the
// base64 of the body, which takes a third more.
const largest = 4 << 20;
const dist = new URL("../dist", import.meta.url).pathname;
let whole = 0, small = 0;

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || /\.(br|gz)$/.test(path)) continue;
  const data = readFileSync(path);
  if (data.length > largest) throw new Error(`${path} has ${data.length} bytes; at most ${largest} can be served`);
  if (/manifest\.json$/.test(path)) continue;
  whole += data.length;
  if (!/\.(html|js|css|svg|json|txt)$/.test(path)) {
    small += data.length;
    continue;
  }
  const br = brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length } });
  writeFileSync(path + ".br", br);
  writeFileSync(path + ".gz", gzipSync(data, { level: 9 }));
  small += br.length;
  rmSync(path);
}
writeFileSync(join(dist, ".gitkeep"), "");
console.log(`compressed ${Math.round(whole / 1024)} KB to ${Math.round(small / 1024)} KB`);

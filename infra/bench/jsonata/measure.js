// Times the reference implementation: reads {ms, cases: [{source, bindings}]} and writes
// [{ns, compile, result}].
const jsonata = require("jsonata");

async function perCall(ms, f) {
  for (let began = performance.now(); performance.now() - began < ms / 5; ) await f();
  let n = 0;
  const began = performance.now();
  while (performance.now() - began < ms) {
    for (let i = 0; i < 20; i++) await f();
    n += 20;
  }
  return ((performance.now() - began) * 1e6) / n;
}

async function main() {
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  const { ms, cases } = JSON.parse(text);
  const out = [];
  for (const { source, bindings } of cases) {
    const e = jsonata(source);
    let result;
    const ns = await perCall(ms, async () => { result = await e.evaluate(undefined, bindings); });
    const compile = await perCall(ms / 5, async () => jsonata(source));
    out.push({ ns, compile, result: result === undefined ? null : result });
  }
  process.stdout.write(JSON.stringify(out));
}

main();

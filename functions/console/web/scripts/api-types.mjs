// Writes src/api/schema.ts from the OpenAPI document, which comes on standard input:
//
//   npm run api              (that of this source tree, by infra/openapi)
//   npm run api -- --check   (writes nothing; fails when the file is not what it would write)
//
// The document is made of the Go types that the handlers read and write; so what the
// pages expect (src/api/types.ts) is checked against the API by the type checker.
import { readFileSync, writeFileSync } from "node:fs";

const document = JSON.parse(readFileSync(0, "utf8"));
const file = new URL("../src/api/schema.ts", import.meta.url);

const quoted = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const plain = { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" };

function type(s, indent) {
  if (s === true || s === undefined || Object.keys(s).filter((k) => k !== "description").length === 0) return "unknown";
  if (s.$ref) return s.$ref.split("/").pop();
  const several = s.anyOf ?? s.oneOf;
  if (several) return [...new Set(several.map((x) => type(x, indent)))].join(" | ");
  if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(" | ");
  if (Array.isArray(s.type)) return s.type.map((t) => type({ ...s, type: t }, indent)).join(" | ");
  if (s.type === "array") {
    const item = type(s.items, indent);
    return (/[|&]/.test(item) ? `(${item})` : item) + "[]";
  }
  if (s.type === "object" || s.properties) return object(s, indent);
  return plain[s.type] ?? "unknown";
}

function object(s, indent) {
  const inner = indent + "  ";
  const lines = Object.entries(s.properties ?? {}).map(([name, p]) => {
    const told = p.description ? `${inner}/** ${p.description.replaceAll("*/", "* /")} */\n` : "";
    return `${told}${inner}${quoted(name)}${s.required?.includes(name) ? "" : "?"}: ${type(p, inner)};`;
  });
  const more = s.additionalProperties;
  if (more || !s.properties) lines.push(`${inner}[member: string]: ${more && more !== true && !s.properties ? type(more, inner) : "unknown"};`);
  return `{\n${lines.join("\n")}\n${indent}}`;
}

const out = ["// Made by `npm run api` from /v1/openapi.json; not for editing.\n"];
for (const [name, schema] of Object.entries(document.components.schemas).sort(([a], [b]) => (a < b ? -1 : 1))) {
  const told = schema.description ? `/** ${schema.description} */\n` : "";
  const body = type(schema, "");
  out.push(told + (body.startsWith("{") ? `export interface ${name} ${body}\n` : `export type ${name} = ${body};\n`));
}
const text = out.join("\n");
if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("src/api/schema.ts is not what the API's document says: npm run api, in functions/console/web");
    process.exit(1);
  }
} else {
  writeFileSync(file, text);
  console.log(`${Object.keys(document.components.schemas).length} types`);
}

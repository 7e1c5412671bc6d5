import { describe, expect, it } from "vitest";
import { fileName, fileOf, read } from "./file";

const definition = { trigger: { type: "manual" }, nodes: [], edges: [] };

describe("a workflow as a file", () => {
  it("goes out and in again unchanged", () => {
    const file = fileOf({ name: "Tag", description: "Tags.", draft: { definition, revision: 3 } });
    expect(read(JSON.stringify(file), "x.json")).toEqual({ name: "Tag", description: "Tags.", definition });
  });
  it("takes a bare definition, named by its file", () => {
    expect(read(JSON.stringify(definition), "my flow.json")).toEqual({ name: "my flow", definition });
  });
  it.each([
    ["{", "is not JSON"],
    ["[]", "holds no workflow"],
    ['{"name":"x"}', '"definition" is missing'],
    ['{"definition":3}', '"definition" is missing'],
  ])("refuses %s", (text, why) => expect(() => read(text, "f.json")).toThrow(why));
  it.each([
    ["Route to a team!", "route-to-a-team.json"],
    ["Émile & co", "emile-co.json"],
    ["日本", "workflow.json"],
    ["../etc", "etc.json"],
  ])("%s is kept as %s", (name, want) => expect(fileName(name)).toBe(want));
});

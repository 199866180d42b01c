import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { InvalidRequestError } from "../../src/api/errors/errors.ts";
import { formGrammar, schemaGrammar, toolsGrammar } from "../../src/api/tools/grammars.ts";
import { TOOL_FORMATS } from "../../src/prompt/tool_format.ts";
import { callsForm, type Tool, type ToolRequest } from "../../src/prompt/tools.ts";
import { AnswerGrammars } from "../../src/prompt/answer_grammars.ts";
import { hasShared, shared } from "../shared.ts";

const EXACT = { type: "object", properties: { a: { type: "string" } } };
const LOOSE = {
  type: "object",
  properties: { a: { not: {} }, b: { type: "string", pattern: "(?<=a)b" } },
};
const place = (index: number) => ["tools", index, "function", "parameters"];
const request = (tools: readonly Tool[], choice: ToolRequest["choice"] = "auto"): ToolRequest => ({
  tools,
  choice,
  parallel: true,
});
const making = (isStrict = false) => ({
  grammars: new AnswerGrammars(),
  tenant: "t",
  format: TOOL_FORMATS.hermes,
  isStrict,
});
const unenforced = async (asked: ToolRequest, isStrict?: boolean) =>
  (await toolsGrammar(making(isStrict), asked, place)).unenforced;

async function refused(run: () => Promise<unknown>): Promise<string> {
  let param: string | undefined;
  await assert.rejects(run, (error) => {
    assert(error instanceof InvalidRequestError);
    assert.equal(error.body.code, "invalid_schema");
    param = error.body.param ?? "";
    return true;
  });
  return param!;
}

describe("toolsGrammar", () => {
  it("names what is not enforced, with its place in the request", async () => {
    const tools = [{ name: "f", parameters: EXACT }, { name: "g", parameters: LOOSE }];
    const before = "tools[1].function.parameters.properties";
    assert.deepEqual(await unenforced(request(tools)), [`${before}.a.not`, `${before}.b.pattern`]);
    assert.deepEqual(await unenforced(request(tools, { name: "g" })), [
      `${before}.a.not`,
      `${before}.b.pattern`,
    ]);
    assert.deepEqual(await unenforced(request(tools, { name: "f" })), []);
  });

  it("names the place that a reference leads to", async () => {
    const parameters = {
      properties: { a: { $ref: "#/$defs/x" } },
      $defs: { x: { not: {} } },
    };
    assert.deepEqual(await unenforced(request([{ name: "f" }, { name: "g", parameters }])), [
      "tools[1].function.parameters.$defs.x.not",
    ]);
  });

  it("refuses only the tools that ask for strictness, unless all do", async () => {
    const tools = (strict: boolean | null) =>
      request([{ name: "f", parameters: LOOSE }, { name: "g", parameters: LOOSE, strict }]);
    const param = await refused(() => unenforced(tools(true)));
    assert.equal(param, "tools[1].function.parameters.properties.a.not");
    assert.equal((await unenforced(tools(null))).length, 4);
    const first = await refused(() => unenforced(tools(false), true));
    assert.equal(first, "tools[0].function.parameters.properties.a.not");
    assert.deepEqual(await unenforced(request([{ name: "f", parameters: EXACT }]), true), []);
  });

  it("holds all that can be held, whatever another tool asks for", async () => {
    const large = { enum: Array.from({ length: 20_000 }, (_, i) => ({ i })) };
    const many = Object.fromEntries(
      Array.from({ length: 4_900 }, (_, i) => [`p${i}`, { type: "string", maxLength: i }]),
    );
    const tools: Tool[] = [
      { name: "never", parameters: { type: "string" } },
      { name: "large", parameters: large },
      { name: "many", parameters: { properties: many } },
      { name: "right", parameters: EXACT },
      { name: "none", parameters: null },
    ];
    const found = await unenforced(request(tools));
    assert.equal(found[0], "tools[0].function.parameters");
    assert(!found.some((name) => name.startsWith("tools[3]") || name.startsWith("tools[4]")));
  });
});

describe("schemaGrammar", () => {
  it("refuses a schema that asks for strictness, or all", async () => {
    const schema = { schema: LOOSE, path: ["response_format", "json_schema", "schema"] };
    const first = "response_format.json_schema.schema.properties.a.not";
    assert.equal((await schemaGrammar(making(), schema)).unenforced[0], first);
    assert.equal(await refused(() => schemaGrammar(making(), { ...schema, strict: true })), first);
    assert.equal(await refused(() => schemaGrammar(making(true), schema)), first);
  });
});

describe("formGrammar", () => {
  it("tells the answer's schema from those of tools", async () => {
    const tools = [{ name: "f", parameters: LOOSE }];
    const form = callsForm(request(tools), TOOL_FORMATS.hermes, { not: {} });
    const { unenforced } = await formGrammar(new AnswerGrammars(), "t", form, {
      tool: () => ({ path: ["tools", 0, "parameters"] }),
      schema: { path: ["text", "format", "schema"] },
    });
    assert.deepEqual(unenforced, [
      "tools[0].parameters.properties.a.not",
      "tools[0].parameters.properties.b.pattern",
      "text.format.schema.not",
    ]);
  });
});

describe("schemas of tools that clients send", { ignore: !hasShared }, () => {
  const lines = hasShared
    ? Deno.readTextFileSync(shared("conformance/clients/requests.jsonl")).trim().split("\n")
    : [];
  for (const line of lines) {
    const { id, body, want } = JSON.parse(line);
    if (!id.startsWith("tool-schema-")) continue;
    it(`are compiled or refused as they ask for: ${id}`, async () => {
      const asked = request(body.tools.map((tool: { function: Tool }) => tool.function));
      if (want.status === 200) await unenforced(asked);
      else assert.match(await refused(() => unenforced(asked)), new RegExp(`\\b${want.names}$`));
    });
  }
});

import { Ajv2020 } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { SimdEngine } from "../../src/engine/simd/simd_engine.ts";
import { deploy, type Deployment, loadModel, type Model } from "../assembled_model.ts";
import { Fuzz } from "../fuzz.ts";

/** Requests to each model. */
const REQUESTS = 200;
/** Tokens that any call of these tools fits in, with thoughts before it. */
const MAX_TOKENS = 220;
const MAX_THOUGHTS = 12;

type Schema = Readonly<Record<string, unknown>>;

const WORDS = ["city", "day", "unit", "count", "note", "tags", "from", "to"] as const;

/** The schema of an argument. */
function valueSchema(fuzz: Fuzz, depth = 0): Schema {
  const kinds: readonly (() => Schema)[] = [
    () => ({ type: "string", maxLength: 1 + fuzz.below(8) }),
    () => ({ type: "integer", minimum: -fuzz.below(9), maximum: fuzz.below(1000) }),
    () => ({ type: "number" }),
    () => ({ type: "boolean" }),
    () => ({ enum: ["celsius", "fahrenheit", 3, null].slice(fuzz.below(3)) }),
    () => ({ type: ["string", "null"], maxLength: 4 }),
    () => ({ type: "string", pattern: "^[a-c]{2,4}$" }),
    () => ({ type: "array", items: { type: "integer", minimum: 0, maximum: 9 }, maxItems: 3 }),
    ...depth > 0 ? [] : [() => argumentsSchema(fuzz, 1)],
  ];
  return fuzz.pick(kinds)();
}

/** The schema of the arguments of a function. */
function argumentsSchema(fuzz: Fuzz, depth = 0): Schema {
  const names = WORDS.filter(() => fuzz.below(4) === 0).slice(0, 3);
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, valueSchema(fuzz, depth)])),
    required: names.filter(() => fuzz.below(2) === 0),
    additionalProperties: false,
  };
}

/** A request with tools, and how it wants them called. */
function toolRequest(fuzz: Fuzz) {
  const tools = Array.from({ length: 1 + fuzz.below(4) }, (_, index) => ({
    type: "function",
    function: {
      name: `${fuzz.pick(["get", "set", "find"])}_${fuzz.pick(WORDS)}_${index}`,
      ...fuzz.below(2) === 0 ? { description: "What it does" } : {},
      ...fuzz.below(9) === 0 ? {} : { parameters: argumentsSchema(fuzz) },
    },
  }));
  const named = { type: "function", function: { name: fuzz.pick(tools).function.name } };
  return {
    messages: [{ role: "user", content: `Please ${fuzz.pick(WORDS)} ${fuzz.below(100)}.` }],
    tools,
    tool_choice: fuzz.pick<unknown>(["auto", "required", "required", named]),
    parallel_tool_calls: fuzz.below(2) === 0,
    seed: fuzz.below(1_000),
    temperature: fuzz.pick([0, 1]),
    max_tokens: MAX_TOKENS,
    ...fuzz.pick([{}, { reasoning_effort: "none" }, { reasoning_effort: "low" }]),
    thinking_budget: MAX_THOUGHTS,
  };
}

/** Asks for a call, and checks it. @returns how many calls there are */
async function check({ post }: Deployment, request: ReturnType<typeof toolRequest>) {
  const reply = await post("/v1/chat/completions", { model: "tern-7m", ...request });
  const text = await reply.text();
  assert.equal(reply.status, 200, text);
  assert.equal(reply.headers.get("tern-ignored"), null);
  const { choices: [{ message, finish_reason }] } = JSON.parse(text);
  const { tool_choice: choice, tools } = request;
  const about = `${JSON.stringify(request)}\n${JSON.stringify(message)}`;
  const calls: { readonly function: { readonly name: string; readonly arguments: string } }[] =
    message.tool_calls ?? [];
  if (choice !== "auto") assert.ok(calls.length > 0, about);
  else if (calls.length === 0) assert.doesNotMatch(message.content, /^\s*```json/, about);
  if (!request.parallel_tool_calls || typeof choice === "object") {
    assert.ok(calls.length <= 1, about);
  }
  for (const { function: { name, arguments: json } } of calls) {
    const tool = tools.find((tool) => tool.function.name === name);
    assert.ok(tool, about);
    if (typeof choice === "object") {
      assert.equal(name, (choice as { function: { name: string } }).function.name);
    }
    const validate = new Ajv2020({ strict: false }).compile(
      tool.function.parameters ?? { type: "object" },
    );
    assert.ok(validate(JSON.parse(json)), about);
  }
  assert.ok(["stop", "length", "tool_calls"].includes(finish_reason));
  return calls.length;
}

describe("calls of generated tools, in the form of the G1 series", () => {
  let embedded: Model;
  const g1 = (model: Model): Model => ({
    ...model,
    folder: { ...model.folder, chat_template: "rwkv_g1", stop: ["\n\nUser:", "\n\nSystem:"] },
  });

  beforeAll(async () => void (embedded = await loadModel()));
  afterAll(() => embedded.inference.close());

  async function checkAll(model: Model, fuzz: Fuzz): Promise<void> {
    const deployment = deploy(g1(model));
    let calls = 0;
    for (let count = 0; count < REQUESTS; count++) {
      calls += await check(deployment, toolRequest(fuzz));
    }
    assert.ok(calls > REQUESTS / 2, `${calls} calls`);
  }

  it("all parse and fit their schemas, with the embedded model", async () => {
    await checkAll(embedded, new Fuzz("tools of the embedded model"));
  });

  it("all parse and fit their schemas, with random weights", async () => {
    const { vocab_size: V } = embedded.folder;
    const checkpoint = new RandomCheckpoint({
      version: "7",
      n_layer: 1,
      sizes: { V, D: 64, F: 64, H: 1, N: 64, dw: 16, da: 16, dv: 16, dg: 16 },
    });
    const engine = await SimdEngine.load(checkpoint, { weights: "f32" });
    const inference = new Scheduler(engine, embedded.tokenizer);
    try {
      await checkAll({ ...embedded, inference }, new Fuzz("tools of random weights"));
    } finally {
      await inference.close();
    }
  });
});

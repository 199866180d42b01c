import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { CompletionCreateParamsBase } from "openai/resources/completions";
import type { ChatCompletionCreateParamsBase } from "openai/resources/chat/completions/completions";
import type {
  ResponseCreateParamsBase,
  ResponseIncludable,
} from "openai/resources/responses/responses";
import { INCLUDABLE } from "../../src/api/responses/include.ts";
import { errorOf } from "../error_of.ts";
import { chatBody, harness, responseBody } from "./harness.ts";

/**
 * What becomes of a field of OpenAI's: it is honoured, it is taken and changes no answer, it is ignored and reported (and
 * refused by a strict server), it means the same as another field (and is refused by a strict server), or it is refused.
 */
type Treatment =
  | readonly ["honoured" | "without effect", value: unknown, beside?: object]
  | readonly ["ignored" | "translated" | "refused", value: unknown];

const SCHEMA = { name: "n", schema: { type: "object" } };
const CALLABLE = { type: "function", function: { name: "f" } };

/** All fields of a call, as the types of OpenAI's own client have them: one more does not compile. */
const CHAT = {
  audio: ["ignored", { voice: "alloy", format: "mp3" }],
  frequency_penalty: ["honoured", 1],
  function_call: ["refused", { name: "f" }],
  functions: ["translated", [{ name: "f" }]],
  logit_bias: ["honoured", { "5": 1 }],
  logprobs: ["honoured", true],
  max_completion_tokens: ["honoured", 4],
  max_tokens: ["honoured", 4],
  messages: ["honoured", [{ role: "user", content: "Hi" }]],
  metadata: ["honoured", { a: "b" }, { store: true }],
  modalities: ["refused", ["audio"]],
  model: ["honoured", "tern-test"],
  moderation: ["ignored", { model: "m" }],
  n: ["honoured", 2],
  parallel_tool_calls: ["honoured", false],
  prediction: ["ignored", { type: "content", content: "a" }],
  presence_penalty: ["honoured", 1],
  prompt_cache_key: ["without effect", "k"],
  prompt_cache_options: ["ignored", { mode: "explicit" }],
  prompt_cache_retention: ["honoured", "24h"],
  reasoning_effort: ["ignored", "high"],
  response_format: ["honoured", { type: "json_schema", json_schema: SCHEMA }],
  safety_identifier: ["without effect", "s"],
  seed: ["honoured", 1],
  service_tier: ["ignored", "flex"],
  stop: ["honoured", ["a"]],
  store: ["honoured", true],
  stream: ["honoured", true],
  stream_options: ["honoured", { include_obfuscation: false }, { stream: true }],
  temperature: ["honoured", 1],
  tool_choice: ["honoured", "required", { tools: [CALLABLE] }],
  tools: ["honoured", [CALLABLE]],
  top_logprobs: ["honoured", 2, { logprobs: true }],
  top_p: ["honoured", 1],
  user: ["without effect", "u"],
  verbosity: ["ignored", "low"],
  web_search_options: ["ignored", {}],
} as const satisfies Record<keyof ChatCompletionCreateParamsBase, Treatment>;

const RESPONSES = {
  access_programs: ["ignored", {}],
  background: ["honoured", true],
  context_management: ["ignored", [{ type: "compaction", compact_threshold: 1_000 }]],
  conversation: ["honoured", undefined],
  image: ["ignored", {}],
  include: ["honoured", ["message.output_text.logprobs"]],
  input: ["honoured", "Hi"],
  instructions: ["honoured", "Be kind."],
  max_output_tokens: ["honoured", 16],
  max_tool_calls: ["without effect", 1],
  metadata: ["honoured", { a: "b" }],
  model: ["honoured", "tern-test"],
  moderation: ["ignored", { model: "m" }],
  parallel_tool_calls: ["honoured", false],
  previous_response_id: ["honoured", undefined],
  prompt: ["refused", { id: "pmpt_1" }],
  prompt_cache_key: ["without effect", "k"],
  prompt_cache_options: ["ignored", { mode: "explicit" }],
  prompt_cache_retention: ["honoured", "24h"],
  reasoning: ["ignored", { effort: "high" }],
  safety_identifier: ["without effect", "s"],
  service_tier: ["ignored", "priority"],
  store: ["honoured", false],
  stream: ["honoured", true],
  stream_options: ["honoured", { include_obfuscation: false }, { stream: true }],
  temperature: ["honoured", 1],
  text: ["honoured", { format: { type: "json_schema", ...SCHEMA } }],
  tool_choice: ["honoured", "none"],
  tools: ["honoured", [{ type: "function", name: "f" }]],
  top_logprobs: ["honoured", 2],
  top_p: ["honoured", 1],
  truncation: ["honoured", "auto"],
  user: ["without effect", "u"],
} as const satisfies Record<keyof ResponseCreateParamsBase, Treatment>;

const COMPLETIONS = {
  best_of: ["honoured", 2],
  echo: ["honoured", true],
  frequency_penalty: ["honoured", 1],
  logit_bias: ["honoured", { "5": 1 }],
  logprobs: ["honoured", 1],
  max_tokens: ["honoured", 4],
  model: ["honoured", "tern-test"],
  n: ["honoured", 2],
  presence_penalty: ["honoured", 1],
  prompt: ["honoured", "Hi"],
  seed: ["honoured", 1],
  stop: ["honoured", ["a"]],
  stream: ["honoured", true],
  stream_options: ["honoured", { include_obfuscation: false }, { stream: true }],
  suffix: ["refused", "a"],
  temperature: ["honoured", 1],
  top_p: ["honoured", 1],
  user: ["without effect", "u"],
} as const satisfies Record<keyof CompletionCreateParamsBase, Treatment>;

const CALLS = [
  ["/v1/chat/completions", CHAT, chatBody()],
  ["/v1/responses", RESPONSES, responseBody()],
  ["/v1/completions", COMPLETIONS, { model: "tern-test", prompt: "Hi" }],
] as const;

const page = await Deno.readTextFile(new URL("../../docs/compatibility.md", import.meta.url));

describe("the fields of OpenAI's calls", () => {
  for (const [path, fields, body] of CALLS) {
    for (const [field, [treatment, value, beside = {}]] of Object.entries<Treatment>(fields)) {
      it(`are ${treatment}: ${field} of ${path}`, async () => {
        const sent = { ...body, ...beside, [field]: value };
        const strict = await harness({ strict: true }).post(path, sent);
        const open = await harness().post(path, sent);
        const reported = open.headers.get("tern-ignored")?.split(", ") ?? [];
        if (treatment === "honoured" || treatment === "without effect") {
          assert.equal(strict.status, 200, await strict.text());
          assert.deepEqual(reported, []);
        } else {
          const { param, code } = await errorOf(strict, 400);
          assert.deepEqual([param, code], [field, "unsupported_parameter"]);
        }
        if (treatment === "refused") await errorOf(open, 400);
        else assert.equal(open.status, 200, await open.text());
        assert.equal(reported.includes(field), treatment === "ignored");
        if (treatment === "honoured") return;
        assert(page.includes(`| \`${field}\``), `docs/compatibility.md does not say why: ${field}`);
      });
    }
  }

  it("may name all that can be included", () => {
    const all: readonly ResponseIncludable[] = INCLUDABLE;
    const none: Exclude<ResponseIncludable, typeof INCLUDABLE[number]>[] = [];
    assert.equal(new Set([...all, ...none]).size, INCLUDABLE.length);
  });

  it("are told in the response where its schema has them", async () => {
    const { app, post } = harness();
    const fields = {
      max_tool_calls: 3,
      prompt_cache_key: "k",
      prompt_cache_retention: "24h",
      safety_identifier: "s",
      user: "u",
    };
    const made = await (await post("/v1/responses", responseBody(fields))).json();
    const kept = await (await app.request(`/v1/responses/${made.id}`)).json();
    assert.deepEqual(kept, made);
    const told = Object.keys(fields).map((field) => [field, made[field]]);
    assert.deepEqual(Object.fromEntries(told), fields);
    const without = await (await post("/v1/responses", responseBody())).json();
    for (const field of ["max_tool_calls", "prompt_cache_key", "safety_identifier"]) {
      assert.equal(without[field], null);
    }
  });
});

describe("include of what is stored", () => {
  const items = "message.output_text.logprobs";
  const paths = (id: string) => [`/v1/responses/${id}`, `/v1/responses/${id}?stream=true`];

  it("takes all names, in either spelling, and refuses others", async () => {
    const { app, post } = harness();
    const { id } = await (await post("/v1/responses", responseBody({ include: [items] }))).json();
    for (const path of [...paths(id), `/v1/responses/${id}/input_items`]) {
      const at = path.includes("?") ? `${path}&` : `${path}?`;
      for (const query of [`include=${items}`, `include[]=${items}&include[]=${INCLUDABLE[5]}`]) {
        const reply = await app.request(at + query);
        assert.equal(reply.status, 200, await reply.text());
      }
      for (const query of ["include=odd", `include[]=${items}&include=odd`, "includes=odd"]) {
        const { param } = await errorOf(await app.request(at + query), 400);
        assert.match(param ?? "", /^includes?(\[\d\])?$/);
      }
    }
  });

  it("refuses to tell how likely tokens were where that was not kept", async () => {
    const { app, post } = harness();
    const { id } = await (await post("/v1/responses", responseBody())).json();
    for (const path of paths(id)) {
      const at = path.includes("?") ? `${path}&` : `${path}?`;
      assert.equal(
        (await errorOf(await app.request(`${at}include=${items}`), 400)).param,
        "include",
      );
      const other = await app.request(`${at}include=reasoning.encrypted_content`);
      assert.equal(other.status, 200, await other.text());
    }
  });

  it("is taken with the items of a conversation", async () => {
    const { app, post } = harness();
    const { id } = await (await post("/v1/conversations", {})).json();
    const path = `/v1/conversations/${id}/items`;
    const added = await post(`${path}?include[]=${items}`, {
      items: [{ role: "user", content: "Hi" }],
    });
    const { data: [item] } = await added.json();
    for (const at of [path, `${path}/${item.id}`]) {
      assert.equal((await app.request(`${at}?include[]=${items}`)).status, 200);
      await errorOf(await app.request(`${at}?include[]=odd`), 400);
    }
    await errorOf(
      await post(`${path}?include=odd`, { items: [{ role: "user", content: "a" }] }),
      400,
    );
  });
});

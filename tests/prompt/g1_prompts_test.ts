import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { z } from "zod";
import { deploy, loadModel, type Model } from "../assembled_model.ts";
import { hasShared, shared } from "../shared.ts";

const cases = hasShared
  ? Deno.readTextFileSync(shared("conformance/prompts/g1.jsonl")).trim().split("\n").map((line) =>
    z.looseObject({ id: z.string(), prompt: z.string() }).parse(JSON.parse(line))
  )
  : [];

describe("the prompts of models of the G1 series", { ignore: !hasShared }, () => {
  let model: Model;

  beforeAll(async () => {
    const { folder, ...rest } = await loadModel();
    model = { ...rest, folder: { ...folder, chat_template: "rwkv_g1" } };
  });
  afterAll(() => model.inference.close());

  for (const { id, prompt, ...request } of cases) {
    it(`are as they were taught: ${id}`, async () => {
      const { post } = deploy(model);
      const { tokens } = await (await post("/v1/tokenize", request)).json();
      const { content } = await (await post("/v1/detokenize", { tokens })).json();
      assert.equal(content, prompt);
    });
  }

  it("are all tried", () => assert.ok(cases.length >= 13));
});

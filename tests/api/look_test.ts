import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { MAX_TOKENS } from "../../src/look/looker.ts";
import { deploy, loadModel, type Model } from "../assembled_model.ts";
import { errorOf } from "../error_of.ts";

describe("POST /v1/look", () => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel();
  });
  afterAll(() => model.inference.close());

  const lookAt = async (body: object, options: Parameters<typeof deploy>[1] = {}) => {
    const reply = await deploy(model, options).post("/v1/look", body);
    assert.equal(reply.status, 200, await reply.clone().text());
    return await reply.json();
  };

  it("tells probabilities, the next tokens, the state and half-lives of a text", async () => {
    const found = await lookAt({ content: "Once upon a time", top: 2 });
    assert.deepEqual(found.tokens.map(({ piece }: { piece: string }) => piece), [
      ...["Once", " upon", " a", " time"],
    ]);
    assert.equal(found.tokens[0].logprob, null);
    assert.ok(found.tokens[3].logprob > Math.log(0.5));
    assert.equal(found.next.length, 2);
    assert.equal(found.left_out, 0);
    assert.deepEqual([found.wkv.length, found.wkv[0].length], [6, 4]);
    assert.deepEqual([found.half_lives.length, found.half_lives[0].length], [6, 33]);
    assert.equal(found.decays_depend_on_tokens, true);
  });

  it("looks at the prompt that messages become", async () => {
    const messages = [{ role: "user", content: "Hi!" }];
    const { tokens } = await lookAt({ messages });
    const reply = await deploy(model).post("/v1/tokenize", { messages });
    assert.deepEqual(tokens.map(({ id }: { id: number }) => id), (await reply.json()).tokens);
  });

  it("looks at the last tokens one by one, and leaves out what is too long", async () => {
    const content = "A cat. ".repeat(1_000);
    const { tokens, left_out } = await lookAt({ content, last: 3 });
    assert.equal(tokens.length, MAX_TOKENS);
    assert.ok(left_out > 1_000);
    const told = tokens.map(({ logprob }: { logprob: number | null }) => logprob !== null);
    assert.deepEqual([told.indexOf(true), told.lastIndexOf(true)], [
      MAX_TOKENS - 3,
      MAX_TOKENS - 1,
    ]);
  });

  it("counts the tokens against the tenant's rate", async () => {
    const { post } = deploy(model, { env: { TERN_TOKENS_PER_MINUTE: "4" } });
    const body = { content: "Once upon a time there was a cat." };
    assert.equal((await post("/v1/look", body)).status, 200);
    assert.equal((await post("/v1/look", body)).status, 429);
    assert.equal((await post("/v1/look", body, "beta")).status, 200);
  });

  const refused: readonly (readonly [object, number, string | null])[] = [
    [{}, 400, "content"],
    [{ content: "" }, 400, "content"],
    [{ content: "Hi", last: 0 }, 400, "last"],
    [{ content: "Hi", top: 101 }, 400, "top"],
    [{ content: "Hi", model: "other" }, 404, "model"],
    [{ content: "Hi", messages: [] }, 400, "messages"],
  ];
  for (const [body, status, param] of refused) {
    it(`refuses ${JSON.stringify(body)}`, async () => {
      const error = await errorOf(await deploy(model).post("/v1/look", body), status);
      assert.equal(error.param, param, error.message);
    });
  }
});

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ModelNames, UnknownAliasTargetError } from "../../src/turn/model_names.ts";
import { modelAliases } from "../../src/settings/model_aliases.ts";
import { errorOf } from "../error_of.ts";
import { chatBody, harness, responseBody } from "./harness.ts";

const MINI = { alias: "gpt-4o-mini", model: "tern-test" };
const ANY = { alias: "*", model: "tern-test" };

describe("the aliases of a model", () => {
  it("are taken by every route that takes a model, and replies name the model itself", async () => {
    const { post } = harness({ aliases: [MINI] });
    const model = "gpt-4o-mini";
    for (
      const [path, body] of [
        ["/v1/chat/completions", chatBody({ model })],
        ["/v1/responses", responseBody({ model })],
        ["/v1/completions", { model, prompt: "Hi" }],
      ] as const
    ) {
      const reply = await post(path, body);
      assert.equal(reply.status, 200, path);
      assert.equal((await reply.json()).model, "tern-test", path);
    }
    for (const body of [{ model, text: "Hi" }, chatBody({ model })]) {
      assert.equal((await post("/v1/tokenize", body)).status, 200);
    }
    const counted = await post("/v1/responses/input_tokens", responseBody({ model }));
    assert.equal(counted.status, 200);
  });

  it("are listed, marked by the model that they stand for", async () => {
    const { app } = harness({ aliases: [MINI, ANY] });
    const { data } = await (await app.request("/v1/models")).json();
    const marks = data.map(({ id, root }: { id: string; root?: string }) => [id, root]);
    assert.deepEqual(marks, [["tern-test", undefined], ["gpt-4o-mini", "tern-test"]]);
    const one = await (await app.request("/v1/models/gpt-4o-mini")).json();
    assert.deepEqual([one.id, one.root, one.parent], ["gpt-4o-mini", "tern-test", null]);
  });

  it("may be any name at all", async () => {
    const { app, post } = harness({ aliases: [ANY] });
    for (const model of ["gpt-5", "org/model:latest", "*"]) {
      assert.equal((await post("/v1/chat/completions", chatBody({ model }))).status, 200, model);
    }
    assert.equal((await (await app.request("/v1/models/gpt-5")).json()).root, "tern-test");
  });

  it("are known by the error for a name that is none of them", async () => {
    const { post } = harness({ aliases: [MINI] });
    const error = await errorOf(await post("/v1/responses", responseBody({ model: "gpt-5" })), 404);
    assert.equal(error.code, "model_not_found");
    assert.match(error.message, /'gpt-5'.*'tern-test', 'gpt-4o-mini'/);
  });

  it("must be of the model that is served", () => {
    const other = [MINI, { alias: "gpt-5", model: "other" }];
    assert.throws(() => new ModelNames(["tern-test"], other), UnknownAliasTargetError);
    assert.deepEqual(new ModelNames(["tern-test"]).listed, ["tern-test"]);
  });

  it("are written as names and models", () => {
    assert.deepEqual(modelAliases("gpt-4o-mini=tern-test, *=tern-test"), [MINI, ANY]);
    assert.deepEqual(modelAliases("org/a:b=m"), [{ alias: "org/a:b", model: "m" }]);
    assert.deepEqual(modelAliases(""), []);
    for (const text of ["a", "a=", "=m", "a=b=c", "a b=m", "a=m,a=n", "a=m,"]) {
      assert.equal(modelAliases(text), undefined, text);
    }
  });
});

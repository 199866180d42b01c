import { Hono } from "hono";
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { ApiEnv } from "../../src/api/http/context.ts";
import { listModels } from "../../src/api/models/models.ts";
import { modelList } from "../../src/api/models/replies.ts";
import { defaultSampling } from "../../src/sampling/default_sampling.ts";
import { ModelNames } from "../../src/turn/model_names.ts";
import type { KnownModel, ModelSource } from "../../src/turn/model_source.ts";
import { ServedChats } from "../../src/turn/served_chats.ts";

/** What `/v1/models` states of models that are not loaded. */
async function listed(known: readonly KnownModel[], aliases: { alias: string; model: string }[]) {
  const names = known.map(({ name }) => name);
  const unused = () => Promise.reject(new Error("nothing is loaded"));
  const source: ModelSource = {
    names,
    list: () => Promise.resolve(known),
    find: unused,
    tokenizer: unused,
    known: () => [],
    statuses: () => new Map(),
  };
  const models = new ServedChats({
    source,
    names: new ModelNames(names, aliases),
    chatOver: () => assert.fail("nothing is loaded"),
    defaultsOf: (folder) => defaultSampling(folder?.sampling),
    started: 0,
  });
  const app = new Hono<ApiEnv>().get("/v1/models", listModels(models));
  const { data } = modelList.parse(await (await app.request("/v1/models")).json());
  return Object.fromEntries(data.map(({ id, reasoning }) => [id, reasoning]));
}

describe("GET /v1/models", () => {
  it("states how each model thinks", async () => {
    const efforts = ["none", "low", "medium", "high"];
    const models = [
      { name: "g1", folder: { chat_template: "rwkv_g1" } },
      { name: "eager", folder: { chat_template: "rwkv_g1", thinking: "medium" } },
      { name: "world", folder: { chat_template: "rwkv_world" } },
      { name: "mistaken", folder: { chat_template: "no_such_template" } },
      { name: "unreadable" },
    ] as const;
    assert.deepEqual(await listed(models, [{ alias: "gpt", model: "eager" }]), {
      g1: { efforts, default_effort: "off" },
      eager: { efforts, default_effort: "medium" },
      world: null,
      mistaken: null,
      unreadable: undefined,
      gpt: { efforts, default_effort: "medium" },
    });
  });
});

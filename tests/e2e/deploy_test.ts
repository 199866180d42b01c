import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { buildForDenoDeploy } from "../../scripts/deploy/build_for_deno_deploy.ts";
import { writeParts } from "../../scripts/deploy/write_parts.ts";
import { toKeyDigest } from "../../src/api/access/key_entry.ts";
import { ApiClient, eventsOf, textOf } from "../http_suite/client.ts";
import { type RunningServer, testHttpApi } from "../http_suite/http_suite.ts";
import { type KvConnectServer, startKvConnect } from "../store/kv_connect_server.ts";
import { DeployProcess } from "./deploy_process.ts";

const MODEL = new URL("../../models/tern-7m", import.meta.url).pathname;

testHttpApi("src/deploy.ts over KV Connect, without the right to write", async (settings) => {
  const kv = startKvConnect();
  const over = async (): Promise<RunningServer> => {
    const instance = await DeployProcess.start({ kv: kv.url, env: settings });
    return {
      url: instance.url,
      async stop() {
        await instance.kill();
        await kv[Symbol.asyncDispose]();
      },
      async restart() {
        await instance.kill();
        return await over();
      },
    };
  };
  return await over();
});

describe("two instances over one Deno KV", () => {
  let kv: KvConnectServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    kv = startKvConnect();
    env = { TERN_API_KEYS: await toKeyDigest("alpha"), TERN_LEASE_MS: "500" };
  });
  afterAll(async () => await kv[Symbol.asyncDispose]());

  it("go on with each other's conversations, and with an answer whose instance was killed", async () => {
    await using one = await DeployProcess.start({ kv: kv.url, env });
    await using other = await DeployProcess.start({ kv: kv.url, env });
    const [alpha, beta] = [one, other].map(({ url }) => new ApiClient(url, "alpha")) as [
      ApiClient,
      ApiClient,
    ];
    const ask = { model: "tern-7m", temperature: 0, max_output_tokens: 48 };
    const first = await alpha.respond({ ...ask, input: "My name is Ada." });
    const second = await beta.respond({
      ...ask,
      input: "Tell me a story.",
      previous_response_id: first.id,
    });
    assert.notEqual(second.usage?.input_tokens_details.cached_tokens, 0);
    const again = { ...ask, input: "Tell me a long story.", previous_response_id: second.id };
    const whole = textOf(await beta.respond(again));
    const running = await alpha.respond({ ...again, background: true });
    await one.kill();
    const events = await eventsOf(await beta.fetch(`/v1/responses/${running.id}?stream=true`));
    assert.match(events.at(-2)?.event ?? "", /^response\.(completed|incomplete)$/);
    assert.equal(textOf(await beta.retrieve(running.id)), whole);
  });

  it("sends the answers under way when it is told to stop", async () => {
    await using instance = await DeployProcess.start({ kv: kv.url, env });
    const alpha = new ApiClient(instance.url, "alpha");
    const reply = await alpha.post("/v1/chat/completions", {
      model: "tern-7m",
      messages: [{ role: "user", content: "Tell me a story." }],
      max_tokens: 60,
      stream: true,
    });
    const [events, code] = await Promise.all([eventsOf(reply), instance.stop()]);
    assert.equal(events.at(-1)?.data, "[DONE]");
    assert.equal(code, 0);
  });
});

describe("what is deployed to Deno Deploy", () => {
  it("serves without the repository around it", async () => {
    const out = await Deno.makeTempDir();
    assert.equal(await buildForDenoDeploy(`${out}/built`, {}), "tern-7m");
    await using kv = startKvConnect();
    await using instance = await DeployProcess.start({
      kv: kv.url,
      entry: `${out}/built/main.ts`,
      config: `${out}/built/deno.json`,
    });
    const reply = await new ApiClient(instance.url).respond({ model: "tern-7m", input: "Hello." });
    assert.notEqual(textOf(reply), "");
    await instance.kill();
    await Deno.remove(out, { recursive: true });
  });

  it("is not built with settings that cannot work there", async () => {
    await assert.rejects(buildForDenoDeploy("/nowhere", { TERN_STORE: "sqlite" }), {
      name: "LocalStoreError",
    });
    await assert.rejects(buildForDenoDeploy("/nowhere", { TERN_API_KEY: "x" }), {
      name: "UnknownSettingError",
    });
  });
});

describe("an instance whose model is at a URL", () => {
  it("streams it, and answers as from a file", async () => {
    const out = await Deno.makeTempDir();
    const { sha256 } = await writeParts(MODEL, out, { weights: "int8" });
    await using files = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => new Response(await Deno.readFile(out + new URL(request.url).pathname)),
    );
    await using kv = startKvConnect();
    const url = `http://127.0.0.1:${files.addr.port}/model.parts.json`;
    await using remote = await DeployProcess.start({
      kv: kv.url,
      env: { TERN_MODEL: `${url}#sha256=${sha256}` },
    });
    await using local = await DeployProcess.start({ kv: kv.url });
    const ask = { model: "tern-7m", temperature: 0, input: "Tell me a story." };
    const [there, here] = await Promise.all(
      [remote, local].map(async ({ url }) => textOf(await new ApiClient(url).respond(ask))),
    );
    assert.equal(there, here);
    await using refused = await DeployProcess.start({
      kv: kv.url,
      env: { TERN_MODEL: `${url}#sha256=${"0".repeat(64)}` },
    });
    assert.equal((await fetch(`${refused.url}/v1/models`)).status, 503);
    await Deno.remove(out, { recursive: true });
  });
});

describe("an instance with wrong settings", () => {
  it("answers 503 with a sentence for the operator, and keeps secrets", async () => {
    await using kv = startKvConnect();
    for (
      const [env, sentence] of [
        [{ TERN_THREADS: "many" }, /TERN_THREADS is "many": it must be an integer/],
        [{ TERN_STORE: "sqlite" }, /TERN_STORE is sqlite, a file, which instances/],
        [{ TERN_API_KEYS: "sk-a-secret-in-clear" }, /TERN_API_KEYS has a value that is not shown/],
        [{ TERN_API_KEY: "sk-a-secret-in-clear" }, /Did you mean TERN_API_KEYS/],
      ] as const
    ) {
      await using instance = await DeployProcess.start({ kv: kv.url, env });
      for (const path of ["/health", "/v1/models"]) {
        const reply = await fetch(instance.url + path);
        assert.equal(reply.status, 503);
        const text = await reply.text();
        assert.match(JSON.parse(text).error?.message ?? JSON.parse(text).message, sentence);
        assert(!text.includes("in-clear"), text);
      }
    }
  });

  it("does not show what else went wrong", async () => {
    await using kv = startKvConnect();
    const env = { TERN_MODEL: "/a/path/of/the/operator" };
    await using instance = await DeployProcess.start({ kv: kv.url, env });
    const reply = await fetch(`${instance.url}/v1/models`);
    assert.equal(reply.status, 503);
    assert.match((await reply.json()).error.message, /Its log says why/);
  });
});

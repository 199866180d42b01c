import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ApiClient, textOf } from "../http_suite/client.ts";
import { hasRedis, startRedis } from "../store/redis_server.ts";
import { newConversation, nextByte, upload } from "./ingest_upload.ts";
import { ServerProcess } from "./server_process.ts";

const BYTES = 40_000;

describe("a text that is being read", () => {
  const loses =
    "loses nothing that was told of when its server is killed, and gives the same state";

  it(`${loses}, with sqlite`, async () => await killed("sqlite"));

  it(`${loses}, with redis`, { ignore: !hasRedis }, async () => {
    await using redis = await startRedis();
    await killed(redis.url);
  });

  async function killed(store: string): Promise<void> {
    const data = await Deno.makeTempDir();
    const env = {
      TERN_DATA: data,
      TERN_STORE: store,
      TERN_LEASE_MS: "500",
      TERN_CHECKPOINT_MS: "50",
    };
    let server = await ServerProcess.start(env);
    try {
      let client = new ApiClient(server.url);
      const conversation = await newConversation(client);
      let told = 0;
      for (let kills = 0; kills < 2; kills++) {
        const offset = await nextByte(client, conversation);
        const broken = upload(client, conversation, BYTES, offset, (status) => {
          assert(status.offset >= told);
          if (status.offset <= Math.max(told, offset)) return;
          told = status.offset;
          void server.kill();
        });
        await assert.rejects(broken);
        server = await ServerProcess.start(env);
        client = new ApiClient(server.url);
      }
      const offset = await nextByte(client, conversation);
      assert(told > 0 && offset >= told && offset < BYTES, `${told} were told, ${offset} kept`);
      const status = await upload(client, conversation, BYTES, offset);
      const undisturbed = await newConversation(client);
      const expected = await upload(client, undisturbed, BYTES, 0);
      assert.equal(status.sha256, expected.sha256);
      assert.equal(status.tokens, expected.tokens);
      const next = async (conversation: string) =>
        textOf(
          await client.respond({
            model: "tern-7m",
            conversation,
            input: "What flew over the sea?",
            temperature: 1.2,
            seed: 3,
            max_output_tokens: 24,
          }),
        );
      assert.equal(await next(conversation), await next(undisturbed));
    } finally {
      await server.kill();
      await Deno.remove(data, { recursive: true });
    }
  }
});

import { describe, it } from "@std/testing/bdd";
import { hasRedis, startRedis } from "../store/redis_server.ts";
import { manyProcesses } from "./many_processes.ts";

/** A few. `deno task many-test` does as many as one likes. */
const FEW = { processes: 3, conversations: 10, turns: 3, kills: 3 };

describe("Conversations with several servers that are killed on the way", () => {
  it("lose nothing, with sqlite", async () => {
    const data = await Deno.makeTempDir();
    try {
      await manyProcesses({ env: { TERN_DATA: data, TERN_STORE: "sqlite" }, ...FEW });
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  });

  it("lose nothing, with redis", { ignore: !hasRedis }, async () => {
    await using redis = await startRedis();
    await manyProcesses({ env: { TERN_STORE: redis.url }, ...FEW });
  });
});

import { describe, it } from "@std/testing/bdd";
import { hasRedis, startRedis } from "../store/redis_server.ts";
import { killRounds } from "./kill_rounds.ts";

/** A few rounds with each store. `deno task kill-test` does as many as one likes. */
const KILLS = 8;

describe("Clients of a server that is killed in the middle of an answer", () => {
  for (const store of ["deno-kv", "sqlite"]) {
    it(`get every byte of it, with ${store}`, async () => {
      const data = await Deno.makeTempDir();
      try {
        await killRounds({ env: { TERN_DATA: data, TERN_STORE: store }, kills: KILLS });
      } finally {
        await Deno.remove(data, { recursive: true });
      }
    });
  }

  it("get every byte of it, with redis", { ignore: !hasRedis }, async () => {
    await using redis = await startRedis();
    await killRounds({ env: { TERN_STORE: redis.url }, kills: KILLS });
  });
});

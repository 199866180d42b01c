import { describe, it } from "@std/testing/bdd";
import { hasRedis, startRedis } from "../store/redis_server.ts";
import { THINKING_MODEL, writeThinkingModel } from "../thinking_model.ts";
import { killRounds } from "./kill_rounds.ts";

/** Ninety in all. `deno task kill-test` does as many as one likes. */
const KILLS = 25;
const THINKING_KILLS = 5;

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

  describe("and that thinks before", () => {
    const fields = { model: THINKING_MODEL, reasoning: { effort: "low" }, thinking_budget: 20 };
    const thinking = async (env: Readonly<Record<string, string>>) => {
      const folder = await Deno.makeTempDir();
      const data = await Deno.makeTempDir();
      try {
        await writeThinkingModel(folder);
        const all = { TERN_MODEL: folder, TERN_DATA: data, ...env };
        await killRounds({ env: all, kills: THINKING_KILLS, fields });
      } finally {
        await Deno.remove(data, { recursive: true });
        await Deno.remove(folder, { recursive: true });
      }
    };
    for (const store of ["deno-kv", "sqlite"]) {
      it(`get every byte of it, with ${store}`, () => thinking({ TERN_STORE: store }));
    }

    it("get every byte of it, with redis", { ignore: !hasRedis }, async () => {
      await using redis = await startRedis();
      await thinking({ TERN_STORE: redis.url });
    });
  });
});

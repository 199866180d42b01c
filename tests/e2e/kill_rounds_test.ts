import { describe, it } from "@std/testing/bdd";
import { hasRedis, startRedis } from "../store/redis_server.ts";
import { THINKING_MODEL, writeThinkingModel } from "../thinking_model.ts";
import { killRounds } from "./kill_rounds.ts";

/** Rounds with each store: 102 in all three. `deno task kill-test` does any number. */
const KILLS = 29;
const THINKING_KILLS = 5;
/** Short answers make the rounds fast, and still last for dozens of events. */
const SHORT = { max_output_tokens: 96 };

describe("Clients of a server that is killed in the middle of an answer", () => {
  for (const store of ["deno-kv", "sqlite"]) {
    it(`get every byte of it, with ${store}`, async () => {
      const data = await Deno.makeTempDir();
      try {
        const env = { TERN_DATA: data, TERN_STORE: store };
        await killRounds({ env, kills: KILLS, fields: SHORT });
      } finally {
        await Deno.remove(data, { recursive: true });
      }
    });
  }

  it("get every byte of it, with redis", { ignore: !hasRedis }, async () => {
    await using redis = await startRedis();
    await killRounds({ env: { TERN_STORE: redis.url }, kills: KILLS, fields: SHORT });
  });

  describe("and that thinks before, with guessed tokens", () => {
    const fields = {
      ...SHORT,
      model: THINKING_MODEL,
      reasoning: { effort: "low" },
      thinking_budget: 20,
    };
    const thinking = async (env: Readonly<Record<string, string>>) => {
      const folder = await Deno.makeTempDir();
      const data = await Deno.makeTempDir();
      try {
        await writeThinkingModel(folder);
        const all = { TERN_MODEL: folder, TERN_DATA: data, TERN_SPECULATION: "true", ...env };
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

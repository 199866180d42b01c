import { describe } from "@std/testing/bdd";
import { type RunningServer, testHttpApi } from "../http_suite/http_suite.ts";
import { hasRedis, startRedis } from "../store/redis_server.ts";
import { ServerProcess } from "./server_process.ts";

async function startOver(
  data: string,
  settings: Record<string, string>,
): Promise<RunningServer> {
  const server = await ServerProcess.start({ TERN_DATA: data, TERN_LOG: "info", ...settings });
  return {
    url: server.url,
    async stop() {
      await server.kill();
      await Deno.remove(data, { recursive: true });
    },
    async restart() {
      await server.kill();
      return await startOver(data, settings);
    },
  };
}

for (const store of ["deno-kv", "sqlite"]) {
  testHttpApi(
    `src/main.ts over ${store}`,
    async (settings) =>
      await startOver(await Deno.makeTempDir(), { TERN_STORE: store, ...settings }),
  );
}

describe("with a server of Redis", { ignore: !hasRedis }, () => {
  testHttpApi("src/main.ts over redis", async (settings) => {
    const redis = await startRedis();
    const over = (server: RunningServer): RunningServer => ({
      url: server.url,
      async stop() {
        await server.stop();
        await redis[Symbol.asyncDispose]();
      },
      restart: async () => over(await server.restart()),
    });
    return over(
      await startOver(await Deno.makeTempDir(), { TERN_STORE: redis.url, ...settings }),
    );
  });
});

import { type RunningServer, testHttpApi } from "../http_suite/http_suite.ts";
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

testHttpApi(
  "src/main.ts",
  async (settings) => await startOver(await Deno.makeTempDir(), settings),
);

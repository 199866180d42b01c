/**
 * The entry for platforms that listen themselves: Deno Deploy, or `deno serve src/deploy.ts`. Its default export
 * answers requests from the first moment on: with 503 while the model loads, or if the settings are wrong.
 *
 * @module
 */
import { answerWhileLoading } from "./api/server/loading.ts";
import { answerUnavailable, STOPPING } from "./api/server/unavailable.ts";
import { run } from "./main.ts";
import type { Answer, Listen } from "./serve.ts";
import { cannotStart } from "./settings/cannot_start.ts";
import { UnderWay } from "./stream/under_way.ts";

const requests = new UnderWay();
let answer: Answer = (request) => answerWhileLoading(request, { done: 0, total: 0 });

const listen: Listen = (given) => {
  answer = (request, info) => requests.track(given(request, info));
  return {
    async shutdown() {
      answer = (request) => answerUnavailable(request, STOPPING);
      await requests.ended();
    },
  };
};

async function serveUntilStopped(): Promise<void> {
  try {
    await run(Deno.env.toObject(), { listen });
    Deno.exit(0);
  } catch (error) {
    console.error(`Tern cannot start. ${error instanceof Error ? error.message : error}`);
    // Not an exit: the platform would start it again and again, and nobody would be told why.
    const why = cannotStart(error);
    answer = (request) => answerUnavailable(request, why);
  }
}

serveUntilStopped();

export default {
  fetch: (request, info) => answer(request, info),
} satisfies Deno.ServeDefaultExport;

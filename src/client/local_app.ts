import { CONVERSATION_ROUTES } from "../api/conversations/routes.ts";
import { MODEL_ROUTES } from "../api/models/routes.ts";
import { RESPONSE_ROUTES } from "../api/responses/routes.ts";
import { TOKEN_ROUTES } from "../api/tokens/routes.ts";
import { assemble } from "../assemble.ts";
import { openCheckpoint } from "../checkpoint/open_checkpoint.ts";
import { bytesSource } from "../checkpoint/random_access.ts";
import { Scheduler } from "../engine/scheduler.ts";
import { SimdEngine } from "../engine/simd/simd_engine.ts";
import { checkFolder } from "../rwkv/check_folder.ts";
import { loadConfig } from "../settings/config.ts";
import { MemoryStore } from "../store/memory_store.ts";
import { oneModel } from "../turn/one_model.ts";
import { createLogger } from "../telemetry/logger.ts";
import { loadTokenizer } from "../tokenizer/load_tokenizer.ts";
import type { DownloadedModel } from "./download_model.ts";

/** What of the API is there in a page. */
const ROUTES = [...MODEL_ROUTES, ...RESPONSE_ROUTES, ...CONVERSATION_ROUTES, ...TOKEN_ROUTES];

/** The API over a model in this thread, without a network. */
export interface LocalApp {
  /** What requests call the model. */
  readonly model: string;
  /** Names the model and the engine: states continue where this is the same. */
  readonly fingerprint: string;
  fetch(request: Request): Promise<Response>;
  /** Hands over what is being made, and frees the model. */
  close(): Promise<void>;
}

/**
 * Loads a model that was downloaded, and puts the same server over it that runs elsewhere: what is true of that holds here.
 * Conversations are kept in memory.
 *
 * @throws what keeps the model from being run
 */
export async function openLocalApp(files: DownloadedModel): Promise<LocalApp> {
  const { config: folder, weights, vocabulary, format } = files;
  const [tokenizer, checkpoint] = await Promise.all([
    loadTokenizer(folder.tokenizer, vocabulary),
    openCheckpoint(bytesSource(weights), "the weights"),
  ]);
  const engine = await SimdEngine.load(checkpoint, { weights: format });
  checkpoint.close();
  checkFolder("config.json", folder, engine.config);
  const inference = new Scheduler(engine, tokenizer);
  const config = loadConfig({ TERN_STORE: "memory" });
  const model = folder.name ?? "model";
  const server = assemble({
    config,
    routes: ROUTES,
    source: oneModel({ name: model, folder, inference, tokenizer }),
    store: new MemoryStore(),
    turns: { running: config.maxRunning, waiting: config.maxWaiting },
    log: createLogger({ level: "error", sink: (line) => console.error(line), now: Date.now }),
    openSocket() {
      throw new Error("There are no sockets without a network");
    },
    now: Date.now,
    elapsed: () => performance.now(),
  });
  const { app, responses, ingests } = server.open();
  return {
    model,
    fingerprint: inference.fingerprint,
    fetch: async (request) => await app.fetch(request),
    async close() {
      await Promise.all([responses.close(), ingests.close()]);
      await inference.close();
    },
  };
}

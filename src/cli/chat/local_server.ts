import { createLogger } from "../../telemetry/logger.ts";
import { ROUTES } from "../../routes.ts";
import { assemble } from "../../assemble.ts";
import type { Config } from "../../settings/config.ts";
import { openModel } from "../../models/open_model.ts";
import type { StateLayout } from "../../state/layout.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import { oneModel } from "../../turn/one_model.ts";
import { notice } from "../terminal.ts";

/** The server's API without a network, over a store in memory. */
export interface LocalServer extends AsyncDisposable {
  /** Answers a request to a path of the API. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** What requests call the model. */
  readonly model: string;
  readonly layout: StateLayout;
  readonly fingerprint: string;
}

/**
 * Loads a model and puts the whole server over it, without listening: what is true of the API is true of the chat.
 *
 * @param path A file or a folder.
 * @throws what keeps the model from being run
 */
export async function openLocalServer(path: string, config: Config): Promise<LocalServer> {
  const { name: model, folder, inference, tokenizer } = await openModel(path, {
    engine: config.engine,
    threads: config.threads,
    weights: config.weights,
    speculation: config.speculation,
    onCrash(error) {
      notice(`The engine stopped: ${error}`);
      Deno.exit(1);
    },
  });
  const server = assemble({
    routes: ROUTES,
    // Nobody else can reach it, so it needs no keys.
    config: { ...config, store: "memory", apiKeys: [], tenants: [] },
    source: oneModel({ name: model, folder: folder.config, inference, tokenizer }),
    store: new MemoryStore(),
    turns: { running: config.maxRunning, waiting: config.maxWaiting },
    log: createLogger({ level: "error", sink: notice, now: Date.now }),
    openSocket() {
      throw new Error("There are no sockets without a network");
    },
    now: Date.now,
    elapsed: () => performance.now(),
  });
  const { app, responses, ingests } = server.open();
  return {
    fetch: async (path, init) => await app.fetch(new Request(`http://localhost${path}`, init)),
    model,
    layout: inference.layout,
    fingerprint: inference.fingerprint,
    async [Symbol.asyncDispose]() {
      await Promise.all([responses.close(), ingests.close()]);
      await inference.close();
    },
  };
}

import { assemble } from "../../src/assemble.ts";
import { ROUTES } from "../../src/routes.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { loadConfig } from "../../src/settings/config.ts";
import type { Inference } from "../../src/engine/inference.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";
import { oneModel } from "../../src/turn/one_model.ts";
import { HASH_FOLDER, HashInference } from "./hash_inference.ts";

/** How long a lease holds. The clock only goes when it is told to. */
export const LEASE_MS = 60_000;

/** A clock that stands until it is moved. */
export class StandingClock {
  time = 1_800_000_000_000;
  readonly now = (): number => this.time;
}

/** A whole server over a store, with a model that costs nothing. */
export function server(
  store: KvStore,
  { now }: StandingClock,
  env: Readonly<Record<string, string>> = {},
  inference: Inference = new HashInference(),
) {
  const lines: string[] = [];
  const parts = assemble({
    routes: ROUTES,
    config: loadConfig({ TERN_LEASE_MS: String(LEASE_MS), TERN_REQUESTS_PER_MINUTE: "0", ...env }),
    source: oneModel({
      name: "hash",
      folder: HASH_FOLDER,
      inference,
      tokenizer: new ByteTokenizer(),
    }),
    store,
    turns: { running: 16, waiting: 64 },
    log: createLogger({ level: "info", sink: (line) => lines.push(line), now }),
    now,
    elapsed: () => performance.now(),
    openSocket: (request, protocol) =>
      Deno.upgradeWebSocket(request, protocol === undefined ? {} : { protocol }),
  });
  const { app, responses, ingests } = parts.open();
  /** Asks for something. An object is a JSON body. */
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    init: RequestInit = {},
  ): Promise<Response> =>
    await app.request(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...init,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...init.headers as Record<string, string>,
      },
    });
  return { app, responses, ingests, lines, ask };
}

/** A server of a test. */
export type TestServer = ReturnType<typeof server>;

import { createLogger } from "../src/telemetry/logger.ts";
import { ROUTES } from "../src/routes.ts";
import { assemble } from "../src/assemble.ts";
import { openCheckpoint } from "../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../src/checkpoint/deno_file.ts";
import { readModelFolder } from "../src/checkpoint/model_folder.ts";
import { loadConfig } from "../src/settings/config.ts";
import { Scheduler } from "../src/engine/scheduler.ts";
import { SimdEngine } from "../src/engine/simd/simd_engine.ts";
import type { Inference } from "../src/engine/inference.ts";
import { InferenceOver } from "../src/engine/inference_over.ts";
import type { RecurrentState } from "../src/state/recurrent_state.ts";
import { Decays } from "../src/look/decays.ts";
import type { KvStore } from "../src/store/kv_store.ts";
import { MemoryStore } from "../src/store/memory_store.ts";
import { loadTokenizer } from "../src/tokenizer/load_tokenizer.ts";
import { oneModel } from "../src/turn/one_model.ts";
import { keyDigests } from "./key_digests.ts";

const FOLDER = new URL("../models/tern-7m", import.meta.url).pathname;

/** The embedded model, loaded once for all deployments of a test. */
export async function loadModel() {
  const folder = await readModelFolder(FOLDER);
  const tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(folder.vocabPath!));
  const checkpoint = await openCheckpoint(await openFile(folder.weightsPath), "tern-7m");
  const engine = await SimdEngine.load(checkpoint, { weights: "int8" });
  const decays = await Decays.read(checkpoint, engine.config);
  checkpoint.close();
  const inference = new Scheduler(engine, tokenizer);
  return { folder: folder.config, tokenizer, inference, decays };
}

export type Model = Awaited<ReturnType<typeof loadModel>>;

/** The same model, said to be another. */
class OtherModel extends InferenceOver<Inference> {
  override get modelFingerprint() {
    return "another model";
  }

  open(state?: RecurrentState) {
    return this.inner.open(state);
  }
}

/** What a deployment may differ in. */
export interface DeploymentOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly store?: KvStore;
  readonly now?: () => number;
  /** Whether its model has another fingerprint. */
  readonly otherModel?: boolean;
}

/** A whole server, less what listens. */
export function deploy(model: Model, options: DeploymentOptions = {}) {
  const { env = {}, store = new MemoryStore(), now = Date.now, otherModel = false } = options;
  const config = loadConfig({ TERN_API_KEYS: keyDigests("alpha", "beta").join(), ...env });
  const lines: string[] = [];
  const server = assemble({
    routes: ROUTES,
    config,
    source: oneModel({
      name: "tern-7m",
      folder: model.folder,
      inference: otherModel ? new OtherModel(model.inference) : model.inference,
      tokenizer: model.tokenizer,
    }),
    readDecays: () => Promise.resolve(model.decays),
    store,
    turns: { running: config.maxRunning, waiting: config.maxWaiting },
    log: createLogger({ level: "error", sink: (line) => lines.push(line), now }),
    now,
    elapsed: () => performance.now(),
    openSocket: (request) => Deno.upgradeWebSocket(request),
  });
  const { app, responses } = server.open();
  const call = (key: string, method: string, path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${key}`);
    return Promise.resolve(app.request(path, { method, ...init, headers }));
  };
  const post = (path: string, body: unknown, key = "alpha") =>
    call(key, "POST", path, {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return { app, responses, store, call, post, lines };
}

export type Deployment = ReturnType<typeof deploy>;

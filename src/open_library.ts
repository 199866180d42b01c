import type { EngineThread } from "./engine/worker_thread.ts";
import { availableMemory } from "./models/available_memory.ts";
import { ModelLibrary } from "./models/model_library.ts";
import type { Config } from "./settings/config.ts";
import type { Logger } from "./telemetry/logger.ts";

/** What {@linkcode openLibrary} opens with. */
export interface OpenLibraryParts {
  readonly config: Config;
  /** A thread that may have begun to load the model, if there is one alone. */
  readonly thread: EngineThread;
  readonly log: Logger;
}

/**
 * Opens the models of a server, and logs what happens to them.
 *
 * @param onLoading told how far the loading of a model is
 * @throws what keeps a single model from being run
 */
export async function openLibrary(
  paths: readonly string[],
  { config, thread, log }: OpenLibraryParts,
  onLoading: (done: number, total: number) => void,
): Promise<ModelLibrary> {
  const isSingle = paths.length === 1;
  const { engine, threads, weights, speculation, memory, modelIdleMs, personas } = config;
  return await ModelLibrary.open(paths, {
    engine: { engine, threads, weights, speculation },
    personas: personas === "" ? undefined : personas,
    thread,
    pool: {
      memory: isSingle ? Infinity : memory === "auto" ? await availableMemory() : memory,
      strict: memory !== "auto",
      idleMs: isSingle || modelIdleMs === 0 ? Infinity : modelIdleMs,
      onUnloaded: (model, why) => log.info("model unloaded", { model, why }),
    },
    events: {
      onLoading: (_, done, total) => onLoading(done, total),
      onInferred: (inferred) => log.info("model inferred", { ...inferred }),
      onUnreadable: (path, error) => log.warn("a model cannot be read", { path, error }),
      onLoaded(model, { inference: { fallback, alone } }, ms) {
        if (fallback !== undefined) {
          log.warn("the engine is onnxruntime-web", { model, reason: fallback });
        }
        if (alone !== undefined) {
          log.warn("the engine computes with one thread", { model, reason: alone });
        }
        if (!isSingle) log.info("model loaded", { model, load_ms: Math.round(ms) });
      },
      onFailed(model, error) {
        if (!isSingle) log.error("a model cannot be loaded", { model, error });
      },
      onCrash(model, error) {
        log.error("the engine stopped", { model, error });
        // Nothing can be answered any more. Whoever watches the process starts another, which goes on.
        if (isSingle) Deno.exit(1);
      },
      onPersonaChanged: (model, path) => log.warn("a persona was changed", { model, path }),
    },
  });
}

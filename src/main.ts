/**
 * The Deno entry. Little is here and in what it imports, so that the engine's thread soon reads the weights: the server
 * loads its modules beside that, which is most of a cold start.
 *
 * @module
 */
import { findWeights } from "./checkpoint/find_file.ts";
import { findModels } from "./checkpoint/find_models.ts";
import { loadConfig, unknownSettings } from "./settings/config.ts";
import { EngineThread } from "./engine/worker_thread.ts";
import type * as Server from "./serve.ts";
import { tenantNotices } from "./settings/tenant_notices.ts";

/** A name that Deno does not see beforehand, since it loads all that it sees before it runs anything. */
const SERVER: string = "./serve.ts";

/** Where the models of the repository are. */
export const MODELS = new URL("../models", import.meta.url).pathname;

/** What {@linkcode start} reports. */
export interface StartEvents {
  /** A part of a model was loaded that takes long to load. */
  loading?(done: number, total: number): void;
  /** The server listens. */
  ready?(): void;
}

/**
 * Serves one or more models until the process is told to stop, and ends the process.
 *
 * @param env the settings
 */
export async function start(
  env: Readonly<Record<string, string>>,
  events: StartEvents = {},
): Promise<never> {
  const thread = new EngineThread();
  try {
    const config = loadConfig(env);
    const warnings = [...unknownSettings(env), ...tenantNotices(config)];
    const { model, modelsDirectory, engine, threads, weights } = config;
    const models = await findModels(model, [MODELS, modelsDirectory]);
    if (models.length === 1) {
      const path = await findWeights(models[0]!);
      // If there are none, the server says what the folder lacks.
      if (path !== undefined) thread.load({ path, engine, threads, weights });
    }
    const { serve } = await import(SERVER) as typeof Server;
    await serve({ config, models, thread, warnings, events });
    Deno.exit(0);
  } catch (error) {
    // Settings, files and ports are the operator's to mend: the message says what is wrong.
    console.error(`Tern cannot start. ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}

if (import.meta.main) await start(Deno.env.toObject());

/**
 * The Deno entry. Little is here and in what it imports, so that the engine's thread soon reads the weights: the server
 * loads its modules beside that, which is most of a cold start.
 *
 * @module
 */
import { findWeights } from "./checkpoint/find_file.ts";
import { findModels } from "./checkpoint/find_models.ts";
import { loadConfig, unknownSettings } from "./settings/config.ts";
import { isDenoDeploy, withPlatformStore } from "./settings/deno_deploy.ts";
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

type Env = Readonly<Record<string, string>>;

/**
 * Serves one or more models until the process is told to stop.
 *
 * @param env the settings
 * @throws what keeps the server from starting
 */
export async function run(
  env: Env,
  options: Pick<Server.ServeOptions, "events" | "listen"> = {},
): Promise<void> {
  const thread = new EngineThread();
  const settings = withPlatformStore(env);
  const config = loadConfig(settings);
  const warnings = [...unknownSettings(settings), ...tenantNotices(config)];
  const { model, modelsDirectory, engine, threads, weights } = config;
  const models = await findModels(model, [MODELS, modelsDirectory]);
  if (models.length === 1) {
    const path = await findWeights(models[0]!);
    // If there are none, the server says what the folder lacks.
    if (path !== undefined) thread.load({ path, engine, threads, weights });
  }
  const { serve } = await import(SERVER) as typeof Server;
  await serve({ config, models, thread, warnings, isPublic: isDenoDeploy(env), ...options });
}

/** The same, and ends the process. */
export async function start(env: Env, events: StartEvents = {}): Promise<never> {
  try {
    await run(env, { events });
    Deno.exit(0);
  } catch (error) {
    // Settings, files and ports are the operator's to mend: the message says what is wrong.
    console.error(`Tern cannot start. ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}

if (import.meta.main) await start(Deno.env.toObject());

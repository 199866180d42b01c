/**
 * The Deno entry. Little is here, so that the engine's thread starts at once: it and the server load their modules side by
 * side, which is most of a cold start.
 *
 * @module
 */
import { EngineThread } from "./engine/worker_thread.ts";
import type * as Server from "./serve.ts";

/** A name that Deno does not see beforehand, since it loads all that it sees before it runs anything. */
const SERVER: string = "./serve.ts";

if (import.meta.main) {
  const thread = new EngineThread();
  try {
    const { serve } = await import(SERVER) as typeof Server;
    await serve(thread);
    Deno.exit(0);
  } catch (error) {
    // Settings, files and ports are the operator's to mend: the message says what is wrong.
    console.error(`Tern cannot start. ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}

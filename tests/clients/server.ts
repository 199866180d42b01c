import { ServerProcess } from "../e2e/server_process.ts";
import { keyDigests } from "../key_digests.ts";

/** The model that is served. */
export const MODEL = "tern-7m";

/** A key that the server asks for. */
export const KEY = "sk-clients";

/**
 * The real server with the embedded model, for a client that speaks to it as its users would.
 *
 * @param env settings besides
 */
export async function startServer(
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  return await ServerProcess.start({
    ...env,
    TERN_STORE: "memory",
    TERN_API_KEYS: keyDigests(KEY).join(),
    TERN_LOG: "info",
  });
}

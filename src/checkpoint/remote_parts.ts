import { CheckpointError, InvalidCheckpointError } from "./checkpoint_error.ts";
import { ModelParts } from "./model_parts.ts";

/** The largest index and the largest part that are read, in bytes. */
const MAX_FILE_BYTES = 1 << 26;
/** How often a file is asked for, if the server or the network fails. */
const ATTEMPTS = 3;
const RETRY_MS = 500;
/** How the URL of an index says which one it must be. */
const PIN = /^#sha256=([0-9a-f]{64})$/;

/**
 * The model whose index lies at a URL, and its parts beside it. Nothing is written to disk, and the weights are never
 * whole in memory beside what the engine makes of them.
 *
 * @param url of a `model.parts.json`, perhaps with `#sha256=` and the digest that it must have. Without one the server is
 *   trusted for the index; the parts must be those that it names in any case.
 * @throws {CheckpointError} if it cannot be fetched, or is not the one that the URL names
 */
export async function openRemoteParts(url: string): Promise<ModelParts> {
  const { hash } = new URL(url);
  const pin = PIN.exec(hash)?.[1];
  if (hash !== "" && pin === undefined) {
    throw new CheckpointError(url, "after # must come sha256= and 64 hexadecimal digits");
  }
  const index = await fetchFile(url);
  if (pin !== undefined) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", index)).toHex();
    if (digest !== pin) throw new InvalidCheckpointError(url, `its SHA-256 is ${digest}`);
  }
  return new ModelParts(index, {
    name: new URL(".", url).href,
    fetch: (name) => fetchFile(new URL(name, url).href),
    readAhead: true,
  });
}

async function fetchFile(url: string): Promise<Uint8Array<ArrayBuffer>> {
  for (let attempt = 1;; attempt++) {
    try {
      return await fetchOnce(url);
    } catch (error) {
      if (error instanceof CheckpointError || attempt === ATTEMPTS) {
        throw asCheckpointError(url, error);
      }
      await new Promise((resolve) => setTimeout(resolve, attempt * RETRY_MS));
    }
  }
}

async function fetchOnce(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const reply = await fetch(url);
  if (reply.status !== 200) {
    await reply.body?.cancel();
    const why = `the server answers ${reply.status}`;
    throw reply.status >= 500 ? new Error(why) : new CheckpointError(url, why);
  }
  const length = Number(reply.headers.get("content-length"));
  if (length > MAX_FILE_BYTES) {
    await reply.body?.cancel();
    throw new CheckpointError(
      url,
      `it has ${length} bytes, more than the ${MAX_FILE_BYTES} allowed`,
    );
  }
  return new Uint8Array(await reply.arrayBuffer());
}

function asCheckpointError(url: string, error: unknown): CheckpointError {
  if (error instanceof CheckpointError) return error;
  const why = error instanceof Error ? error.message : `${error}`;
  return new CheckpointError(url, why, { cause: error });
}

import { toText } from "../../records/digest.ts";
import { Sha256State } from "../../records/sha256_state.ts";
import { BodyTooLargeError, IncompleteBodyError } from "../errors/errors.ts";

/** The body of a request with a key. */
export interface RequestBody {
  /** The request, whose body can be read once more. */
  readonly request: Request;
  /** Names the body; `undefined` while it has not been read to its end. */
  readonly digest: () => string | undefined;
  /** Whether the client asked for a stream of events. */
  readonly stream: boolean;
  /** Reads what has not been read, and names the body. */
  readonly finish: () => Promise<string>;
}

/**
 * Reads a body of JSON, so that it is known before anything is done for it. One that asks for a stream is no longer ended
 * with its connection: others may have joined it. Leaving the stream ends it.
 *
 * @throws {BodyTooLargeError}
 * @throws {IncompleteBodyError} if it ends early
 */
export async function wholeBody(raw: Request, limit: number): Promise<RequestBody> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of raw.body ?? new Blob([]).stream()) {
      length += chunk.length;
      if (length > limit) throw new BodyTooLargeError(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    raw.signal.throwIfAborted();
    throw error instanceof BodyTooLargeError ? error : new IncompleteBodyError({ cause: error });
  }
  const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  const digest = digestOf(chunks);
  const stream = asksForStream(bytes);
  const { url, method, headers, signal } = raw;
  const request = new Request(url, {
    method,
    headers,
    body: bytes,
    ...stream ? {} : { signal },
  });
  return { request, digest: () => digest, stream, finish: () => Promise.resolve(digest) };
}

/** A body of any length: it is hashed as it is read. */
export function streamedBody(raw: Request): RequestBody {
  const hash = new Sha256State();
  let digest: string | undefined;
  const body = (raw.body ?? new Blob([]).stream()).pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>(
      {
        transform(chunk, controller) {
          hash.update(chunk);
          controller.enqueue(chunk);
        },
        flush: () => void (digest = toText(hash.digest())),
      },
      undefined,
      { highWaterMark: 0 },
    ),
  );
  const { url, method, headers, signal } = raw;
  return {
    request: new Request(url, { method, headers, body, signal }),
    digest: () => digest,
    stream: new URL(url).searchParams.get("stream") === "true",
    async finish() {
      for await (const _ of body);
      return digest!;
    },
  };
}

function digestOf(chunks: readonly Uint8Array[]): string {
  const hash = new Sha256State();
  for (const chunk of chunks) hash.update(chunk);
  return toText(hash.digest());
}

/** What is no JSON asks for nothing. */
function asksForStream(bytes: Uint8Array): boolean {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof body === "object" && body !== null && "stream" in body && body.stream === true;
  } catch {
    return false;
  }
}

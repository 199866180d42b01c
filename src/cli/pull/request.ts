import { PullError, TransientPullError } from "./pull_error.ts";

/** How {@linkcode request} asks. */
export interface RequestOptions {
  /** Headers besides its own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The header `Authorization` of a host, if it wants one. It is not sent to hosts that this one redirects to. */
  readonly authorization?: (url: URL) => string | undefined;
  readonly signal: AbortSignal;
  /** @default the runtime's, which goes through the proxies of `HTTPS_PROXY` and `HTTP_PROXY` */
  readonly fetch?: typeof fetch;
}

/** A reply, and what the redirects on the way said. */
export interface Reply {
  readonly response: Response;
  /** The SHA-256 of the file, if the hub told it. */
  readonly sha256: string | undefined;
}

const MOST_REDIRECTS = 10;
/** The longest time that a server may ask to wait before it is not waited for, in milliseconds. */
const LONGEST_WAIT_MS = 300_000;

/**
 * Sends a GET request and follows redirects, but never from https to http.
 *
 * @throws {TransientPullError} When there is no connection, or the server is busy.
 * @throws {PullError} When the server refuses.
 * @throws the signal's reason when it aborts.
 */
export async function request(url: string, options: RequestOptions): Promise<Reply> {
  let target = checkedUrl(url, url);
  let sha256: string | undefined;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await send(target, options);
    // How a hub names the content of large files. Source: huggingface_hub, constants.HUGGINGFACE_HEADER_X_LINKED_ETAG.
    const linked = response.headers.get("x-linked-etag")?.replaceAll('"', "");
    if (linked !== undefined && /^[0-9a-f]{64}$/.test(linked)) sha256 = linked;
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) {
      await refuse(response, url);
      return { response, sha256 };
    }
    await response.body?.cancel();
    const next = checkedUrl(URL.parse(location, target)?.href ?? location, url);
    if (target.protocol === "https:" && next.protocol !== "https:") {
      throw new PullError(url, `it redirects to ${next.origin}, which is not encrypted`);
    }
    target = next;
  }
  throw new PullError(url, `more than ${MOST_REDIRECTS} redirects`);
}

async function send(
  url: URL,
  { headers, authorization, signal, fetch = globalThis.fetch }: RequestOptions,
): Promise<Response> {
  const secret = authorization?.(url);
  try {
    return await fetch(url, {
      headers: {
        "accept-encoding": "identity", // or lengths and ranges would be those of compressed bytes
        ...headers,
        ...secret === undefined ? {} : { authorization: secret },
      },
      redirect: "manual",
      signal,
    });
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message : `${cause}`;
    throw new TransientPullError(why, undefined, { cause });
  }
}

/** Plain http is for servers of one's own. */
function checkedUrl(text: string, url: string): URL {
  const parsed = URL.parse(text);
  const isLocal = parsed !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed.hostname);
  if (parsed?.protocol === "https:" || (parsed?.protocol === "http:" && isLocal)) return parsed;
  throw new PullError(url, `${parsed === null ? "not a URL" : "not https"}`);
}

async function refuse(response: Response, url: string): Promise<void> {
  const { status, headers } = response;
  // 416 is for whoever asked for a range.
  if (status < 400 || status === 416) return;
  await response.body?.cancel();
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const waitMs = retryAfter(headers.get("retry-after"), Date.now());
    if (waitMs !== undefined && waitMs > LONGEST_WAIT_MS) {
      throw new PullError(
        url,
        `the server asks to wait ${Math.round(waitMs / 1000)} s (${status})`,
      );
    }
    throw new TransientPullError(`the server answered ${status}`, waitMs);
  }
  if (status === 401 || status === 403) {
    throw new PullError(
      url,
      `the server refuses access (${status}): set HF_TOKEN to a token that may read it, and accept ` +
        "the model's licence on its page if it has one",
    );
  }
  if (status === 404) throw new PullError(url, "there is no such file (404)");
  throw new PullError(url, `the server answered ${status}`);
}

/**
 * The milliseconds that a header `Retry-After` asks to wait: seconds, or a date.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(retryAfter("2", 0), 2000);
 * assert.equal(retryAfter("Thu, 01 Jan 1970 00:00:05 GMT", 1000), 4000);
 * assert.equal(retryAfter("soon", 0), undefined);
 * ```
 */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return 1000 * Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

import { statfs } from "node:fs/promises";
import { createHash } from "node:crypto";
import { recogniseForeign } from "../../checkpoint/foreign_files.ts";
import { ForeignFileError } from "../../checkpoint/checkpoint_error.ts";
import { formatBytes } from "../progress.ts";
import { PartialFile, type Version } from "./partial_file.ts";
import { PullError, TransientPullError, WriteError } from "./pull_error.ts";
import { request, type RequestOptions } from "./request.ts";
import { StallWatch } from "./stall_watch.ts";
import { sleep } from "../../stream/sleep.ts";

/** What {@linkcode download} reports while it works. */
export interface DownloadEvents {
  /** Bytes come, after `done` that are there already. The total may be unknown. */
  started(total: number | undefined, done: number): void;
  received(bytes: number): void;
  /** A failure that may pass: it is tried again after a while. */
  retrying(why: string, waitMs: number): void;
  /** All bytes are there, and their SHA-256 is computed. */
  checking(): void;
}

/** What to download, and how. */
export interface DownloadOptions extends RequestOptions {
  readonly url: string;
  /** The path of the complete file. Its folder must exist. */
  readonly to: string;
  /** What is known about the file beforehand. */
  readonly expected?: { readonly bytes?: number; readonly sha256?: string };
  readonly events: DownloadEvents;
  /** Failures in a row, without a byte between them, until it gives up. @default {6} */
  readonly attempts?: number;
  /** How long a server may send nothing, in milliseconds. @default {60_000} */
  readonly stallMs?: number;
  /** Waits before another attempt. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Bytes that a folder's disk has room for. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/**
 * Downloads a file. It has its own name only when it is complete and its SHA-256 and size are right; until then it is
 * `NAME.part`. A download that broke off, or was interrupted, is continued where it was if the file is still the same.
 *
 * @returns the SHA-256 of the file, in hex
 * @throws {PullError} When it cannot be had.
 * @throws the signal's reason when it aborts.
 */
export async function download(options: DownloadOptions): Promise<string> {
  using partial = await PartialFile.open(options.to, options.url);
  let isResumed = partial.size > 0;
  for (;;) {
    const told = await receiveAll(partial, options);
    options.events.checking();
    const sha256 = await digestOf(partial, options.signal);
    const expected = options.expected?.sha256 ?? told;
    if (expected === undefined || sha256 === expected) {
      await partial.complete();
      return sha256;
    }
    // The file may have changed since the first part of it came, and the server may not have said so.
    if (!isResumed) {
      await partial.discard();
      throw new PullError(options.url, `its SHA-256 is ${sha256}, expected ${expected}: deleted`);
    }
    options.events.retrying("the file changed while it was downloaded", 0);
    await partial.restart({});
    isResumed = false;
  }
}

/** Receives until all bytes are there, whatever happens on the way. */
async function receiveAll(
  partial: PartialFile,
  options: DownloadOptions,
): Promise<string | undefined> {
  const { signal, events, attempts = 6, url } = options;
  let failures = 0;
  // Not the size before: a server that makes it start again each time makes no progress.
  let most = partial.size;
  for (;;) {
    try {
      return await receive(partial, options);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransientPullError)) throw error;
      failures = partial.size > most ? 1 : failures + 1;
      most = Math.max(most, partial.size);
      if (failures >= attempts) {
        throw new PullError(url, `${error.message}, ${failures} times in a row`, { cause: error });
      }
      const waitMs = error.waitMs ?? backoff(failures);
      events.retrying(error.message, waitMs);
      await (options.sleep ?? sleep)(waitMs, signal);
    }
  }
}

/** One request, for what is missing. */
async function receive(
  partial: PartialFile,
  options: DownloadOptions,
): Promise<string | undefined> {
  const { url, expected = {}, events, signal } = options;
  if (partial.size > 0 && partial.size === expected.bytes) return undefined;
  using watch = new StallWatch(options.stallMs);
  const { response, sha256 } = await watch.explain(
    request(url, {
      ...options,
      signal: AbortSignal.any([signal, watch.signal]),
      headers: rangeHeaders(partial),
    }),
  );
  const total = await position(partial, response, options);
  if (total !== undefined && partial.size === total) return sha256; // nothing is missing
  if (expected.bytes !== undefined && total !== undefined && total !== expected.bytes) {
    await response.body?.cancel();
    throw new PullError(url, `it has ${total} bytes, expected ${expected.bytes}`);
  }
  await checkSpace(partial, total ?? expected.bytes, options);
  events.started(total ?? expected.bytes, partial.size);
  await readBody(partial, response, watch, { ...options, total: total ?? expected.bytes });
  return sha256;
}

function rangeHeaders(
  { size, version: { etag, lastModified } }: PartialFile,
): Record<string, string> {
  if (size === 0) return {};
  const version = etag ?? lastModified;
  return {
    range: `bytes=${size}-`,
    ...version === undefined ? {} : { "if-range": version },
  };
}

/**
 * Makes the part as long as the reply continues it, which is nothing if that is the whole file.
 *
 * @returns the bytes of the whole file, if they are known
 */
async function position(
  partial: PartialFile,
  response: Response,
  { url }: DownloadOptions,
): Promise<number | undefined> {
  const { status, headers } = response;
  const version = versionOf(headers);
  if (/^text\/html\b/i.test(headers.get("content-type") ?? "")) {
    await response.body?.cancel();
    throw new PullError(
      url,
      "a web page, not a file: open it in a browser, for a login or an error",
    );
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    await response.body?.cancel();
    // Lengths and ranges would be those of compressed bytes.
    throw new PullError(
      url,
      `the server compresses it (${encoding}) although that was not asked for: download it with ` +
        "another program, or from another server",
    );
  }
  const range = headers.get("content-range") ?? "";
  if (status === 416) {
    await response.body?.cancel();
    const [, total] = /^bytes \*\/(\d+)$/.exec(range) ?? [];
    if (total !== undefined && Number(total) === partial.size) return partial.size;
    await partial.restart({});
    throw new TransientPullError("the file is shorter than what was downloaded of it", 0);
  }
  if (status === 206) {
    const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    const isSame = partial.version.etag === undefined || version.etag === partial.version.etag;
    if (Number(first) === partial.size && isSame) {
      return total === "*" ? undefined : Number(total);
    }
    await response.body?.cancel();
    await partial.restart({});
    throw new TransientPullError("the file changed while it was downloaded", 0);
  }
  if (status !== 200) {
    await response.body?.cancel();
    throw new PullError(url, `the server answered ${status}`);
  }
  await partial.restart(version);
  const length = headers.get("content-length");
  return length === null ? undefined : Number(length);
}

/** A weak tag does not promise the same bytes. */
function versionOf(headers: Headers): Version {
  const etag = headers.get("etag");
  const lastModified = headers.get("last-modified");
  return {
    ...etag === null || etag.startsWith("W/") ? {} : { etag },
    ...lastModified === null ? {} : { lastModified },
  };
}

async function checkSpace(
  partial: PartialFile,
  total: number | undefined,
  { to, url, freeBytes = freeBytesOf }: DownloadOptions,
): Promise<void> {
  if (total === undefined) return;
  const missing = total - partial.size;
  const free = await freeBytes(to.slice(0, to.lastIndexOf("/") + 1) || ".");
  if (missing > free) {
    throw new PullError(
      url,
      `${formatBytes(missing)} are to be downloaded, but the disk has ${formatBytes(free)} free`,
    );
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function readBody(
  partial: PartialFile,
  response: Response,
  watch: StallWatch,
  { url, to, signal, events, total }: DownloadOptions & { readonly total: number | undefined },
): Promise<void> {
  let isFirst = partial.size === 0;
  try {
    watch.start();
    for await (const chunk of response.body ?? []) {
      watch.stop();
      if (isFirst) refuseForeign(chunk, total ?? chunk.length, to, url);
      isFirst = false;
      if (total !== undefined && partial.size + chunk.length > total) {
        throw new PullError(url, `the server sends more than the ${total} bytes that it announced`);
      }
      await partial.append(chunk);
      events.received(chunk.length);
      signal.throwIfAborted();
      watch.start();
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof WriteError) throw cause;
    if (cause instanceof PullError) {
      await partial.discard();
      throw cause;
    }
    const why = watch.message ??
      `the connection broke (${cause instanceof Error ? cause.message : cause})`;
    throw new TransientPullError(why, undefined, { cause });
  }
  if (total !== undefined && partial.size < total) {
    throw new TransientPullError(
      `the connection was closed after ${partial.size} of ${total} bytes`,
    );
  }
}

/** Servers answer with pages and pointers where there should be weights. */
function refuseForeign(chunk: Uint8Array, size: number, to: string, url: string): void {
  if (!/\.(pth|pt|bin|gguf|safetensors|st)$/.test(to)) return;
  const error = recogniseForeign(url, String.fromCharCode(...chunk.subarray(0, 512)), size);
  if (error instanceof ForeignFileError) throw new PullError(url, error.why, { cause: error });
}

async function digestOf(partial: PartialFile, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const block of partial.read()) {
    signal.throwIfAborted();
    hash.update(block);
  }
  return hash.digest("hex");
}

/** Half a second, doubled with each failure up to half a minute, with jitter. */
function backoff(failures: number): number {
  const most = Math.min(30_000, 500 * 2 ** failures);
  return most / 2 + Math.random() * most / 2;
}

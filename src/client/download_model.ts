import { type FolderConfig, parseFolderConfig } from "../checkpoint/folder_config.ts";
import { FILES, type ModelFiles, modelFilesSchema } from "../checkpoint/model_files.ts";

/** A file could not be downloaded, or is not what it must be. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
}

/** What was downloaded. */
export interface DownloadedModel {
  readonly config: FolderConfig;
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly vocabulary: Uint8Array<ArrayBuffer> | undefined;
  readonly format: ModelFiles["format"];
}

/** How {@linkcode downloadModel} downloads. */
export interface DownloadOptions {
  /** Keeps files, so that they are downloaded once and are there without a network. Absent: nothing does. */
  readonly cache?: Cache | undefined;
  /** Called with the bytes that are there, of all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** How often a broken download is resumed. */
const ATTEMPTS = 4;

/**
 * Downloads a model: the list {@linkcode FILES} of its folder, then the files that it names. Each is checked against its
 * length and checksum, whether it comes from the network or from the cache. A download that breaks is resumed.
 *
 * @param folder The address of the folder, with a slash at the end.
 * @throws {DownloadError}
 */
export async function downloadModel(
  folder: URL,
  options: DownloadOptions = {},
): Promise<DownloadedModel> {
  const { cache, onProgress, signal } = options;
  const list = new URL(FILES, folder);
  const { config, weights, vocabulary, format } = await downloadList(list, options);
  const files = [config, weights, ...vocabulary === null ? [] : [vocabulary]];
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const read: Uint8Array<ArrayBuffer>[] = [];
  for (const file of files) {
    signal?.throwIfAborted();
    const url = new URL(file.name, list);
    const before = done;
    const progress = (bytes: number) => onProgress?.(before + bytes, total);
    const kept = cache && await fromCache(cache, url, file);
    const bytes = kept ?? await downloadFile(url, file, options, progress);
    if (kept === undefined && cache !== undefined) await keep(cache, url, bytes);
    read.push(bytes);
    done += file.bytes;
    onProgress?.(done, total);
  }
  return {
    config: parseFolderConfig(new TextDecoder().decode(read[0]), url(list, config.name)),
    weights: read[1]!,
    vocabulary: read[2],
    format,
  };
}

function url(base: URL, name: string): string {
  return new URL(name, base).href;
}

/** The list of files: the present one if the network is there, else the one that was downloaded last. */
async function downloadList(list: URL, options: DownloadOptions): Promise<ModelFiles> {
  const { cache, headers, signal } = options;
  let reply: Response | undefined;
  try {
    reply = await fetch(list, { cache: "no-cache", ...request(headers, signal) });
  } catch (cause) {
    signal?.throwIfAborted();
    reply = await cache?.match(list);
    if (reply === undefined) throw new DownloadError(`${list} cannot be reached`, { cause });
  }
  if (!reply.ok) throw new DownloadError(`${list}: the server replied with ${reply.status}`);
  const text = await reply.text();
  let files: ModelFiles;
  try {
    files = modelFilesSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DownloadError(`${list} is not a list of a model's files`, { cause });
  }
  await cache?.put(list, new Response(text, { headers: { "content-type": "application/json" } }));
  return files;
}

async function downloadFile(
  url: URL,
  file: ModelFiles["weights"],
  { headers, signal }: DownloadOptions,
  onProgress: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(file.bytes);
  let at = 0;
  for (let attempt = 1;; attempt++) {
    try {
      const range = at > 0 ? { range: `bytes=${at}-` } : {};
      const reply = await fetch(url, request({ ...headers, ...range }, signal));
      if (!reply.ok) throw new DownloadError(`${url}: the server replied with ${reply.status}`);
      // A server that knows no ranges begins anew.
      if (reply.status !== 206) at = 0;
      for await (const chunk of reply.body ?? []) {
        if (at + chunk.length > bytes.length) {
          throw new DownloadError(`${url} is longer than ${bytes.length} bytes`);
        }
        bytes.set(chunk, at);
        onProgress(at += chunk.length);
      }
      if (at === bytes.length) break;
      throw new TypeError(`The download ended after ${at} bytes`);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof DownloadError) throw cause;
      if (attempt === ATTEMPTS) throw new DownloadError(`${url} cannot be reached`, { cause });
    }
  }
  if (!await matches(bytes, file)) {
    throw new DownloadError(`${url} was changed or damaged: its checksum does not match`);
  }
  return bytes;
}

function request(
  headers: Readonly<Record<string, string>> | undefined,
  signal: AbortSignal | undefined,
): RequestInit {
  return {
    ...headers === undefined ? {} : { headers },
    ...signal === undefined ? {} : { signal },
  };
}

async function fromCache(
  cache: Cache,
  url: URL,
  file: ModelFiles["weights"],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reply = await cache.match(url);
  if (reply === undefined) return undefined;
  const bytes = await reply.bytes();
  if (await matches(bytes, file)) return bytes;
  await cache.delete(url);
  return undefined;
}

/** Keeps a file. A full disk is no reason not to run the model. */
async function keep(cache: Cache, url: URL, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    await cache.put(url, new Response(bytes, { headers: { "content-length": `${bytes.length}` } }));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

async function matches(
  bytes: Uint8Array<ArrayBuffer>,
  { bytes: length, sha256 }: ModelFiles["weights"],
): Promise<boolean> {
  if (bytes.length !== length) return false;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex() === sha256;
}

import { openWeights } from "../../checkpoint/open_weights.ts";
import type { Config } from "../../settings/config.ts";
import { formatBytes, Progress } from "../progress.ts";
import { notice } from "../terminal.ts";
import { download, type DownloadEvents } from "./download.ts";
import { PullError } from "./pull_error.ts";
import { chooseFiles } from "./repository.ts";
import type { RequestOptions } from "./request.ts";
import { type FileSource, type Hubs, parseSource } from "./source.ts";

/** What {@linkcode pullModel} is told besides the model. */
export interface PullOptions {
  readonly config: Pick<
    Config,
    "modelsDirectory" | "hubEndpoint" | "modelScopeEndpoint" | "hubToken"
  >;
  readonly signal: AbortSignal;
  /** Replaces files that are there and differ. */
  readonly force?: boolean | undefined;
  /** Keeps the model under this name. */
  readonly name?: string | undefined;
}

/** A model that is here now. */
export interface Pulled {
  /** What `tern run` calls it. */
  readonly name: string;
  readonly path: string;
  readonly files: readonly { readonly path: string; readonly sha256: string | null }[];
}

/**
 * Downloads a model into the folder of models, unless it is there.
 *
 * @param model A published model's name, `hf.co/OWNER/REPO[:FILE]` or an https URL.
 * @throws {UsageError} When it is none of these.
 * @throws {PullError} When it cannot be had, or is not a model.
 */
export async function pullModel(model: string, options: PullOptions): Promise<Pulled> {
  const { modelsDirectory, hubEndpoint, modelScopeEndpoint, hubToken } = options.config;
  const hubs: Hubs = { huggingFace: hubEndpoint, modelScope: modelScopeEndpoint };
  const requests: RequestOptions = {
    signal: options.signal,
    headers: { "user-agent": "tern" },
    authorization: ({ origin }) =>
      hubToken !== "" && origin === new URL(hubEndpoint).origin ? `Bearer ${hubToken}` : undefined,
  };
  const source = parseSource(model, hubs);
  const chosen = source.kind === "file"
    ? { files: [source], isFolder: false }
    : await chooseFiles(source, hubs, requests);
  const single = chosen.files[0]!.name;
  const ending = chosen.isFolder ? "" : /\.\w+$/.exec(single)?.[0] ?? "";
  const own = source.kind === "repository" && chosen.isFolder
    ? source.repository.split("/")[1]!
    : single.slice(0, single.length - ending.length);
  const name = options.name ?? own;
  const path = `${modelsDirectory}/${name}${ending}`;
  await Deno.mkdir(chosen.isFolder ? path : modelsDirectory, { recursive: true });
  const files: Pulled["files"][number][] = [];
  for (const file of chosen.files) {
    const to = chosen.isFolder ? `${path}/${file.name}` : path;
    const sha256 = await pullFile(file, to, { ...options, requests });
    files.push({ path: to, sha256: sha256 ?? null });
  }
  return { name, path, files };
}

/** @returns the SHA-256 of the file, unless it was there */
async function pullFile(
  { url, bytes, sha256 }: FileSource,
  to: string,
  { requests, force }: PullOptions & { readonly requests: RequestOptions },
): Promise<string | undefined> {
  const there = await sizeOf(to);
  if (there !== undefined && !force) {
    if (bytes === undefined || there === bytes) {
      notice(`${to} is there already`);
      return undefined;
    }
    const why = `${to} is there with ${there} bytes instead of ${bytes}: --force replaces it`;
    throw new PullError(url, why);
  }
  const expected = {
    ...bytes === undefined ? {} : { bytes },
    ...sha256 === undefined ? {} : { sha256 },
  };
  notice(`${to}${bytes === undefined ? "" : ` (${formatBytes(bytes)})`}`);
  const shown = new ShownProgress();
  try {
    const digest = await download({ url, to, expected, events: shown, ...requests });
    // Without a digest the file itself has to tell whether it is whole.
    if (sha256 === undefined) await checkWeights(to, url);
    return digest;
  } finally {
    shown.end();
  }
}

async function checkWeights(path: string, url: string): Promise<void> {
  if (!/\.(safetensors|st|pth|pt|gguf)$/.test(path) || /-\d+-of-\d+\./.test(path)) return;
  try {
    (await openWeights(path)).close();
  } catch (cause) {
    await Deno.remove(path);
    const why = cause instanceof Error ? cause.message : `${cause}`;
    throw new PullError(url, `it is not a whole model, and was deleted: ${why}`, { cause });
  }
}

/** Shows a download on standard error. */
class ShownProgress implements DownloadEvents {
  #progress: Progress | undefined;

  started(total: number | undefined, done: number): void {
    this.end();
    if (done > 0) notice(`continued after ${formatBytes(done)}`);
    if (total !== undefined) this.#progress = new Progress(total, "bytes", { done });
  }

  received(bytes: number): void {
    this.#progress?.advance(bytes);
  }

  retrying(why: string, waitMs: number): void {
    this.end();
    notice(`${why}; trying again in ${(waitMs / 1000).toFixed(1)} s`);
  }

  checking(): void {
    this.end();
  }

  end(): void {
    this.#progress?.end();
    this.#progress = undefined;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

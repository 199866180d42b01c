import type { SharedAsset, SharedModel } from "./api/models/shared_model.ts";
import { openFile } from "./checkpoint/deno_file.ts";
import { isModelUrl } from "./checkpoint/find_file.ts";
import { readVocabulary } from "./checkpoint/model_folder.ts";
import type { ModelFiles } from "./checkpoint/model_files.ts";
import { bytesSource, type RandomAccess } from "./checkpoint/random_access.ts";
import { WEIGHT_FORMATS } from "./engine/simd/weight_format.ts";
import { Sha256State } from "./records/sha256_state.ts";
import { readModel } from "./rwkv/read_model.ts";

/** Bytes read at a time. Hashing them takes a few milliseconds. */
const CHUNK_BYTES = 1 << 18;

/** The largest weights that a page can be expected to hold twice: as a file, and packed. */
const MOST_BYTES = 2 ** 30;

const ASSETS: Readonly<Record<SharedAsset, URL>> = {
  "client.js": new URL("./ui/client.min.js", import.meta.url),
  "kernels.wasm": new URL("./engine/simd/kernels.wasm", import.meta.url),
  "kernels_relaxed.wasm": new URL("./engine/simd/kernels_relaxed.wasm", import.meta.url),
};

/**
 * The files with which a page can run a model in the same way. Needs `--allow-read`. What the files are is found out when
 * somebody asks.
 *
 * @param path The model: a file or a folder.
 * @param fingerprint The engine's.
 */
export function shareModel(path: string, fingerprint: string): SharedModel {
  let opened: Promise<SharedFiles | undefined> | undefined;
  const open = () =>
    opened ??= openFiles(path, fingerprint).catch((error) => {
      opened = undefined;
      throw error;
    });
  return {
    files: async () => (await open())?.list,
    async open(name, from) {
      const file = await (await open())!.source(name);
      const bytes = chunks(file, from);
      return new ReadableStream({
        async pull(controller) {
          const { done, value } = await bytes.next();
          if (!done) return controller.enqueue(value);
          file.close();
          controller.close();
        },
        cancel: () => file.close(),
      }, { highWaterMark: 0 });
    },
    asset: (name) => Deno.readFile(ASSETS[name]),
  };
}

/** The files of a model, and what they are. */
interface SharedFiles {
  readonly list: ModelFiles;
  source(name: string): Promise<RandomAccess>;
}

/** @returns `undefined` if no page can run it: it is in shards or too large, or another engine runs it. */
async function openFiles(path: string, fingerprint: string): Promise<SharedFiles | undefined> {
  const format = WEIGHT_FORMATS.find((format) => fingerprint.endsWith(`/${format}`));
  if (format === undefined || isModelUrl(path)) return undefined;
  const model = await readModel(path);
  if (model.weightsPath.endsWith(".json")) return undefined;
  if ((await Deno.stat(model.weightsPath)).size > MOST_BYTES) return undefined;
  const vocabulary = await readVocabulary(model);
  const config = {
    ...model.config,
    ...vocabulary === undefined ? {} : { vocab_file: "vocabulary" },
  };
  const written = new TextEncoder().encode(JSON.stringify(config));
  const source = (name: string): Promise<RandomAccess> => {
    if (name === "weights") return openFile(model.weightsPath);
    return Promise.resolve(bytesSource(name === "vocabulary" ? vocabulary! : written));
  };
  const describe = async (name: string) => {
    const file = await source(name);
    try {
      const hash = new Sha256State();
      for await (const chunk of chunks(file, 0)) hash.update(chunk);
      return { name, bytes: file.size, sha256: hash.digest().toHex() };
    } finally {
      file.close();
    }
  };
  const list: ModelFiles = {
    config: await describe("config.json"),
    weights: await describe("weights"),
    vocabulary: vocabulary === undefined ? null : await describe("vocabulary"),
    format,
  };
  return { list, source };
}

async function* chunks(
  file: RandomAccess,
  from: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined> {
  for (let at = from; at < file.size; at += CHUNK_BYTES) {
    yield await file.read(at, Math.min(CHUNK_BYTES, file.size - at));
    // Reading from a disk does not let go of the thread.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

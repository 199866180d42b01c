import type { SharedAsset, SharedModel } from "./api/models/shared_model.ts";
import { openFile } from "./checkpoint/deno_file.ts";
import { readVocabulary } from "./checkpoint/model_folder.ts";
import type { ModelFiles } from "./checkpoint/model_files.ts";
import { bytesSource, type RandomAccess } from "./checkpoint/random_access.ts";
import { WEIGHT_FORMATS } from "./engine/simd/weight_format.ts";
import { Sha256State } from "./records/sha256_state.ts";
import type { Model } from "./rwkv/read_model.ts";

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
 * The files with which a page can run a model in the same way. Needs `--allow-read`.
 *
 * @param fingerprint The engine's.
 * @returns `undefined` if a page cannot: the model is in shards or too large, or another engine runs it.
 */
export async function shareModel(
  model: Model,
  fingerprint: string,
): Promise<SharedModel | undefined> {
  const format = WEIGHT_FORMATS.find((format) => fingerprint.endsWith(`/${format}`));
  if (format === undefined || model.weightsPath.endsWith(".json")) return undefined;
  const { size } = await Deno.stat(model.weightsPath);
  if (size > MOST_BYTES) return undefined;
  const vocabulary = await readVocabulary(model);
  const { created, name, ...config } = model.config;
  const contents = {
    "config.json": new TextEncoder().encode(JSON.stringify({
      ...config,
      ...created === undefined ? {} : { created },
      ...name === undefined ? {} : { name },
      ...vocabulary === undefined ? {} : { vocab_file: "vocabulary" },
    })),
    vocabulary,
  };
  const source = (name: string): Promise<RandomAccess> => {
    const bytes = name === "config.json" ? contents[name] : contents.vocabulary;
    if (name === "weights") return openFile(model.weightsPath);
    return Promise.resolve(bytesSource(bytes ?? new Uint8Array()));
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
  const list = async (): Promise<ModelFiles> => ({
    config: await describe("config.json"),
    weights: await describe("weights"),
    vocabulary: vocabulary === undefined ? null : await describe("vocabulary"),
    format,
  });
  let files: Promise<ModelFiles> | undefined;
  return {
    // When somebody asks for it: the weights are read for it.
    files: () =>
      files ??= list().catch((error) => {
        files = undefined;
        throw error;
      }),
    async open(name, from) {
      const file = await source(name);
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

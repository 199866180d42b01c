import { type Part, PARTS_INDEX, PARTS_VERSION } from "../../src/checkpoint/model_parts.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { findModel, findWeights } from "../../src/checkpoint/find_file.ts";
import { openWeights } from "../../src/checkpoint/open_weights.ts";
import { convertModel } from "../../src/cli/convert/convert_model.ts";
import type { WeightFormat } from "../../src/engine/simd/weight_format.ts";
import { readModel } from "../../src/rwkv/read_model.ts";

/** Bytes of a part: hosts of static files take 25 MiB, and a part is whole in memory while it is copied. */
const PART_BYTES = 4 << 20;
const MODELS = new URL("../../models", import.meta.url).pathname;

/** What {@linkcode writeParts} wrote. */
export interface WrittenParts {
  /** What the API calls the model. */
  readonly name: string;
  /** Bytes of all files. */
  readonly bytes: number;
  readonly parts: number;
  /** SHA-256 of the index, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Packs a model as the engine keeps it in memory, and cuts the files into parts with an index.
 *
 * @param model a file, a folder, or the name of a model in the repository
 * @param out the folder to write to, which is made
 * @throws what keeps the model from being packed
 */
export async function writeParts(
  model: string,
  out: string,
  { weights, partBytes = PART_BYTES, modelsDirectory }: {
    readonly weights: WeightFormat;
    readonly partBytes?: number;
    /** Where models are looked for by name, besides the repository. */
    readonly modelsDirectory?: string;
  },
): Promise<WrittenParts> {
  const path = await findModel(model, [MODELS, ...modelsDirectory ? [modelsDirectory] : []]);
  const temporary = await Deno.makeTempDir();
  try {
    const packed = await isPacked(path) ? path : `${temporary}/packed`;
    if (packed !== path) {
      const { signal } = new AbortController();
      await convertModel(path, packed, { to: "packed", weights, force: false, signal });
    }
    return await cut(packed, path, out, partBytes);
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

async function isPacked(path: string): Promise<boolean> {
  const file = await findWeights(path);
  if (file === undefined) return false;
  const checkpoint = await openWeights(file);
  checkpoint.close();
  return checkpoint.packed !== undefined;
}

async function cut(
  packed: string,
  original: string,
  out: string,
  partBytes: number,
): Promise<WrittenParts> {
  await Deno.mkdir(out, { recursive: true });
  const { config, weightsPath, vocabPath } = await readModel(packed);
  const name = config.name ?? original.replace(/\/+$/, "").split("/").at(-1)!;
  const configText = new TextEncoder().encode(JSON.stringify({ ...config, name }));
  const files: Record<string, Part[]> = {
    "config.json": [await writePart(out, "config.json", configText)],
    "model.ternpack": await cutFile(weightsPath, out, "model.ternpack", partBytes),
  };
  if (vocabPath !== undefined) {
    const file = config.vocab_file!;
    files[file] = await cutFile(vocabPath, out, file, partBytes);
  }
  const index = { version: PARTS_VERSION, weights: "model.ternpack", files };
  const { sha256 } = await writePart(
    out,
    PARTS_INDEX,
    new TextEncoder().encode(JSON.stringify(index)),
  );
  const parts = Object.values(files).flat();
  return {
    name,
    sha256,
    parts: parts.length,
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

async function cutFile(
  path: string,
  out: string,
  name: string,
  partBytes: number,
): Promise<Part[]> {
  const file = await openFile(path);
  try {
    const parts: Part[] = [];
    for (let at = 0; at < file.size; at += partBytes) {
      const bytes = await file.read(at, Math.min(partBytes, file.size - at));
      const number = String(parts.length).padStart(4, "0");
      parts.push(await writePart(out, `${name}.${number}`, bytes));
    }
    return parts;
  } finally {
    file.close();
  }
}

async function writePart(
  out: string,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Part> {
  await Deno.writeFile(`${out}/${name}`, bytes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { name, bytes: bytes.length, sha256: digest.toHex() };
}

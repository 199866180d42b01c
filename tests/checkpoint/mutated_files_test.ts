import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { CheckpointError } from "../../src/checkpoint/checkpoint_error.ts";
import { readFloat32 } from "../../src/checkpoint/checkpoint.ts";
import { ModelFolderError } from "../../src/checkpoint/model_folder_error.ts";
import { openWeights } from "../../src/checkpoint/open_weights.ts";
import { UnsupportedModelError } from "../../src/rwkv/unsupported_model_error.ts";
import { readModel } from "../../src/rwkv/read_model.ts";
import { Fuzz } from "../fuzz.ts";
import { hasShared, shared } from "../shared.ts";
import { smallPth, smallSafetensors } from "./fixtures.ts";

/** How often each file is damaged. `MUTATIONS=2000` before the command tries more. */
const MUTATIONS = Number(Deno.env.get("MUTATIONS") ?? 40);
/** A file that takes longer counts as one that hangs. */
const HANGS_MS = 5_000;
/** How much more memory the process may take, at any moment. The largest of the files has 1.4 MB. */
const MEMORY = 1 << 30;

const FORMATS = "conformance/formats/";
const FILES = [
  "ai00/rwkv4.st",
  "ai00/rwkv6.st",
  "ai00/rwkv7.st",
  "gguf/rwkv6-2layers-unfused-F16.gguf",
  "gguf/rwkv6-4layers-Q4_0.gguf",
  "gguf/rwkv6-4layers-Q5_1.gguf",
  "gguf/rwkv6-random-Q6_K.gguf",
  "gguf/rwkv7-random-F32.gguf",
  "gguf/rwkv7-random-Q8_0.gguf",
  "gguf/rwkv7-tern1-Q5_K_M.gguf",
  "gguf/rwkv7-tern2-Q4_K_M.gguf",
  "hf/rwkv4-transformers/model.safetensors",
  "hf/rwkv4-transformers-bin/pytorch_model.bin",
  "hf/rwkv7-fla/model.safetensors",
  "hf/rwkv7-fla-sharded/model.safetensors.index.json",
  "state/rwkv6-tuned.pth",
  "state/rwkv7-tuned.state.pth",
  "state/rwkv7-tuned.state.st",
];

/** Numbers at the borders of what a header may hold. */
const BORDERS = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0xffffn,
  0x7fff_ffffn,
  0xffff_ffffn,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];

/** A place in a file: mostly in the head, where lengths and shapes are, or at the end, where zip files have theirs. */
function place(fuzz: Fuzz, size: number): number {
  const near = Math.min(size, fuzz.pick([64, 1024, 8192]));
  return fuzz.pick([
    () => fuzz.below(near),
    () => fuzz.below(near),
    () => size - 1 - fuzz.below(near),
    () => fuzz.below(size),
  ])();
}

const KINDS: readonly ((bytes: Uint8Array<ArrayBuffer>, fuzz: Fuzz) => Uint8Array<ArrayBuffer>)[] =
  [
    (bytes, fuzz) => {
      for (let flips = 1 + fuzz.below(8); flips > 0; flips--) {
        bytes[place(fuzz, bytes.length)]! ^= 1 << fuzz.below(8);
      }
      return bytes;
    },
    (bytes, fuzz) => {
      const width = fuzz.pick([1, 2, 4, 8]);
      const at = Math.max(0, Math.min(place(fuzz, bytes.length), bytes.length - width));
      let value = fuzz.pick(BORDERS);
      for (let byte = at; byte < at + width && byte < bytes.length; byte++, value >>= 8n) {
        bytes[byte] = Number(value & 0xffn);
      }
      return bytes;
    },
    (bytes, fuzz) => bytes.slice(0, place(fuzz, bytes.length)),
    (bytes, fuzz) => {
      const at = place(fuzz, bytes.length);
      return joined(bytes.subarray(0, at), fuzz.bytes(1 + fuzz.below(64)), bytes.subarray(at));
    },
    (bytes, fuzz) => {
      const at = place(fuzz, bytes.length);
      return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + fuzz.below(64)));
    },
    (bytes, fuzz) => {
      const [from, to] = [place(fuzz, bytes.length), place(fuzz, bytes.length)];
      bytes.copyWithin(to, from, from + 1 + fuzz.below(256));
      return bytes;
    },
    (bytes, fuzz) => bytes.fill(fuzz.pick([0, 0x20, 0x39, 0xff]), place(fuzz, bytes.length)),
  ];

function joined(...parts: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Does with a file what a start of the server does before the engine: finds out what it is, and reads all numbers. */
async function load(path: string): Promise<void> {
  const weights = await openWeights(path);
  try {
    for (const name of weights.tensors.keys()) await readFloat32(weights, name);
  } finally {
    weights.close();
  }
  await readModel(path);
}

/** Files of every format, damaged at random: in bits, in the numbers of their headers, cut, with parts put in or left out. */
describe("a file of weights that is damaged at random", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await Deno.makeTempDir();
  });

  afterAll(async () => await Deno.remove(folder, { recursive: true }));

  async function tryAll(name: string, whole: Uint8Array<ArrayBuffer>): Promise<void> {
    const fuzz = new Fuzz(`damage to ${name}`);
    const path = `${folder}/${name.replaceAll("/", "-")}`;
    const before = Deno.memoryUsage().rss;
    for (let round = 0; round < MUTATIONS; round++) {
      await Deno.writeFile(path, fuzz.pick(KINDS)(whole.slice(), fuzz));
      const began = performance.now();
      try {
        await load(path);
      } catch (error) {
        const known = error instanceof CheckpointError || error instanceof ModelFolderError ||
          error instanceof UnsupportedModelError;
        assert(known, new Error(`${name}, round ${round}`, { cause: error }));
        assert(!error.message.includes("\n"), error.message);
      }
      const took = performance.now() - began;
      assert(took < HANGS_MS, `${name}, round ${round}: ${took} ms`);
      const grown = Deno.memoryUsage().rss - before;
      assert(grown < MEMORY, `${name}, round ${round}: ${grown} bytes`);
    }
  }

  for (const name of FILES) {
    it(`loads, or says in a line what is wrong: ${name}`, { ignore: !hasShared }, async () => {
      await tryAll(name, await Deno.readFile(shared(FORMATS + name)));
    });
  }

  it("loads, or says in a line what is wrong: small files of our own", async () => {
    await tryAll("small.safetensors", smallSafetensors());
    await tryAll("small.pth", await smallPth());
    await tryAll("compressed.pth", await smallPth({ compress: true }));
    await tryAll("zip64.pth", await smallPth({ zip64: true }));
  });
});

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { readFloat32 } from "../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { openWeights } from "../../src/checkpoint/open_weights.ts";
import { convertModel, type ConvertOptions } from "../../src/cli/convert/convert_model.ts";
import { ConvertError } from "../../src/cli/convert/convert_error.ts";
import { unfinished } from "../../src/cli/convert/unfinished.ts";
import { writePacked } from "../../src/cli/convert/write_packed.ts";
import { type Engine, firstState } from "../../src/engine/engine.ts";
import { loadEngine } from "../../src/engine/load_engine.ts";
import { loadWebRuntime } from "../../src/engine/ort/web_runtime.ts";
import { WEIGHT_FORMATS } from "../../src/engine/simd/weight_format.ts";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import type { RwkvVersion } from "../../src/state/layout.ts";
import { hasShared, shared } from "../shared.ts";
import { runTern } from "./run_tern.ts";

const MODEL = new URL("../../models/tern-7m", import.meta.url).pathname;
const TOKENS = [5, 17, 2, 60, 33];
/** Rows that no group of rows divides, and columns that int4 does not take, which falls back to int8 there. */
const SIZES = {
  V: 67,
  D: 64,
  F: 112,
  H: 2,
  N: 32,
  M: 16,
  "5M": 80,
  R: 16,
  dw: 16,
  da: 16,
  dv: 16,
  dg: 16,
};

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function options(to: ConvertOptions["to"], more: Partial<ConvertOptions> = {}): ConvertOptions {
  return { to, weights: "int8", force: false, signal: new AbortController().signal, ...more };
}

async function logitsOf(engine: Engine): Promise<Float32Array> {
  const [result] = await engine.forward([{ state: firstState(engine), tokens: TOKENS }]);
  await engine.close();
  return result!.logits;
}

async function load(
  path: string,
  weights: "auto" | "f32" | "int8" | "int4",
  threads = 1,
): Promise<Engine> {
  const checkpoint = await openWeights(path);
  try {
    return await loadEngine(checkpoint, { engine: "simd", weights, threads });
  } finally {
    checkpoint.close();
  }
}

describe("packed weights", () => {
  const signal = new AbortController().signal;

  for (const version of ["4", "5.1", "5.2", "6", "7"] as const satisfies readonly RwkvVersion[]) {
    it(`give the bits of the model itself, RWKV-${version}`, () =>
      withFolder(async (folder) => {
        const sizes = version === "4" ? { V: 67, D: 64, F: 112 } : SIZES;
        const model = new RandomCheckpoint({ version, n_layer: 2, sizes });
        for (const weights of WEIGHT_FORMATS) {
          const path = `${folder}/${weights}.ternpack`;
          await writePacked(model, path, { weights, signal });
          const expected = await loadEngine(model, { engine: "simd", weights, threads: 1 });
          const packed = await load(path, "auto");
          assert.equal(packed.fingerprint, expected.fingerprint);
          assert.deepEqual(await logitsOf(packed), await logitsOf(expected), weights);
        }
      }));
  }

  it("give the same bits to several threads", () =>
    withFolder(async (folder) => {
      await convertModel(MODEL, `${folder}/packed`, options("packed"));
      const path = `${folder}/packed/model.ternpack`;
      const expected = await logitsOf(await load(`${MODEL}/model.safetensors`, "int8"));
      assert.deepEqual(await logitsOf(await load(path, "int8", 2)), expected);
      assert.deepEqual(await logitsOf(await load(path, "auto")), expected);
    }));

  it("keep a tuned initial state", { ignore: !hasShared }, () =>
    withFolder(async (folder) => {
      const file = shared("conformance/formats/state/rwkv7-tuned.pth");
      await convertModel(file, `${folder}/packed`, options("packed", { weights: "f32" }));
      const [packed, expected] = [
        await load(`${folder}/packed/model.ternpack`, "auto"),
        await load(file, "f32"),
      ];
      assert.deepEqual(packed.initialState!.data, expected.initialState!.data);
      assert.deepEqual(await logitsOf(packed), await logitsOf(expected));
    }));

  it("are refused for other weights, by other engines, and converted from", () =>
    withFolder(async (folder) => {
      await convertModel(MODEL, `${folder}/packed`, options("packed"));
      const path = `${folder}/packed/model.ternpack`;
      await assert.rejects(load(path, "f32"), /holds int8 weights, not f32: set TERN_WEIGHTS=int8/);
      const checkpoint = await openWeights(path);
      const ort = loadEngine(checkpoint, { engine: "ort", weights: "auto", threads: 1 });
      await assert.rejects(ort, /packed for the engine simd/);
      checkpoint.close();
      const again = convertModel(`${folder}/packed`, `${folder}/other`, options("packed"));
      await assert.rejects(again, ConvertError);
    }));

  it("are refused if they are damaged or of another version", () =>
    withFolder(async (folder) => {
      await convertModel(MODEL, `${folder}/packed`, options("packed"));
      const whole = await Deno.readFile(`${folder}/packed/model.ternpack`);
      const broken = async (change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array) => {
        await Deno.writeFile(`${folder}/broken.ternpack`, change(whole.slice()));
        const error = await load(`${folder}/broken.ternpack`, "auto").catch((error) => error);
        return `${error.name}: ${error.message}`;
      };
      assert.match(await broken((bytes) => bytes.subarray(0, -1)), /^TruncatedFileError/);
      assert.match(await broken((bytes) => bytes.subarray(0, 12)), /^TruncatedFileError/);
      assert.match(await broken((bytes) => new Uint8Array([...bytes, 0])), /after its end/);
      assert.match(await broken((bytes) => (bytes[8] = 9, bytes)), /version 9.*convert.*again/);
      assert.match(await broken((bytes) => (bytes[15] = 255, bytes)), /header would have/);
      assert.match(await broken((bytes) => (bytes[16] = 0x7b ^ 1, bytes)), /not JSON/);
      const text = (bytes: Uint8Array, from: string, to: string) => {
        const at = new TextDecoder("latin1").decode(bytes.subarray(0, 60_000)).indexOf(from);
        assert.ok(at > 0);
        bytes.set(new TextEncoder().encode(to), at);
        return bytes;
      };
      assert.match(
        await broken((bytes) => text(bytes, '"layout":"', '"layout":"zz')),
        /packed by another version of Tern: convert the model again/,
      );
      assert.match(
        await broken((bytes) => text(bytes, '"stored"', '"stared"')),
        /header is damaged/,
      );
    }));

  it("stay what they are as long as the version of the format does", () =>
    withFolder(async (folder) => {
      const model = new RandomCheckpoint({ version: "7", n_layer: 1, sizes: SIZES }, "half");
      const digests: Record<string, string> = {};
      for (const weights of WEIGHT_FORMATS) {
        await writePacked(model, `${folder}/${weights}`, { weights, signal });
        const bytes = await Deno.readFile(`${folder}/${weights}`);
        const hash = await crypto.subtle.digest("SHA-256", bytes);
        digests[weights] = new Uint8Array(hash).subarray(0, 8).toHex();
      }
      // If kernels pack otherwise, change PACKING_VERSION in packed_layout.ts; if the file does, VERSION in packed.ts.
      assert.deepEqual(digests, {
        f32: "761410494a4117c0",
        bf16: "cbd526b89f8ecab9",
        int8: "10cb0e9593f90443",
        int4: "dd960a667210560e",
      });
    }));
});

describe("tern convert", () => {
  it("writes a packed folder that is served as the model itself", () =>
    withFolder(async (folder) => {
      const output = `${folder}/packed`;
      const { code, stdout, stderr } = await runTern(["convert", "tern-7m", output, "--json"]);
      assert.equal(code, 0, stderr);
      const { bytes, to } = JSON.parse(stdout);
      assert.equal(to, "packed");
      assert.ok(bytes < 9e6);
      const { stdout: answer } = await runTern(["chat", output, "--temperature", "0"], {
        input: "My name is Sarah.\nWhat is my name?",
      });
      assert.match(answer, /Your name is Sarah/);
      const found = JSON.parse((await runTern(["inspect", output, "--json"])).stdout);
      assert.deepEqual(found.memory.map(({ weights }: { weights: string }) => weights), ["int8"]);
    }));

  it("refuses to overwrite, and formats that cannot hold the model", () =>
    withFolder(async (folder) => {
      const there = await runTern(["convert", "tern-7m", folder]);
      assert.equal(there.code, 1);
      assert.match(there.stderr, /is there already: --force replaces it/);
      const old = await runTern(["convert", "tern-7m-rwkv4", `${folder}/old.gguf`]);
      assert.equal(old.code, 1);
      assert.match(old.stderr, /GGUF has no RWKV-4/);
      const type = await runTern(["convert", "tern-7m", `${folder}/x`, "--weights", "int2"]);
      assert.equal(type.code, 2);
      assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), [], "nothing is left");
    }));

  it(
    "writes safetensors with the official names, as a file or a folder",
    { ignore: !hasShared },
    () =>
      withFolder(async (folder) => {
        const source = shared("conformance/formats/hf/rwkv7-fla-sharded");
        await convertModel(source, `${folder}/model.safetensors`, options("safetensors"));
        await convertModel(source, `${folder}/f32`, options("safetensors", { dtype: "f32" }));
        const expected = await openWeights(source + "/model.safetensors.index.json");
        const written = await openCheckpoint(
          await openFile(`${folder}/model.safetensors`),
          "written",
        );
        const wide = await openCheckpoint(
          await openFile(`${folder}/f32/model.safetensors`),
          "wide",
        );
        assert.deepEqual([...written.tensors.keys()].sort(), [...expected.tensors.keys()].sort());
        for (const name of expected.tensors.keys()) {
          const values = await readFloat32(expected, name);
          assert.deepEqual(await readFloat32(written, name), values, name);
          assert.deepEqual(await readFloat32(wide, name), values, name);
          assert.equal(wide.tensors.get(name)!.dtype, "F32");
        }
        for (const checkpoint of [expected, written, wide]) checkpoint.close();
      }),
  );

  it(
    "writes GGUF files with the bytes of llama.cpp's converter",
    { ignore: !hasShared },
    async () => {
      const gguf = (name: string) => shared(`conformance/formats/gguf/${name}.gguf`);
      const cases = [
        ["rwkv7-random-F32", "f32", "rwkv7-random-F32"],
        ["rwkv7-random-F32", "f16", "rwkv7-random-F16"],
        ["rwkv7-random-F32", "bf16", "rwkv7-random-BF16"],
        ["rwkv7-random-F32", "q8_0", "rwkv7-random-Q8_0"],
        ["rwkv6-2layers-unfused-F16", "f16", "rwkv6-2layers-unfused-F16"],
      ] as const;
      for (const [from, dtype, like] of cases) {
        await withFolder(async (folder) => {
          await convertModel(gguf(from), `${folder}/x.gguf`, options("gguf", { dtype }));
          const [written, expected] = await Promise.all(
            [`${folder}/x.gguf`, gguf(like)].map(async (path) =>
              await openCheckpoint(await openFile(path), path)
            ),
          );
          for (const [name, { dtype: type, shape }] of expected!.tensors) {
            // Older files have these apart.
            if (/time_mix_lerp_[wkvrg]\./.test(name)) continue;
            assert.deepEqual(written!.tensors.get(name)?.shape, shape, name);
            assert.equal(written!.tensors.get(name)?.dtype, type, name);
            assert.deepEqual(
              await written!.read(name),
              await expected!.read(name),
              `${like} ${name}`,
            );
          }
          const skip = /^general\.(name|alignment)$|rescale|lora_rank|context_length/;
          for (const [key, value] of expected!.metadata!) {
            if (!skip.test(key)) {
              assert.deepEqual(written!.metadata!.get(key), value, `${like} ${key}`);
            }
          }
          written!.close();
          expected!.close();
        });
      }
    },
  );

  it("writes a graph that onnxruntime runs with the logits of the engine", () =>
    withFolder(async (folder) => {
      await convertModel(MODEL, `${folder}/onnx`, options("onnx"));
      const read = (name: string) => Deno.readFile(`${folder}/onnx/${name}`);
      const runtime = await loadWebRuntime();
      const [model, weights, table] = [
        await read("model.onnx"),
        await read("weights"),
        await read("embedding.f32"),
      ];
      const session = await runtime.createSession({ model, weights, threads: 1 });
      const expected = await load(`${MODEL}/model.safetensors`, "f32");
      const { n_layer: L, n_embd: D, vocab_size: V } = expected.config;
      const { wkv, length } = expected.layout;
      const rows = new Float32Array(table.buffer);
      const emb = Float32Array.from(
        TOKENS.flatMap((token) => [...rows.subarray(token * D, (token + 1) * D)]),
      );
      const tensor = (data: Float32Array, dims: readonly number[]) =>
        new runtime.Tensor("float32", data, dims);
      const output = await session.run({
        emb: tensor(emb, [1, TOKENS.length, D]),
        shift: tensor(new Float32Array(wkv.offset), [1, 2 * L, D]),
        wkv: tensor(new Float32Array(length - wkv.offset), [1, ...wkv.shape]),
      });
      const logits = (output["logits"]!.data as Float32Array).slice(-V);
      const own = await logitsOf(expected);
      const largest = Math.max(...own.map(Math.abs));
      for (const [i, value] of own.entries()) {
        assert.ok(Math.abs(value - logits[i]!) < 1e-4 * largest);
      }
      await session.release();
    }));
});

describe("unfinished", () => {
  const { signal } = new AbortController();

  it("leaves nothing when it fails or is interrupted, and what was there as it was", () =>
    withFolder(async (folder) => {
      const path = `${folder}/out`;
      const failing = unfinished(path, signal, false, async (temporary) => {
        await Deno.writeTextFile(temporary, "half");
        throw new Error("full");
      });
      await assert.rejects(failing, /full/);
      await Deno.writeTextFile(path, "old");
      const controller = new AbortController();
      const interrupted = unfinished(path, controller.signal, true, async (temporary) => {
        await Deno.mkdir(temporary);
        await Deno.writeTextFile(`${temporary}/file`, "half");
        controller.abort(new Error("Ctrl-C"));
      });
      await assert.rejects(interrupted, /Ctrl-C/);
      const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assert.deepEqual(names, ["out"]);
      assert.equal(await Deno.readTextFile(path), "old");
      await unfinished(path, signal, true, (temporary) => Deno.writeTextFile(temporary, "new"));
      assert.equal(await Deno.readTextFile(path), "new");
    }));
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseFolderConfig } from "../../src/checkpoint/folder_config.ts";
import { readModelFolder } from "../../src/checkpoint/model_folder.ts";
import { hasShared, shared } from "../shared.ts";

const config = {
  architecture: "rwkv",
  version: "7",
  n_layer: 6,
  n_embd: 256,
  head_size: 64,
  vocab_size: 2048,
  tokenizer: "rwkv_world",
  vocab_file: "vocab.txt",
  eos_token_id: 0,
  chat_template: "rwkv_world",
  stop: ["\n\nUser:"],
  dtype: "float16",
};

const parse = (changes: object) => parseFolderConfig(JSON.stringify({ ...config, ...changes }));

describe("parseFolderConfig", () => {
  it("reads all there is", () => {
    const optional = {
      name: "tern-6m",
      created: 1_767_225_600,
      sampling: {
        temperature: 0.7,
        top_p: 0.9,
        top_k: 0,
        presence_penalty: 0.5,
        frequency_penalty: 0.5,
        penalty_decay: 0.996,
        max_tokens: 256,
      },
    };
    assert.deepEqual(parse(optional), { ...config, ...optional });
    assert.deepEqual(parse({ sampling: { top_p: 0.5 } }).sampling, { top_p: 0.5 });
  });

  it("takes a model without heads and a tokenizer without a file", () => {
    assert.equal(parse({ version: "4", head_size: 0 }).head_size, 0);
    assert.equal(parse({ tokenizer: "byte", vocab_file: undefined }).vocab_file, undefined);
  });

  const wrong: Record<string, [changes: object, message: RegExp]> = {
    "an unknown key": [{ n_layers: 6 }, /n_layers/],
    "an unknown key of sampling": [{ sampling: { temprature: 1 } }, /temprature/],
    "a missing key": [{ eos_token_id: undefined }, /eos_token_id/],
    "another architecture": [{ architecture: "llama" }, /architecture/],
    "another version": [{ version: "8" }, /version/],
    "a version that is a number": [{ version: 7 }, /version/],
    "no layers": [{ n_layer: 0 }, /n_layer/],
    "a fraction of a layer": [{ n_layer: 1.5 }, /n_layer/],
    "a head size that does not divide the width": [{ head_size: 60 }, /head_size/],
    "no head size": [{ head_size: 0 }, /head_size/],
    "a head size for RWKV-4": [{ version: "4" }, /head_size/],
    "an end of text outside of the vocabulary": [{ eos_token_id: 2048 }, /eos_token_id/],
    "no vocabulary": [{ vocab_file: undefined }, /vocab_file/],
    "an empty stop": [{ stop: [""] }, /stop/],
    "a temperature below zero": [{ sampling: { temperature: -1 } }, /temperature/],
    ...Object.fromEntries(
      ["../vocab.txt", "/etc/passwd", "a/b", "a\\b", "..", ".", "", "C:vocab", "a\0b"]
        .map((name) => [`the path ${JSON.stringify(name)}`, [{ vocab_file: name }, /vocab_file/]]),
    ),
  };
  for (const [name, [changes, message]] of Object.entries(wrong)) {
    it(`refuses ${name}`, () => {
      assert.throws(() => parse(changes), {
        name: "ModelFolderError",
        path: "config.json",
        message,
      });
    });
  }

  it("refuses what is not JSON, and names the file", () => {
    const error = { name: "ModelFolderError", path: "m/config.json", why: /not JSON/ };
    assert.throws(() => parseFolderConfig("{", "m/config.json"), error);
  });
});

describe("readModelFolder", () => {
  async function withFolder(
    files: Record<string, string>,
    test: (path: string) => Promise<void>,
  ): Promise<void> {
    const path = await Deno.makeTempDir();
    try {
      for (const [name, text] of Object.entries(files)) {
        await Deno.writeTextFile(`${path}/${name}`, text);
      }
      await test(path);
    } finally {
      await Deno.remove(path, { recursive: true });
    }
  }
  const json = JSON.stringify(config);

  it("finds the weights and the vocabulary, safetensors before .pth", async () => {
    const files = { "config.json": json, "model.pth": "", "vocab.txt": "" };
    await withFolder(files, async (path) => {
      const found = { path, config, vocabPath: `${path}/vocab.txt` };
      const weightsPath = `${path}/model.pth`;
      assert.deepEqual(await readModelFolder(path), { ...found, weightsPath });
      await Deno.writeTextFile(`${path}/model.safetensors`, "");
      const preferred = { ...found, weightsPath: `${path}/model.safetensors` };
      assert.deepEqual(await readModelFolder(path), preferred);
    });
  });

  const broken: Record<string, [Record<string, string>, RegExp]> = {
    "no config": [{}, /no such file/],
    "no weights": [{ "config.json": json, "vocab.txt": "" }, /model\.safetensors/],
    "no vocabulary": [{ "config.json": json, "model.pth": "" }, /vocab\.txt/],
    "a config that is enormous": [{ "config.json": " ".repeat(1 << 21) }, /too many/],
  };
  for (const [name, [files, message]] of Object.entries(broken)) {
    it(`refuses a folder with ${name}`, async () => {
      await withFolder(files, async (path) => {
        await assert.rejects(readModelFolder(path), { name: "ModelFolderError", message });
      });
    });
  }

  it("refuses a config that is not UTF-8", async () => {
    await withFolder({}, async (path) => {
      await Deno.writeFile(`${path}/config.json`, new Uint8Array([0x7b, 0xff]));
      await assert.rejects(readModelFolder(path), { name: "ModelFolderError", why: /UTF-8/ });
    });
  });

  it("reads a real model folder", { ignore: !hasShared }, async () => {
    const folder = await readModelFolder(shared("model"));
    assert.equal(folder.config.version, "7");
    assert.match(folder.weightsPath, /model\.safetensors$/);
    assert.match(folder.vocabPath ?? "", /vocab\.txt$/);
  });
});

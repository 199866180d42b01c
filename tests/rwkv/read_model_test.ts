import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ModelFolderError } from "../../src/checkpoint/model_folder_error.ts";
import { readVocabulary } from "../../src/checkpoint/model_folder.ts";
import { checkVocabulary } from "../../src/rwkv/check_vocabulary.ts";
import { publishedSampling } from "../../src/rwkv/published_sampling.ts";
import { readModel } from "../../src/rwkv/read_model.ts";

const FOLDER = new URL("../../models/tern-7m/", import.meta.url).pathname;

describe("readModel", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await Deno.makeTempDir();
  });
  afterEach(async () => {
    await Deno.remove(folder, { recursive: true });
  });
  const link = (from: string, to: string) => Deno.symlink(FOLDER + from, `${folder}/${to}`);

  it("infers the config from a weights file and the vocabulary next to it", async () => {
    await link("model.safetensors", "RWKV-7-tiny.safetensors");
    await link("vocab.txt", "vocab.txt");
    const { config: expected } = await readModel(FOLDER);
    for (const path of [`${folder}/RWKV-7-tiny.safetensors`, folder]) {
      const model = await readModel(path);
      for (const key of ["version", "n_layer", "n_embd", "head_size", "vocab_size"] as const) {
        assert.equal(model.config[key], expected[key]);
      }
      assert.equal(model.config.tokenizer, "rwkv_world");
      assert.equal(model.config.chat_template, "rwkv_world");
      assert.deepEqual(model.config.stop, ["\n\nUser:"]);
      assert.equal(model.vocabPath, `${folder}/vocab.txt`);
      assert.equal(model.inferred?.vocabulary, "vocab.txt");
    }
    assert.equal((await readModel(`${folder}/RWKV-7-tiny.safetensors`)).config.name, "RWKV-7-tiny");
  });

  for (
    const [name, template] of [
      ["rwkv7-g1d-0.1b-20260129-ctx8192", "rwkv_g1"],
      ["rwkv7-g1-0.1b-20250307-ctx4096", "rwkv_g1"],
      ["rwkv7-g0a3-7.2b", "rwkv_g1"],
      ["RWKV7-0.4B-g1", "rwkv_g1"],
      ["RWKV-x070-World-0.1B-v2.8-20241210-ctx4096", "rwkv_world"],
      ["big1-model", "rwkv_world"],
    ] as const
  ) {
    it(`detects the template by the name ${name}`, async () => {
      await link("model.safetensors", `${name}.safetensors`);
      await link("vocab.txt", "vocab.txt");
      const { config } = await readModel(`${folder}/${name}.safetensors`);
      const stops = template === "rwkv_g1" ? ["\n\nUser:", "\n\nSystem:"] : ["\n\nUser:"];
      assert.deepEqual([config.chat_template, config.stop], [template, stops]);
    });
  }

  it("detects thoughts by a template beside the weights, and prefers the config", async () => {
    await link("model.safetensors", "model.safetensors");
    await link("vocab.txt", "vocab.txt");
    const write = (name: string, json: object) =>
      Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(json));
    const template = "{% if enable_thinking %}Assistant: <think{% endif %}";
    await write("tokenizer_config.json", { chat_template: template });
    assert.equal((await readModel(folder)).config.chat_template, "rwkv_g1");
    await write("tern.json", { thinking: "low" });
    assert.equal((await readModel(folder)).config.thinking, "low");
    await write("tern.json", { chat_template: "rwkv_g1", thinking: "low" });
    assert.equal((await readModel(folder)).config.thinking, "low");
    await write("tern.json", { chat_template: "rwkv_world" });
    assert.equal((await readModel(folder)).config.chat_template, "rwkv_world");
    await write("tern.json", { chat_template: "rwkv_world", thinking: "low" });
    await assert.rejects(readModel(folder), /needs a chat_template with thoughts/);
    await write("tern.json", { chat_template: "rwkv_g1", thinking: "much" });
    await assert.rejects(readModel(folder), ModelFolderError);
  });

  it("takes the sampling of generation_config.json, and prefers the config's", async () => {
    await link("model.safetensors", "model.safetensors");
    await link("vocab.txt", "vocab.txt");
    const write = (name: string, json: unknown) =>
      Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(json));
    await write("generation_config.json", {
      ...{ eos_token_id: 2, do_sample: true, temperature: 0.6, top_p: 0.95, top_k: -1 },
      ...{ repetition_penalty: "1.1", max_new_tokens: 500, typical_p: null },
    });
    const { config, inferred } = await readModel(folder);
    assert.deepEqual(config.sampling, { temperature: 0.6, top_p: 0.95, max_tokens: 500 });
    assert.equal(config.eos_token_id, 0);
    assert.equal(inferred?.sampling, "generation_config.json");
    await write("tern.json", { sampling: { temperature: 0.2 } });
    assert.equal((await readModel(folder)).config.sampling?.temperature, 0.2);
    assert.equal((await readModel(folder)).config.sampling?.top_p, 0.95);
    for (const useless of [[], null, 3, { eos_token_id: 0 }]) {
      await write("generation_config.json", useless);
      assert.deepEqual((await readModel(folder)).config.sampling, { temperature: 0.2 });
    }
    await Deno.writeTextFile(`${folder}/generation_config.json`, "{");
    assert.deepEqual((await readModel(folder)).config.sampling, { temperature: 0.2 });
    const alone = await readModel(`${folder}/model.safetensors`);
    assert.equal(alone.config.sampling, undefined);
  });

  it("takes the sampling of a GGUF file", async () => {
    const metadata = new Map<string, unknown>([
      ["general.sampling.temp", Math.fround(0.7)],
      ["general.sampling.top_p", Math.fround(0.95)],
      ["general.sampling.top_k", 20],
      ["general.sampling.min_p", -1],
      ["general.sampling.sequence", "top_k;top_p;temp"],
    ]);
    const place = { path: "m.gguf", folder: ".", weightsPath: "m.gguf" };
    assert.deepEqual(await publishedSampling(place, metadata), {
      sampling: { temperature: 0.7, top_p: 0.95, top_k: 20 },
      origin: "general.sampling",
    });
    assert.equal(await publishedSampling(place, new Map()), undefined);
  });

  it("explains what to do if no vocabulary matches the number of tokens", async () => {
    await link("model.safetensors", "model.safetensors");
    await assert.rejects(readModel(folder), {
      name: "ModelFolderError",
      message: /has 4096 tokens.*put its .* next to the weights/,
    });
  });

  it("uses the shipped vocabulary of the configured tokenizer", async () => {
    await link("model.safetensors", "model.safetensors");
    for (const [tokenizer, tokens] of [["rwkv_world", 65_530], ["neox_bpe", 50_277]] as const) {
      const config = JSON.stringify({ architecture: "rwkv", tokenizer });
      await Deno.writeTextFile(`${folder}/config.json`, config);
      const model = await readModel(folder);
      const file = await readVocabulary(model);
      assert.ok(file !== undefined && file.length > 1_000_000);
      assert.throws(() => checkVocabulary(folder, tokens, 4096), ModelFolderError);
    }
  });

  it("lets tern.json override inferred values next to another program's config.json", async () => {
    await link("model.safetensors", "model.safetensors");
    await link("vocab.txt", "words.txt");
    const foreign = { model_type: "rwkv7", architectures: ["RWKV7ForCausalLM"], attn: null };
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(foreign));
    const own = { vocab_file: "words.txt", stop: ["\n\nQ:"], name: "mine" };
    await Deno.writeTextFile(`${folder}/tern.json`, JSON.stringify(own));
    const { config, inferred } = await readModel(folder);
    assert.deepEqual([config.vocab_file, config.stop, config.name], [
      "words.txt",
      ["\n\nQ:"],
      "mine",
    ]);
    assert.deepEqual(inferred?.given, ["vocab_file", "stop", "name"]);
  });

  const foreign: Record<string, [object, RegExp]> = {
    "with a Transformer": [{ architectures: ["LlamaForCausalLM"] }, /"LlamaForCausalLM"/],
    "with a hybrid, by its name": [{ architectures: ["RWKV6Qwen2ForCausalLM"] }, /RWKV6Qwen2/],
    "with a hybrid, by its layers": [{ model_type: "rwkv7", attn: { layers: [1] } }, /attention/],
  };
  for (const [what, [config, message]] of Object.entries(foreign)) {
    it(`rejects a folder ${what}`, async () => {
      await link("model.safetensors", "model.safetensors");
      await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
      await assert.rejects(readModel(folder), { name: "ForeignFileError", message });
    });
  }

  it("rejects a folder with several weights files, and a missing path", async () => {
    await link("model.safetensors", "a.safetensors");
    await link("model.safetensors", "b.st");
    await assert.rejects(readModel(folder), /several.*a\.safetensors, b\.st/);
    await assert.rejects(readModel(`${folder}/absent`), /no such file or folder/);
  });
});

describe("checkVocabulary", () => {
  it("accepts padding and rejects the vocabulary of another model", () => {
    for (
      const [tokens, size] of [[65_530, 65_536], [65_530, 65_529], [50_277, 50_304], [256, 256]]
    ) {
      checkVocabulary("m", tokens!, size!);
    }
    for (
      const [tokens, size] of [[50_277, 65_536], [65_530, 50_277], [257, 256], [65_530, 65_000]]
    ) {
      assert.throws(
        () => checkVocabulary("m", tokens!, size!),
        /does not fit: put the model's own/,
      );
    }
  });
});

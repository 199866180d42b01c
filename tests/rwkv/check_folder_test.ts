import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { FolderConfig } from "../../src/checkpoint/folder_config.ts";
import { ModelFolderError } from "../../src/checkpoint/model_folder_error.ts";
import { readModelFolder } from "../../src/checkpoint/model_folder.ts";
import { checkFolder } from "../../src/rwkv/check_folder.ts";
import type { ModelConfig } from "../../src/rwkv/model_config.ts";

const FOLDER = new URL("../../models/tern-7m", import.meta.url).pathname;

describe("checkFolder", () => {
  it("rejects a config.json that contradicts the weights, naming the key", async () => {
    const { config } = await readModelFolder(FOLDER);
    const { version, n_layer, n_embd, head_size, vocab_size } = config;
    const weights: ModelConfig = { version, n_layer, n_embd, head_size, vocab_size, sizes: {} };
    checkFolder(FOLDER, config, weights);
    const wrong: Partial<FolderConfig>[] = [
      { version: "6" },
      { n_layer: 7 },
      { n_embd: 512 },
      { head_size: 32 },
      { vocab_size: 65_536 },
    ];
    for (const difference of wrong) {
      const [key] = Object.keys(difference);
      assert.throws(
        () => checkFolder(FOLDER, { ...config, ...difference }, weights),
        (error) => error instanceof ModelFolderError && error.message.includes(key!),
      );
    }
  });
});

import type { PartialFolderConfig } from "../checkpoint/folder_config.ts";
import { ModelFolderError } from "../checkpoint/model_folder_error.ts";
import type { ModelConfig } from "./model_config.ts";

const CHECKED = ["version", "n_layer", "n_embd", "head_size", "vocab_size"] as const;

/**
 * Compares a config with the weights. Keys that the config omits are not compared.
 *
 * @throws {ModelFolderError} naming the first difference
 */
export function checkFolder(path: string, folder: PartialFolderConfig, weights: ModelConfig): void {
  for (const key of CHECKED) {
    if (folder[key] !== undefined && folder[key] !== weights[key]) {
      throw new ModelFolderError(
        path,
        `config.json states ${key} ${folder[key]}, but the weights have ${weights[key]}`,
      );
    }
  }
}

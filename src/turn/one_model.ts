import { UnknownPersonaError } from "./errors.ts";
import type { LoadedModel, ModelSource } from "./model_source.ts";

/**
 * A single model that stays loaded.
 */
export function oneModel(model: Omit<LoadedModel, "base" | "hold">): ModelSource {
  const { name } = model;
  const loaded = { ...model, base: name, hold: () => Promise.resolve(() => {}) };
  return {
    names: [name],
    list: () => Promise.resolve([loaded]),
    find(_, persona) {
      if (persona === undefined) return Promise.resolve(loaded);
      return Promise.reject(new UnknownPersonaError(name, persona, []));
    },
    tokenizer: () => Promise.resolve(loaded.tokenizer),
    known: () => [loaded],
    statuses: () => new Map([[name, { status: "loaded" }]]),
  };
}

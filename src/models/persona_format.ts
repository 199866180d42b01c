/** The fingerprint of the model that a persona was saved from, in ASCII. Only of those that Tern has written. */
export const MODEL_TENSOR = "tern.model";

/** How many tokens the state has read, in decimal digits. Only of those that Tern has written. */
export const TOKENS_TENSOR = "tern.tokens";

/** A layer's state: `[H, values, keys]`, as tuned states have it, or `[3, D]` (aa, bb, pp) for RWKV-4. */
export function stateTensor(layer: number): string {
  return `blocks.${layer}.att.time_state`;
}

/** What time mix and channel mix of a layer saw at the last token, `[D]`. Tuned states have none: 0. */
export const SHIFT_TENSORS = [
  (layer: number) => `blocks.${layer}.att.shift_state`,
  (layer: number) => `blocks.${layer}.ffn.shift_state`,
] as const;

/** A file cannot be used as a persona of a model. One line that says what is wrong and what to do. */
export class PersonaFileError extends Error {
  override readonly name = "PersonaFileError";
  /** @param why what is wrong and what to do, without a full stop */
  constructor(readonly file: string, readonly why: string, options?: ErrorOptions) {
    super(`${file}: ${why}`, options);
  }
}

import { ForeignFileError } from "../checkpoint/checkpoint_error.ts";

/** Architecture names of hybrids, which have RWKV layers and layers of other kinds. */
const HYBRIDS = /qwen|hybrid|arwkv|qrwkv|llama|mistral/i;

/**
 * Rejects a Hugging Face `config.json` of another architecture before the tensors are read.
 *
 * @param config The parsed JSON.
 * @param path Its path, for messages.
 * @throws {ForeignFileError} If the model is not RWKV, or a hybrid.
 */
export function refuseForeignFolder(config: object, path: string): void {
  const architectures: unknown = "architectures" in config ? config.architectures : undefined;
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const type: unknown = "model_type" in config ? config.model_type : undefined;
  const name = typeof first === "string" ? first : typeof type === "string" ? type : undefined;
  if (name === undefined) return;
  if (!/rwkv/i.test(name) || HYBRIDS.test(name)) {
    const what = `the architecture is ${JSON.stringify(name)}, not RWKV-4 to 7`;
    throw new ForeignFileError(path, "architecture", what, "use an RWKV model");
  }
  if ("attn" in config && config.attn !== null) {
    const what = "the model is a hybrid: some layers are attention (attn)";
    throw new ForeignFileError(path, "architecture", what, "use an RWKV model");
  }
}

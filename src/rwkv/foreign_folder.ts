import { ForeignFileError } from "../checkpoint/checkpoint_error.ts";

/** Classes of folders whose names have RWKV in them, and which have layers of another kind besides. */
const HYBRIDS = /qwen|hybrid|arwkv|qrwkv|llama|mistral/i;

/**
 * Refuses a Hugging Face `config.json` of another architecture, before its tensors are looked at.
 *
 * @param config Its JSON.
 * @param path What to call it in messages.
 * @throws {ForeignFileError} When it is of no RWKV model, or of a hybrid with one.
 */
export function refuseForeignFolder(config: object, path: string): void {
  const architectures: unknown = "architectures" in config ? config.architectures : undefined;
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const type: unknown = "model_type" in config ? config.model_type : undefined;
  const name = typeof first === "string" ? first : typeof type === "string" ? type : undefined;
  if (name === undefined) return;
  if (!/rwkv/i.test(name) || HYBRIDS.test(name)) {
    const what = `it is of ${JSON.stringify(name)}, which is not RWKV-4 to 7`;
    throw new ForeignFileError(path, "architecture", what, "use an RWKV model");
  }
  if ("attn" in config && config.attn !== null) {
    const what = "it is of a hybrid: some layers are attention (attn)";
    throw new ForeignFileError(path, "architecture", what, "use an RWKV model");
  }
}

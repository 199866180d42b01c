import type { Checkpoint } from "./checkpoint.ts";
import { ForeignFileError, type ForeignKind } from "./checkpoint_error.ts";
import { ai00Names } from "./names/ai00.ts";
import { flaNames } from "./names/fla.ts";
import { ggufNames } from "./names/gguf.ts";
import { transformersNames } from "./names/transformers.ts";
import { type Derived, remapped } from "./remapped.ts";

/** Who wrote the names of a checkpoint. */
export type NamesOf = "official" | "gguf" | "fla" | "transformers" | "ai00";

/** A checkpoint with the names and shapes of the official `.pth` files. */
export interface OfficialCheckpoint extends Checkpoint {
  /** Whose names the file has. */
  readonly namesOf: NamesOf;
}

/** What wrappers and trainers put before every name. */
const PREFIXES = ["module.", "_orig_mod.", "_forward_module.", "state_dict."] as const;

const TIME_STATE = /^blocks\.\d+\.att\.time_state$/;

/**
 * Gives the tensors of a checkpoint their official names and shapes, whoever named them. Nothing is read.
 *
 * Source: RWKV-LM for the official names; each module in `names/` for the others.
 *
 * @throws {ForeignFileError} When they belong to no whole model that can be run.
 * @throws {CheckpointError} When a tensor is missing or does not fit.
 */
export function withOfficialNames(checkpoint: Checkpoint): OfficialCheckpoint {
  refuseShard(checkpoint);
  const { names: own, prefixed } = withoutPrefixes([...checkpoint.tensors.keys()]);
  const stripped = prefixed ? remapped(checkpoint, own) : checkpoint;
  refuseForeign(stripped);
  const namesOf = whoseNames(stripped);
  if (namesOf === "official") return { ...stripped, namesOf };
  return { ...remapped(stripped, deriveNames(stripped, namesOf)), namesOf };
}

function deriveNames(
  checkpoint: Checkpoint,
  namesOf: Exclude<NamesOf, "official">,
): Map<string, Derived> {
  switch (namesOf) {
    case "gguf":
      return ggufNames(checkpoint);
    case "fla":
      return flaNames(checkpoint);
    case "transformers":
      return transformersNames(checkpoint);
    case "ai00":
      return ai00Names(checkpoint);
  }
}

function withoutPrefixes(
  names: readonly string[],
): { readonly names: Map<string, Derived>; readonly prefixed: boolean } {
  let length = 0;
  for (;;) {
    const rest = names.map((name) => name.slice(length));
    const every = (prefix: string) => rest.every((name) => name.startsWith(prefix));
    // FLA's own names begin with "model." as well, but not all, and not before "blocks.".
    const candidates = rest.some((name) => name.startsWith("model.blocks."))
      ? [...PREFIXES, "model."]
      : PREFIXES;
    const prefix = names.length === 0 ? undefined : candidates.find(every);
    if (prefix === undefined) break;
    length += prefix.length;
  }
  return {
    names: new Map(names.map((from) => [from.slice(length), { from }])),
    prefixed: length > 0,
  };
}

/** The first rule that fits. Source: the tables of names in docs/models.md. */
function whoseNames({ tensors, metadata }: Checkpoint): NamesOf {
  if (metadata?.has("general.architecture") === true) return "gguf";
  const has = (name: string) => tensors.has(name);
  if (has("model.layers.0.attn.r_proj.weight")) return "fla";
  if (has("rwkv.blocks.0.attention.key.weight")) return "transformers";
  const att = "blocks.0.att.";
  if (has(`${att}time_mix_x`)) return "ai00"; // version 6; others call it time_maa_x
  if (has(`${att}time_first`) && has(`${att}gate.weight`)) {
    // Version 5. Official 5.1 has one number a head here, [H] or [H, 1, 1]; ai00 has [H, N].
    const shape = tensors.get(`${att}time_first`)!.shape;
    if (shape.length === 2) return "ai00";
  }
  const w1 = tensors.get(`${att}w1`)?.shape;
  const width = tensors.get("emb.weight")?.shape[1];
  // Version 7: [D, rank] is official, [rank, D] is ai00.
  if (w1?.length === 2 && w1[0] !== width && w1[1] === width) return "ai00";
  return "official";
}

/**
 * Refuses one file of a model in several, as Hugging Face names them. It may look like something else.
 *
 * @throws {ForeignFileError}
 */
function refuseShard({ name: file }: Checkpoint): void {
  const [, count] = /-\d{5}-of-(\d{5})\.\w+$/.exec(file) ?? [];
  if (count === undefined || Number(count) < 2) return;
  const what = `it is one of the ${Number(count)} files of a model`;
  throw new ForeignFileError(file, "split", what, "use their folder, or the .index.json in it");
}

/** @throws {ForeignFileError} When the names are those of something else than a whole RWKV model. */
function refuseForeign({ name: file, tensors }: Checkpoint): void {
  const names = [...tensors.keys()];
  const some = (pattern: RegExp) => names.some((name) => pattern.test(name));
  const refuse = (kind: ForeignKind, what: string, remedy: string) => {
    throw new ForeignFileError(file, kind, what, remedy);
  };
  const adapter = /\.(lora_[AB]|lora\.[01]|bone|disha)(\.|$)|\.lora_(down|up)\./;
  if (some(adapter) && !some(/(^|\.)(emb|embeddings|token_embd)\.weight$/)) {
    const remedy = "merge it into its base model, and use the merged file";
    refuse("adapter", "it is an adapter (LoRA, PiSSA, Bone or DiSHA), not a model", remedy);
  }
  if (names.length > 0 && names.every((name) => TIME_STATE.test(name))) {
    const remedy = "use the file of the model that it was tuned for";
    refuse("state", "it is a tuned initial state, not a model", remedy);
  }
  if (some(/\.ffn\.s_emb\b/)) {
    refuse("v7a", "it is RWKV-7a (DeepEmbed), which cannot be run", "use an RWKV-7 model");
  }
  if (some(/^blocks\.\d+\.qkv\./)) {
    const what = "it is RWKV-7b or 8 (attention beside the recurrence), which cannot be run";
    refuse("v7b", what, "use an RWKV-7 model");
  }
  if (some(/^(model\.layers\.\d+\.self_attn|transformer\.h\.\d+|gpt_neox\.layers\.\d+)\./)) {
    const what = "it has the layers of a Transformer, or of a hybrid with one";
    refuse("transformer", what, "use an RWKV model");
  }
}

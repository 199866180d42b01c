import type { Checkpoint } from "./checkpoint.ts";
import { openCheckpoint } from "./open_checkpoint.ts";
import { openFile } from "./deno_file.ts";
import { isModelUrl } from "./find_file.ts";
import type { OfficialCheckpoint } from "./official_names.ts";

/**
 * Opens the weights of a model, in whichever format and under whichever names they are, with the official names and
 * shapes. Needs `--allow-read`.
 *
 * @param path A checkpoint file, the index of one in shards, or the URL of an index of parts.
 * @throws {CheckpointError} When it cannot be read, or is something else.
 */
export async function openWeights(path: string): Promise<OfficialCheckpoint> {
  const checkpoint = await openAny(path);
  try {
    // Most files have these names, and start-up is faster without the tables of the others.
    if (isPlainlyOfficial(checkpoint)) {
      return { ...checkpoint, namesOf: "official" };
    }
    const { withOfficialNames } = await import("./official_names.ts");
    return withOfficialNames(checkpoint);
  } catch (error) {
    checkpoint.close();
    throw error;
  }
}

async function openAny(path: string): Promise<Checkpoint> {
  if (isModelUrl(path)) {
    const { openRemoteParts } = await import("./remote_parts.ts");
    const parts = await openRemoteParts(path);
    return await openCheckpoint(parts.open(parts.weights), path);
  }
  if (!path.endsWith(".index.json")) return await openCheckpoint(await openFile(path), path);
  const { openSharded } = await import("./sharded.ts");
  return await openSharded(path);
}

/** Whether this is version 7 as official files have it, without anything beside the weights. */
function isPlainlyOfficial({ tensors, metadata }: Checkpoint): boolean {
  const width = tensors.get("emb.weight")?.shape[1];
  return metadata === undefined && width !== undefined &&
    tensors.get("blocks.0.att.w1")?.shape[0] === width &&
    !tensors.has("blocks.0.ffn.s_emb.weight");
}

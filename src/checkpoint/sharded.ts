import type { Checkpoint } from "./checkpoint.ts";
import { openCheckpoint } from "./open_checkpoint.ts";
import { CheckpointError, InvalidCheckpointError, MissingTensorError } from "./checkpoint_error.ts";
import { openFile } from "./deno_file.ts";
import type { TensorInfo } from "./tensor.ts";

const MAX_INDEX_BYTES = 1 << 24;
const MAX_SHARDS = 1_024;
/** A shard is a file beside the index, by its name alone. */
// deno-lint-ignore no-control-regex
const SHARD_NAME = /^(?!\.{1,2}$)[^/\\:\u0000-\u001f]{1,255}$/;

/**
 * Opens the shards that a `model.safetensors.index.json` or `pytorch_model.bin.index.json` lists, as one checkpoint.
 *
 * @param path The index. The shards lie in the same folder.
 * @throws {CheckpointError} When the index is damaged, or a shard is missing or cannot be read.
 */
export async function openSharded(path: string): Promise<Checkpoint> {
  const weightMap = await readIndex(path);
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const shards = new Map<string, Checkpoint>();
  try {
    for (const file of new Set(weightMap.values())) {
      const shard = folder + file;
      shards.set(file, await openCheckpoint(await openFile(shard), shard));
    }
    const tensors = new Map<string, TensorInfo>();
    for (const [name, file] of weightMap) {
      const info = shards.get(file)!.tensors.get(name);
      if (info === undefined) throw new MissingTensorError(folder + file, name);
      tensors.set(name, info);
    }
    return join(path, weightMap, shards, tensors);
  } catch (error) {
    for (const shard of shards.values()) shard.close();
    throw error;
  }
}

function join(
  path: string,
  weightMap: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, Checkpoint>,
  tensors: ReadonlyMap<string, TensorInfo>,
): Checkpoint {
  const shardOf = (name: string): Checkpoint => {
    const shard = shards.get(weightMap.get(name) ?? "");
    if (shard === undefined) throw new MissingTensorError(path, name);
    return shard;
  };
  return {
    name: path,
    tensors,
    read: async (name) => await shardOf(name).read(name),
    readInto: async (name, offset, into) => await shardOf(name).readInto(name, offset, into),
    close() {
      for (const shard of shards.values()) shard.close();
    },
  };
}

async function readIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const file = await openFile(path);
  let json: unknown;
  try {
    if (file.size > MAX_INDEX_BYTES) {
      throw new InvalidCheckpointError(path, `it has ${file.size} bytes, far too many`);
    }
    json = JSON.parse(new TextDecoder().decode(await file.read(0, file.size)));
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    throw new InvalidCheckpointError(path, `it is not JSON: ${cause}`, { cause });
  } finally {
    file.close();
  }
  const map = typeof json === "object" && json !== null && "weight_map" in json
    ? json.weight_map
    : undefined;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new InvalidCheckpointError(path, "it has no weight_map");
  }
  const weightMap = new Map<string, string>();
  const entries: [string, unknown][] = Object.entries(map);
  for (const [name, shard] of entries) {
    if (typeof shard !== "string" || !SHARD_NAME.test(shard)) {
      const what = JSON.stringify(shard);
      throw new InvalidCheckpointError(
        path,
        `${what} is not the name of a file in the same folder`,
      );
    }
    weightMap.set(name, shard);
  }
  if (new Set(weightMap.values()).size > MAX_SHARDS) {
    throw new InvalidCheckpointError(path, `it lists more than ${MAX_SHARDS} files`);
  }
  return weightMap;
}

import { z } from "zod";
import { WEIGHTS_FILES } from "../../checkpoint/find_file.ts";
import { PullError } from "./pull_error.ts";
import { request, type RequestOptions } from "./request.ts";
import { type FileSource, hubFile, type Hubs, type RepositorySource } from "./source.ts";

const listingSchema = z.object({
  siblings: z.array(z.object({
    rfilename: z.string(),
    size: z.int().min(0).optional(),
    lfs: z.object({ sha256: z.string().optional(), size: z.int().optional() }).nullish(),
  })),
});

type Sibling = z.infer<typeof listingSchema>["siblings"][number];

/** Files beside the weights that say what these are. */
const BESIDE =
  /^(config|tern|generation_config|tokenizer|tokenizer_config|special_tokens_map)\.json$|^(rwkv_vocab_v20230424|vocab)\.txt$|^(README\.md|LICENSE)$/;
const WEIGHTS = /\.(safetensors|st|pth|pt|gguf)$/;
const SHARD = /-\d+-of-\d+\.(safetensors|bin)$/;

/** What of a repository is downloaded. */
export interface ChosenFiles {
  /** In this order: the file that makes a folder a model comes last. */
  readonly files: readonly FileSource[];
  /** Whether they belong in a folder of their own. */
  readonly isFolder: boolean;
}

/**
 * Chooses the files of a repository: a Hugging Face folder with its weights, or the one file of weights that there is.
 *
 * Source of the route: https://huggingface.co/docs/hub/api.
 *
 * @throws {PullError} When there is none, or several that may be meant.
 */
export async function chooseFiles(
  source: RepositorySource,
  hubs: Hubs,
  options: RequestOptions,
): Promise<ChosenFiles> {
  const { repository, revision } = source;
  const url = `${hubs.huggingFace}/api/models/${repository}/revision/${revision}?blobs=true`;
  const { response } = await request(url, options);
  const listing = listingSchema.safeParse(await response.json().catch(() => undefined));
  if (!listing.success) throw new PullError(url, "the answer is not a list of files");
  const files = listing.data.siblings.filter(({ rfilename }) => !rfilename.includes("/"));
  const toSource = ({ rfilename, size, lfs }: Sibling): FileSource => {
    const [bytes, sha256] = [lfs?.size ?? size, lfs?.sha256];
    return {
      ...hubFile(source, rfilename, hubs),
      ...bytes === undefined ? {} : { bytes },
      ...sha256 === undefined ? {} : { sha256 },
    };
  };
  const main = WEIGHTS_FILES.map((name) => files.find(({ rfilename }) => rfilename === name))
    .find((file) => file !== undefined);
  if (main !== undefined) {
    const isSharded = main.rfilename.endsWith(".index.json");
    const beside = files.filter(({ rfilename }) => BESIDE.test(rfilename));
    const ending = main.rfilename.startsWith("model.") ? ".safetensors" : ".bin";
    const shards = isSharded
      ? files.filter(({ rfilename }) => SHARD.test(rfilename) && rfilename.endsWith(ending))
      : [];
    return { files: [...beside, ...shards, main].map(toSource), isFolder: true };
  }
  const weights = files.filter(({ rfilename }) => WEIGHTS.test(rfilename));
  if (weights.length === 1) return { files: weights.map(toSource), isFolder: false };
  const why = weights.length === 0
    ? "it holds no weights"
    : `it holds several models, choose one: ${
      weights.slice(0, 30).map(({ rfilename }) => `hf.co/${repository}:${rfilename}`).join("  ")
    }`;
  throw new PullError(`hf.co/${repository}`, why);
}

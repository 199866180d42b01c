import { openWeights } from "../../src/checkpoint/open_weights.ts";
import { readVocabulary } from "../../src/checkpoint/model_folder.ts";
import { SeparateInference } from "../../src/engine/separate_inference.ts";
import { SimdEngine } from "../../src/engine/simd/simd_engine.ts";
import { Decays } from "../../src/look/decays.ts";
import { type Look, look } from "../../src/look/look.ts";
import { readModel } from "../../src/rwkv/read_model.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import { lineChart } from "./line_chart.ts";

const MODELS = new URL("../../models/", import.meta.url).pathname;

/** What is read for the figures, in the form of a conversation, as the models were trained. */
const TEXT =
  "User: Hi! My name is Sarah.\n\nAssistant: Hi Sarah! I am Tern. How are you today?\n\n" +
  "User: Tell me a story about a cat.\n\nAssistant: Once upon a time there was a cat named Tom. " +
  "Tom liked to play in the garden. One day he saw a big bird in a tree.";

async function lookAt(folder: string): Promise<Look> {
  const model = await readModel(folder);
  const tokenizer = await loadTokenizer(model.config.tokenizer, await readVocabulary(model));
  const checkpoint = await openWeights(model.weightsPath);
  const engine = await SimdEngine.load(checkpoint);
  const decays = await Decays.read(checkpoint, engine.config);
  checkpoint.close();
  const inference = new SeparateInference(engine, tokenizer);
  try {
    const tokens = tokenizer.encode(TEXT);
    return await look({ inference, decays, tokens, top: 1, signal: new AbortController().signal });
  } finally {
    await inference.close();
  }
}

/**
 * How fast each layer of the embedded models forgets, as SVG documents by the names of their files. RWKV-4's is the
 * figure of time decays of arXiv 2305.13048, in half-lives.
 */
export async function forgettingCharts(): Promise<ReadonlyMap<string, string>> {
  const figures = new Map<string, string>();
  for (const [name, file] of [["tern-7m-rwkv4", "4"], ["tern-7m", "7"]] as const) {
    const { half_lives, tokens } = await lookAt(`${MODELS}${name}`);
    const what = file === "4" ? "of any text" : `of a text of ${tokens.length} tokens`;
    const svg = lineChart({
      title: `How fast the channels of ${name} forget: ${what}`,
      x: "% of the channels, the fastest first" + (file === "4" ? "" : ", over all tokens"),
      y: "half-life in tokens",
      logarithmic: true,
      lines: half_lives!.map((quantiles, layer) => ({
        name: `layer ${layer}`,
        points: quantiles.map((y, i) => ({ x: 100 * i / (quantiles.length - 1), y })),
      })),
    });
    figures.set(`forgetting_rwkv${file}.svg`, svg);
  }
  return figures;
}

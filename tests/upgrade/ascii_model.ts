import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { writeSafetensors } from "../../scripts/bench/write_safetensors.ts";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";

const SIZES = { V: 256, D: 32, F: 32, H: 1, N: 32, dw: 8, da: 8, dv: 8, dg: 8 } as const;

/** What the model may say: printable ASCII. */
const isSaid = (byte: number): boolean => byte >= 32 && byte < 127;

/** 1 and -64 in bfloat16. */
const [ONE, NEVER] = [0x3f80, 0xc280];

/** By what power of two weights are larger than random ones, so that an answer depends on all that the state has read. */
const LARGER: Readonly<Record<string, number>> = {
  "head.weight": 2,
  "blocks.0.att.output.weight": 6,
};

/** Decay, and how much of the old is replaced: -6 and -4 in bfloat16, so that the state forgets slowly. */
const SLOW: Readonly<Record<string, number>> = {
  "blocks.0.att.w0": 0xc0c0,
  "blocks.0.att.a0": 0xc080,
};

/** Random weights, except that no other bytes than those of {@linkcode isSaid} are ever likely: answers are legible. */
class AsciiCheckpoint implements Checkpoint {
  readonly name = "random weights that write ASCII";
  readonly #random = new RandomCheckpoint({ version: "7", n_layer: 1, sizes: SIZES });
  readonly tensors = this.#random.tensors;

  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#random.read(name);
    const halves = new Uint16Array(bytes.buffer);
    // The exponent of a bfloat16 begins at bit 7.
    const larger = LARGER[name] ?? 0;
    for (let i = 0; i < halves.length; i++) if (halves[i] !== 0) halves[i]! += larger << 7;
    if (name in SLOW) halves.fill(SLOW[name]!);
    // The first channel of what the head reads is 1 at every token, so its weights are a bias.
    if (name === "ln_out.weight") halves[0] = 0;
    if (name === "ln_out.bias") halves[0] = ONE;
    if (name === "head.weight") {
      for (let byte = 0; byte < SIZES.V; byte++) halves[byte * SIZES.D] = isSaid(byte) ? 0 : NEVER;
    }
    return bytes;
  }

  async readInto(name: string, offset: number, into: Uint8Array<ArrayBuffer>): Promise<void> {
    into.set((await this.read(name)).subarray(offset, offset + into.byteLength));
  }

  close(): void {}
}

/** Writes a model folder of 60 KB, whose states have 4 KB. What it says is nonsense. */
export async function writeAsciiModel(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await writeSafetensors(new AsciiCheckpoint(), `${folder}/model.safetensors`);
  const config = {
    name: "recorded",
    architecture: "rwkv",
    version: "7",
    n_layer: 1,
    n_embd: SIZES.D,
    head_size: SIZES.N,
    vocab_size: SIZES.V,
    tokenizer: "byte",
    eos_token_id: 0,
    chat_template: "rwkv_world",
    stop: ["\n\n"],
    dtype: "bfloat16",
    created: 1_796_000_000,
    sampling: { temperature: 1, top_p: 1, max_tokens: 40 },
  };
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config, null, 2) + "\n");
}

import { type Checkpoint, readFloat32 } from "../../src/checkpoint/checkpoint.ts";
import type { TensorInfo } from "../../src/checkpoint/tensor.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";

/** Channels behind each layer norm that become outliers. */
const CHANNELS = 4;

/** How a model gets outliers. */
export interface Outliers {
  /**
   * `scaled`: channels are multiplied by the factor, and the weights that read them divided by it, so that the model computes
   * the same function. `dead`: they are the factor times what was normalised, and nothing reads them.
   */
  readonly kind: "scaled" | "dead";
  readonly factor: number;
  readonly seed: number;
}

/** A layer norm and the matrices that read it. */
interface Reader {
  readonly norm: RegExp;
  /** Of shape `[out, D]`. */
  readonly linear: RegExp;
  /** Of shape `[D, out]`. */
  readonly matrix?: RegExp;
}

const READERS: readonly Reader[] = [
  {
    norm: /^blocks\.\d+\.ln1\.weight$/,
    linear: /^att\.(receptance|key|value|gate)\.weight$/,
    matrix: /^att\.[wavg]1$/,
  },
  { norm: /^blocks\.\d+\.ln2\.weight$/, linear: /^ffn\.(key|receptance)\.weight$/ },
  { norm: /^ln_out\.weight$/, linear: /^head\.weight$/ },
];

/**
 * A checkpoint of RWKV-4, 5 or 7 with outlier channels, as larger trained models have them: a few channels behind each layer
 * norm whose activations are many times the others. Its tensors are in float32.
 */
export class OutlierCheckpoint implements Checkpoint {
  readonly name: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly #base: Checkpoint;
  readonly #outliers: Outliers;
  /** What is done to each tensor's numbers, by name. */
  readonly #changes = new Map<string, (values: Float32Array) => void>();
  #last: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined;

  constructor(base: Checkpoint, outliers: Outliers) {
    this.#base = base;
    this.#outliers = outliers;
    this.name = `${base.name}, ${outliers.kind} ${outliers.factor}`;
    this.tensors = new Map(
      [...base.tensors].map(([name, info]) => [name, { ...info, dtype: "F32" }]),
    );
    const random = new SeededRandom(outliers.seed);
    for (const name of [...base.tensors.keys()].sort()) {
      for (const reader of READERS) {
        if (reader.norm.test(name)) this.#change(name, reader, random);
      }
    }
  }

  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const values = await readFloat32(this.#base, name);
    this.#changes.get(name)?.(values);
    return new Uint8Array(values.buffer);
  }

  async readInto(name: string, offset: number, into: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#last?.name !== name) this.#last = { name, bytes: await this.read(name) };
    into.set(this.#last.bytes.subarray(offset, offset + into.byteLength));
  }

  close(): void {
    this.#base.close();
  }

  /** Chooses channels of a norm, and notes what changes for them. */
  #change(norm: string, { linear, matrix }: Reader, random: SeededRandom): void {
    const { kind, factor } = this.#outliers;
    const D = this.tensors.get(norm)!.shape[0]!;
    const channels = new Set<number>();
    while (channels.size < CHANNELS) channels.add(Math.floor(random.next() * D));
    const isDead = kind === "dead";
    for (const [part, dead] of [["weight", factor], ["bias", 0]] as const) {
      this.#changes.set(norm.replace(/weight$/, part), (values) => {
        for (const c of channels) values[c] = isDead ? dead : values[c]! * factor;
      });
    }
    const prefix = /^blocks\.\d+\./.exec(norm)?.[0] ?? "";
    const less = isDead ? 0 : 1 / factor;
    for (const [name, { shape }] of this.tensors) {
      if (!name.startsWith(prefix)) continue;
      const rest = name.slice(prefix.length);
      const outputs = shape.at(-1)!;
      if (linear.test(rest)) {
        this.#changes.set(name, (values) => {
          for (let at = 0; at < values.length; at += D) {
            for (const c of channels) values[at + c]! *= less;
          }
        });
      } else if (matrix?.test(rest)) {
        this.#changes.set(name, (values) => {
          for (const c of channels) {
            for (let i = c * outputs; i < (c + 1) * outputs; i++) values[i]! *= less;
          }
        });
      }
    }
  }
}

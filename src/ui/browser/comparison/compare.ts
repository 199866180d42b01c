import { type Architecture, ARCHITECTURES, type Blocks, type Sizes } from "./architecture.ts";
import { Rwkv4 } from "./rwkv4.ts";
import { Rwkv7 } from "./rwkv7.ts";
import { Transformer } from "./transformer.ts";

/** A measurement of one architecture after a number of tokens. */
export interface Point {
  readonly architecture: Architecture;
  readonly tokens: number;
  /** Time of all tokens so far. */
  readonly seconds: number;
  /** The number of bytes that hold what was read. */
  readonly held: number;
}

/** Options of a comparison. */
export interface CompareOptions {
  readonly sizes: Sizes;
  readonly tokens: number;
  /** The number of tokens between two points. The architectures take turns of this length, so that they share noise. */
  readonly every: number;
  /** A clock, in milliseconds. */
  readonly now: () => number;
}

/** Read first, so that the code is optimised when the clock starts. */
const WARM_UP_TOKENS = 96;

/** Blocks with random weights: the time of a step does not depend on the values. */
export function blocksOf(architecture: Architecture, sizes: Sizes): Blocks {
  switch (architecture) {
    case "Transformer":
      return new Transformer(sizes);
    case "RWKV-4":
      return new Rwkv4(sizes);
    case "RWKV-7":
      return new Rwkv7(sizes);
  }
}

/** Reads the same number of tokens with each architecture, one by one, and measures time and memory. */
export function* compare({ sizes, tokens, every, now }: CompareOptions): Generator<Point> {
  for (const architecture of ARCHITECTURES) {
    const blocks = blocksOf(architecture, sizes);
    for (let i = 0; i < WARM_UP_TOKENS; i++) blocks.step(inputOf(sizes, i));
  }
  const runs = ARCHITECTURES.map((architecture) => ({
    architecture,
    blocks: blocksOf(architecture, sizes),
    seconds: 0,
  }));
  for (let done = 0; done < tokens; done += every) {
    for (const run of runs) {
      const started = now();
      for (let i = done; i < done + every; i++) run.blocks.step(inputOf(sizes, i));
      run.seconds += (now() - started) / 1000;
      const { architecture, blocks, seconds } = run;
      yield { architecture, tokens: done + every, seconds, held: blocks.held() };
    }
  }
}

/** Stands for the embedding of a token. */
function inputOf({ width }: Sizes, token: number): Float32Array {
  return Float32Array.from({ length: width }, (_, i) => Math.sin(token * 0.7 + i * 1.3));
}

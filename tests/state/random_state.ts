import type { StateLayout } from "../../src/state/layout.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A state of numbers between -`scale` and `scale`, the same for the same seed. */
export function randomState(layout: StateLayout, seed: number, scale = 4): RecurrentState {
  const random = seededRandom(seed);
  const data = Float32Array.from({ length: layout.length }, () => (random() * 2 - 1) * scale);
  return new RecurrentState(layout, data);
}

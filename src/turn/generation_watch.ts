import type { Generated, Piece } from "../engine/generate.ts";

/** A step of generation: makes the next piece, or ends. */
export type GenerationStep = () => Promise<IteratorResult<Piece, Generated>>;

/** Port: measures one generation. */
export interface GenerationWatch {
  /** Runs a step, and measures it. */
  step(make: GenerationStep): Promise<IteratorResult<Piece, Generated>>;
  /** Generation has ended, complete or not. */
  end(): void;
}

/** Starts to measure a generation. */
export type WatchGeneration = (promptTokens: number) => GenerationWatch;

/** Measures nothing. */
export const UNWATCHED: GenerationWatch = { step: (make) => make(), end() {} };

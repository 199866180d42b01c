import type { Generated, Piece } from "../engine/generate.ts";

/** A step of a generation: it makes the next piece, or ends. */
export type GenerationStep = () => Promise<IteratorResult<Piece, Generated>>;

/** Port: measures one generation. */
export interface GenerationWatch {
  /** Makes a step, and measures it. */
  step(make: GenerationStep): Promise<IteratorResult<Piece, Generated>>;
  /** The generation is over, complete or not. */
  end(): void;
}

/** Begins to watch a generation. */
export type WatchGeneration = (promptTokens: number) => GenerationWatch;

/** Measures nothing. */
export const UNWATCHED: GenerationWatch = { step: (make) => make(), end() {} };

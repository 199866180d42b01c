import type { BoardWords } from "./board.ts";

/** What a thread needs to compute over the memory of another. */
export interface FollowerSetup {
  readonly type: "setup";
  /** Kernels that import their memory. */
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly words: BoardWords;
  /** Which share of each phase it takes. */
  readonly share: number;
}

/** What a thread that follows is told. */
export type ToFollower = FollowerSetup | { readonly type: "run" };

/** What it answers: once, when it waits for runs. */
export interface FromFollower {
  readonly type: "ready";
}

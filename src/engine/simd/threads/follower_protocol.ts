import type { Share } from "./follower.ts";
import type { TeamWords } from "./team_words.ts";

/** What a thread needs to compute over the memory of another. */
export interface FollowerSetup {
  readonly type: "setup";
  /** Kernels that import their memory. */
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly words: TeamWords;
  readonly share: Share;
}

/** What a thread that follows is told. */
export type ToFollower = FollowerSetup | { readonly type: "run" };

/** What it answers: once, when it waits for runs. */
export interface FromFollower {
  readonly type: "ready";
}

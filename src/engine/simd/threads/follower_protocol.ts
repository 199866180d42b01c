import type { ProgramModel } from "../program.ts";
import type { Share } from "../share.ts";
import type { MeetingWords } from "./meeting.ts";

/** What a thread needs to make the calls that all make, over the same memory. */
export interface FollowerSetup {
  readonly type: "setup";
  /** Kernels that import their memory. */
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly words: MeetingWords;
  readonly model: ProgramModel;
  readonly share: Share;
}

/** What a thread that follows is told. */
export type ToFollower = FollowerSetup | { readonly type: "run" };

/** What it answers: once, when it waits for runs. */
export interface FromFollower {
  readonly type: "ready";
}

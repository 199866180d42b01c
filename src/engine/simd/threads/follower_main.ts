/**
 * The entry of a thread that computes its share of each run.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { instantiateShared } from "../kernels.ts";
import { Program } from "../program.ts";
import type { FollowerSetup, FromFollower, ToFollower } from "./follower_protocol.ts";
import { Meeting } from "./meeting.ts";

let program: Program;
let meeting: Meeting;

self.onmessage = async ({ data }: MessageEvent<ToFollower>) => {
  if (data.type === "setup") {
    await setUp(data);
    const ready: FromFollower = { type: "ready" };
    self.postMessage(ready);
  } else {
    meeting.unpark();
  }
  follow();
};

async function setUp({ module, memory, words, share, model }: FollowerSetup): Promise<void> {
  meeting = new Meeting(words, share.count);
  const kernels = await instantiateShared(module, memory);
  program = new Program(kernels, model, share);
}

/** Takes part in runs until there have been none for a while, or there will be none. */
function follow(): void {
  for (;;) {
    const run = meeting.next();
    if (run === undefined) {
      if (meeting.park()) return;
    } else if (run.tokens === 0) {
      return self.close();
    } else {
      try {
        program.follow(run, meeting.meet);
      } catch (error) {
        meeting.fail(); // or the others would wait
        throw error;
      }
    }
  }
}

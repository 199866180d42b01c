/**
 * The entry of a thread that helps to compute runs.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { instantiateShared } from "../kernels.ts";
import { Board } from "./board.ts";
import { Follower } from "./follower.ts";
import type { FromFollower, ToFollower } from "./follower_protocol.ts";

let follower: Follower;

self.onmessage = async ({ data }: MessageEvent<ToFollower>) => {
  if (data.type === "setup") {
    const { module, memory, words, share } = data;
    follower = new Follower(new Board(words), await instantiateShared(module, memory), share);
    const ready: FromFollower = { type: "ready" };
    self.postMessage(ready);
  }
  if (!follower.follow()) self.close();
};

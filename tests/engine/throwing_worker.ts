/// <reference lib="deno.worker" />
import { packError } from "../../src/engine/crossing_error.ts";
import { ERRORS } from "./errors_to_throw.ts";

/** Throws the error of this index, and answers as the engine's thread would. */
self.onmessage = ({ data: index }: MessageEvent<number>) => {
  try {
    throw ERRORS[index]!();
  } catch (error) {
    self.postMessage(packError(error));
  }
};

/**
 * The worker of the comparison. It receives sizes, and sends points until all tokens are read, then `null`.
 *
 * @module
 */
import { compare, type CompareOptions } from "./comparison/compare.ts";

addEventListener("message", ({ data }: MessageEvent<Omit<CompareOptions, "now">>) => {
  for (const point of compare({ ...data, now: () => performance.now() })) postMessage(point);
  postMessage(null);
});

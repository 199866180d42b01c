/** Options for {@linkcode LimitedBytesTransformStream}. */
export interface LimitedBytesTransformStreamOptions {
  /**
   * Whether passing the limit is an error. If not, the stream just ends before the chunk that would pass it.
   *
   * @default {false}
   */
  error?: boolean;
}

/**
 * Passes chunks on as long as their bytes together stay within a limit. The first chunk that would pass it is dropped whole.
 *
 * @example
 * ```ts
 * import { toText } from "@std/streams/to-text";
 * import assert from "node:assert/strict";
 *
 * const body = new Blob(["far too long"]).stream();
 * const limited = body.pipeThrough(new LimitedBytesTransformStream(5, { error: true }));
 * await assert.rejects(toText(limited), RangeError);
 * ```
 */
export class LimitedBytesTransformStream
  extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  /**
   * @param size The limit in bytes.
   * @param options Whether to fail or to end when the limit is passed.
   */
  constructor(size: number, { error = false }: LimitedBytesTransformStreamOptions = {}) {
    let passed = 0;
    super({
      transform(chunk, controller) {
        if (passed + chunk.byteLength <= size) {
          passed += chunk.byteLength;
          controller.enqueue(chunk);
        } else if (error) {
          throw new RangeError(`Exceeded byte size limit of '${size}'`);
        } else {
          controller.terminate();
        }
      },
    });
  }
}

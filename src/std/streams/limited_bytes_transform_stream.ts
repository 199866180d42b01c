/** Options for {@linkcode LimitedBytesTransformStream}. */
export interface LimitedBytesTransformStreamOptions {
  /**
   * Whether exceeding the limit is an error. If false, the stream ends before the chunk that would exceed it.
   *
   * @default {false}
   */
  error?: boolean;
}

/**
 * Passes chunks through until their total size would exceed a limit. The chunk that would exceed it is dropped whole.
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
   * @param options Whether to fail or to end at the limit.
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

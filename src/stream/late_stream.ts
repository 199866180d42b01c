/**
 * A stream that another one, which is not there yet, will be. Reads nothing ahead.
 *
 * @param stream a failure of this promise fails the stream
 * @param onCancel called if the reader leaves before the other stream is there
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const late = lateStream(Promise.resolve(ReadableStream.from([1, 2])));
 * assert.deepEqual(await Array.fromAsync(late), [1, 2]);
 * ```
 */
export function lateStream<T>(
  stream: Promise<ReadableStream<T>>,
  onCancel: (reason: unknown) => void = () => {},
): ReadableStream<T> {
  let there = false;
  const reader = stream.then((stream) => {
    there = true;
    return stream.getReader();
  });
  // Whoever reads is told.
  reader.catch(() => {});
  return new ReadableStream<T>({
    async pull(controller) {
      const { done, value } = await (await reader).read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      if (!there) onCancel(reason);
      // One that never comes, because its reader has left, is not cancelled.
      await reader.then((reader) => reader.cancel(reason), () => {});
    },
  }, { highWaterMark: 0 });
}

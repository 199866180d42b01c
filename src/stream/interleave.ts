/**
 * A stream, and between its chunks those of another one, as they come. It ends with the first, and cancels the other then.
 *
 * @param between what comes between; where both are ready it comes first
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const both = interleave(ReadableStream.from(["end"]), ReadableStream.from([1, 2]));
 * assert.ok((await Array.fromAsync(both)).includes("end"));
 * ```
 */
export function interleave<T, B>(
  stream: ReadableStream<T>,
  between: ReadableStream<B>,
): ReadableStream<T | B> {
  const readers = { main: stream.getReader(), between: between.getReader() };
  let main: ReturnType<typeof readers.main.read> | undefined;
  let other: ReturnType<typeof readers.between.read> | undefined;
  const over = (reason?: unknown) => readers.between.cancel(reason).catch(() => {});
  return new ReadableStream<T | B>({
    async pull(controller) {
      try {
        main ??= readers.main.read();
        other ??= readers.between.read();
        const result = await Promise.race([
          // One that has ended is waited for no more.
          other.then(({ done, value }) => done ? new Promise<never>(() => {}) : { between: value }),
          main.then((result) => ({ result })),
        ]);
        if ("between" in result) {
          other = undefined;
          return controller.enqueue(result.between);
        }
        main = undefined;
        if (!result.result.done) return controller.enqueue(result.result.value);
        await over();
        controller.close();
      } catch (error) {
        await over(error);
        throw error;
      }
    },
    async cancel(reason) {
      await Promise.all([readers.main.cancel(reason), over(reason)]);
    },
  }, { highWaterMark: 0 });
}

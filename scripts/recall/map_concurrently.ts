/**
 * Runs a function over all items, so many at a time, in their order. The first failure aborts the others, and is thrown
 * when all have ended.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  run: (item: Item, signal: AbortSignal) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const failure = new AbortController();
  const stop = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const results = new Array<Result>(items.length);
  const entries = items.entries();
  const work = async () => {
    // Whoever is free takes the next one.
    for (const [i, item] of entries) {
      stop.throwIfAborted();
      results[i] = await run(item, stop);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, async () => {
    try {
      await work();
    } catch (error) {
      failure.abort(error);
    }
  });
  await Promise.all(workers);
  failure.signal.throwIfAborted();
  return results;
}

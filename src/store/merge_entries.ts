import { encodeValueKey } from "./key.ts";
import type { Entry } from "./kv_store.ts";

/** The entries of several sources, each in the order of its keys, in that order. */
export async function* mergeEntries(
  sources: readonly AsyncGenerator<Entry>[],
): AsyncGenerator<Entry> {
  if (sources.length === 1) return yield* sources[0]!;
  try {
    const next = async (source: AsyncGenerator<Entry>) => {
      const { done, value } = await source.next();
      return done ? undefined : { source, entry: value, name: encodeValueKey(value.key) };
    };
    const heads = (await Promise.all(sources.map(next))).filter((head) => head !== undefined);
    while (heads.length > 0) {
      const least = heads.reduce((a, b) => b.name < a.name ? b : a);
      yield least.entry;
      const after = await next(least.source);
      heads.splice(heads.indexOf(least), 1, ...after === undefined ? [] : [after]);
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)));
  }
}

/** Adds 1 to a counter so many times, as one of several processes on one database. Run by `deno_kv_store_test.ts`. */
import { DenoKvStore } from "../../src/store/deno_kv_store.ts";

const [path, times = "0"] = Deno.args;
const key = ["counter"];
const store = await DenoKvStore.open(path, { patience: 60_000 });
for (let done = 0; done < Number(times);) {
  const entry = await store.get(key);
  const count = entry === undefined ? 0 : Number(new TextDecoder().decode(entry.value));
  const { ok } = await store.commit({
    checks: [{ key, version: entry?.version }],
    writes: [{ key, value: new TextEncoder().encode(String(count + 1)) }],
  });
  if (ok) done++;
}
await store.close();

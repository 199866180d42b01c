/** Adds 1 to a counter so many times, as one of several processes on one database. Run by `shared_store_suite.ts`. */
import { openPersistent, persistentArgs } from "./open_persistent.ts";

const [name, place, times = "0"] = persistentArgs();
const key = ["counter"];
const store = await openPersistent(name, place, { patience: 60_000 });
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

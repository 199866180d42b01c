/** Writes until it is killed, and says after each commit that it was made. Run by `deno_kv_store_test.ts`. */
import { DenoKvStore } from "../../src/store/deno_kv_store.ts";

const store = await DenoKvStore.open(Deno.args[0]);
for (let commit = 0;; commit++) {
  const value = new Uint8Array(60 * 1024).fill(commit % 256);
  const writes = ["a", "b", "c"].map((part) => ({ key: ["w", String(commit), part], value }));
  await store.commit({ writes });
  console.log(commit);
}

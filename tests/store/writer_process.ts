/** Writes until it is killed, and says after each commit that it was made. Run by `shared_store_suite.ts`. */
import { openPersistent, persistentArgs } from "./open_persistent.ts";

const [name, place] = persistentArgs();
const store = await openPersistent(name, place);
for (let commit = 0;; commit++) {
  const value = new Uint8Array(60 * 1024).fill(commit % 256);
  const writes = ["a", "b", "c"].map((part) => ({ key: ["w", String(commit), part], value }));
  await store.commit({ writes });
  console.log(commit);
}

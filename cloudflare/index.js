// What only Cloudflare's runtime can import: its base class, and a compiled WebAssembly module.
import { DurableObject } from "cloudflare:workers";
import kernels from "./kernels.wasm";
import { createWorker, DurableObjectEntries } from "./worker.js";

/** Keeps the conversations. */
export class TernStore extends DurableObject {
  #entries;

  constructor(context, env) {
    super(context, env);
    this.#entries = new DurableObjectEntries(context.storage);
  }

  getMany(keys, now) {
    return this.#entries.getMany(keys, now);
  }

  commit(checks, writes, now) {
    return this.#entries.commit(checks, writes, now);
  }

  list(after, end, limit, now) {
    return this.#entries.list(after, end, limit, now);
  }

  alarm() {
    return this.#entries.sweep();
  }
}

export default createWorker(kernels);

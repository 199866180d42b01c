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

  getMany(...args) {
    return this.#entries.getMany(...args);
  }

  commit(...args) {
    return this.#entries.commit(...args);
  }

  list(...args) {
    return this.#entries.list(...args);
  }

  prepare(...args) {
    return this.#entries.prepare(...args);
  }

  finish(...args) {
    return this.#entries.finish(...args);
  }

  outcome(...args) {
    return this.#entries.outcome(...args);
  }

  alarm() {
    return this.#entries.sweep();
  }
}

export default createWorker(kernels);

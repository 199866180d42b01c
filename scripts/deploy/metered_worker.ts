import type { Miniflare } from "miniflare";
import { z } from "zod";
import { runWorkerd, type RunWorkerdOptions } from "./run_workerd.ts";

/** The entry of wrangler.toml, with a count of what its Durable Objects do. */
const METERED_ENTRY = `
import { DurableObject } from "cloudflare:workers";
import kernels from "./kernels.wasm";
import { createWorker, DurableObjectEntries } from "./worker.js";

const meter = { calls: 0, rows: 0 };
const sizes = new Map();

function metered(storage) {
  return {
    sql: {
      exec(...args) {
        const cursor = storage.sql.exec(...args);
        return {
          toArray() {
            const rows = cursor.toArray();
            meter.rows += cursor.rowsWritten;
            return rows;
          },
        };
      },
    },
    transactionSync: (change) => storage.transactionSync(change),
    getAlarm: () => storage.getAlarm(),
    setAlarm: (time) => storage.setAlarm(time),
  };
}

export class TernStore extends DurableObject {
  #entries;
  constructor(context, env) {
    super(context, env);
    this.context = context;
    this.#entries = new DurableObjectEntries(metered(context.storage));
  }
  async #count(method, args) {
    meter.calls++;
    try {
      return await this.#entries[method](...args);
    } finally {
      sizes.set(this.context.id.toString(), this.context.storage.sql.databaseSize);
    }
  }
  getMany(...args) { return this.#count("getMany", args); }
  commit(...args) { return this.#count("commit", args); }
  list(...args) { return this.#count("list", args); }
  prepare(...args) { return this.#count("prepare", args); }
  finish(...args) { return this.#count("finish", args); }
  outcome(...args) { return this.#count("outcome", args); }
  alarm() { return this.#entries.sweep(); }
  // All objects are in one isolate here.
  meter() {
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    return { ...meter, bytes };
  }
}

export default createWorker(kernels);
`;

const readingSchema = z.object({ calls: z.int(), rows: z.int(), bytes: z.int() });

/** What requests took. */
export interface Metered extends z.infer<typeof readingSchema> {
  /** Milliseconds of CPU of the whole runtime, to 10. */
  readonly cpuMs: number;
}

/** Milliseconds of a tick of Linux's count of CPU time. */
const TICK_MS = 10;

/** A worker on workerd, with a count of calls of Durable Objects, rows written, bytes kept and CPU. */
export class MeteredWorker implements AsyncDisposable {
  readonly url: string;
  readonly #workerd: Miniflare;

  private constructor(url: string, workerd: Miniflare) {
    this.url = url;
    this.#workerd = workerd;
  }

  /** Starts what was built in a folder. */
  static async start(
    built: string,
    options: Omit<RunWorkerdOptions, "entry">,
  ): Promise<MeteredWorker> {
    const workerd = await runWorkerd(built, { ...options, entry: METERED_ENTRY });
    return new MeteredWorker((await workerd.ready).href.replace(/\/$/, ""), workerd);
  }

  /** What something took, until nothing more was written for it. */
  async measure(work: () => Promise<unknown>): Promise<Metered> {
    const [before, cpuBefore] = [await this.#read(), cpuMs()];
    await work();
    let after = await this.#read();
    // States are still put away after the reply.
    for (let last = -1; last !== after.calls; after = await this.#read()) {
      last = after.calls;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    return {
      calls: after.calls - before.calls,
      rows: after.rows - before.rows,
      bytes: after.bytes - before.bytes,
      cpuMs: cpuMs() - cpuBefore,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workerd.dispose();
  }

  async #read(): Promise<z.infer<typeof readingSchema>> {
    const binding: unknown = await this.#workerd.getDurableObjectNamespace("STORE");
    // Its types are those of a request.
    const namespace = binding as { getByName(name: string): { meter(): Promise<unknown> } };
    const object = namespace.getByName("meter");
    return readingSchema.parse(await object.meter());
  }
}

/** CPU of the runtimes that this process has started, in milliseconds. */
function cpuMs(): number {
  let ticks = 0;
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    let stat: string;
    try {
      stat = Deno.readTextFileSync(`/proc/${name}/stat`);
    } catch {
      continue; // it has ended
    }
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (!stat.includes("(workerd)") || Number(fields[1]) !== Deno.pid) continue;
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * TICK_MS;
}

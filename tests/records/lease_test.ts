import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { LeaseLostError } from "../../src/records/errors.ts";
import { StoreUnavailableError } from "../../src/store/errors.ts";
import type {
  Commit,
  CommitResult,
  Entry,
  Key,
  KvStore,
  StoreOptions,
} from "../../src/store/kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { StoreOver } from "../store/store_over.ts";
import { HOLDERS, type TestClock } from "./lease_holders.ts";

/** A store of which the next calls fail, after they were done or instead. */
class FailingStore extends StoreOver {
  /** Commits that are applied and reported as failed. */
  lies = 0;
  /** Commits that are not applied. */
  refusals = 0;
  /** Reads that fail. */
  blind = 0;

  override async get(key: Key, options?: StoreOptions): Promise<Entry | undefined> {
    if (this.blind > 0) {
      this.blind--;
      throw new StoreUnavailableError(0, { cause: "blind" });
    }
    return await this.store.get(key, options);
  }

  override async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    if (this.refusals > 0) {
      this.refusals--;
      throw new StoreUnavailableError(0, { cause: "refused" });
    }
    const result = await this.store.commit(commit, options);
    if (this.lies === 0) return result;
    this.lies--;
    throw new StoreUnavailableError(0, { cause: "lies" });
  }
}

async function dump(store: KvStore): Promise<string[]> {
  const entries = await Array.fromAsync(store.list([]));
  return entries.map(({ key, value }) => `${key.join("/")} ${value.toHex()}`);
}

/** Waits for a call that may fail for want of the store, and not because the lease is lost. */
async function attempt(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
  }
}

for (const [name, hold] of Object.entries(HOLDERS)) {
  const open = async () => {
    const clock: TestClock = { time: 1_800_000_000_000 };
    const store = new MemoryStore({ now: () => clock.time });
    const own = new FailingStore(store);
    return { clock, store, own, held: await hold(own, clock) };
  };

  describe(`the lease of a ${name}`, () => {
    for (const call of ["renew", "write"] as const) {
      it(`is held on when a ${call} was applied and reported as failed`, async () => {
        const { own, held } = await open();
        for (let i = 0; i < 3; i++) {
          own.lies = 1;
          await attempt(() => held[call]());
          await held.write();
          await held.renew();
        }
      });

      it(`is held on when a ${call} was not applied`, async () => {
        const { own, held } = await open();
        own.refusals = 2;
        await attempt(() => held[call]());
        await attempt(() => held[call]());
        own.refusals = 0;
        await held.write();
        await held.renew();
      });

      it(`is held on when the read after such a ${call} fails, too`, async () => {
        const { own, held } = await open();
        for (const blind of [1, 2]) {
          own.lies = 1;
          await attempt(() => held[call]());
          own.blind = blind;
          for (let i = 0; i < blind; i++) await attempt(() => held.write());
          own.blind = 0;
          await held.renew();
          await held.write();
        }
      });

      it(`is held on when the read of a ${call} fails`, async () => {
        const { own, held } = await open();
        own.blind = 1;
        await attempt(() => held[call]());
        own.blind = 0;
        await held.renew();
        await held.write();
      });
    }

    it("is lost when another has taken it, and nothing more is written", async () => {
      const { store, held } = await open();
      await held.take(store);
      const before = await dump(store);
      for (const call of ["write", "renew", "write"] as const) {
        await assert.rejects(held[call](), LeaseLostError);
      }
      assert.deepEqual(await dump(store), before);
    });

    for (const what of ["lies", "refusals"] as const) {
      it(`is lost when another has taken it after a renewal that failed (${what})`, async () => {
        const { store, own, held } = await open();
        own[what] = 1;
        await attempt(() => held.renew());
        own[what] = 0;
        await held.take(store);
        const before = await dump(store);
        for (const call of ["renew", "write"] as const) {
          await assert.rejects(held[call](), LeaseLostError);
        }
        assert.deepEqual(await dump(store), before);
      });
    }

    it("is lost when its record is gone, whoever holds the same then", async () => {
      for (const what of [undefined, "lies"] as const) {
        const { store, own, held } = await open();
        if (what) own[what] = 1;
        await attempt(() => held.renew());
        await held.lose(store);
        const before = await dump(store);
        for (const call of ["write", "renew"] as const) {
          await assert.rejects(held[call](), LeaseLostError);
        }
        assert.deepEqual(await dump(store), before);
      }
    });
  });
}

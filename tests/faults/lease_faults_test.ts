import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { randomId } from "../../src/api/http/ids.ts";
import { LeaseLostError } from "../../src/records/errors.ts";
import { leaseKey } from "../../src/records/keys.ts";
import { RunStore } from "../../src/response/run_store.ts";
import type { Commit, KvStore } from "../../src/store/kv_store.ts";
import { StoreUnavailableError } from "../../src/store/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { FAULTS, FaultStore } from "./fault_store.ts";
import { LEASE_MS, server, StandingClock } from "./world.ts";

const TENANT = "public";
const piece = (text: string) => ({ type: "text", text, tokens: [1] }) as const;

function runsOver(store: KvStore, { now }: StandingClock, owner = "a"): RunStore {
  return new RunStore({ store, now, owner, leaseMs: LEASE_MS });
}

async function newRun(runs: RunStore) {
  const id = randomId("resp_");
  const held = await runs.create(TENANT, { id, parent: null, request: {}, leaving: "continue" });
  return { id, held };
}

/** A store that commits nothing while it is away, or nothing at all. */
class AwayStore extends MemoryStore {
  away = false;

  override async getMany(...args: Parameters<MemoryStore["getMany"]>) {
    if (this.away) throw new StoreUnavailableError(1, { cause: "away" });
    return await super.getMany(...args);
  }

  override async commit(commit: Commit) {
    if (this.away) throw new StoreUnavailableError(1, { cause: "away" });
    return await super.commit(commit);
  }
}

describe("a lease", () => {
  for (const fault of FAULTS) {
    it(`is still held when a call of its renewal ${fault}, or was free for another`, async () => {
      for (let at = 1; at <= 2; at++) {
        const clock = new StandingClock();
        const store = new MemoryStore({ now: clock.now });
        const made = await newRun(runsOver(store, clock));
        const faulty = new FaultStore(store, fault, at);
        const before = runsOver(faulty, clock, "b");
        clock.time += LEASE_MS;
        const held = await before.take(TENANT, made.id, true).catch(() => undefined);
        await faulty.catchUp();
        if (held === undefined) {
          // Whoever failed to take it is not in the way for longer than a lease.
          clock.time += LEASE_MS;
          const other = await runsOver(store, clock, "c").take(TENANT, made.id, true);
          assert.ok(other !== undefined);
          await other.append([piece("a")]);
          continue;
        }
        await held.append([piece("a")]);
        await assert.rejects(made.held.append([piece("b")]), LeaseLostError);
      }
    });

    it(`is held on when a renewal ${fault}`, async () => {
      for (let at = 1; at <= 2; at++) {
        const clock = new StandingClock();
        const store = new MemoryStore({ now: clock.now });
        // Four calls create it: the chunks and the record go in one commit, and the lease is read.
        const faulty = new FaultStore(store, fault, 2 + at);
        const { id, held } = await newRun(runsOver(faulty, clock));
        assert.equal(faulty.calls, 2);
        await held.renew().catch(() => {});
        await held.append([piece("a")]);
        if (fault !== "lags") await held.append([piece("b")]);
        clock.time += LEASE_MS;
        const other = await runsOver(store, clock, "b").take(TENANT, id, true);
        assert.ok(other !== undefined);
        await assert.rejects(held.append([piece("c")]), LeaseLostError);
      }
    });
  }

  it("that was lost keeps nobody from cancelling the response, or from making it", async () => {
    const clock = new StandingClock();
    const store = new MemoryStore({ now: clock.now });
    const runs = runsOver(store, clock);
    for (const way of ["cancel", "take"] as const) {
      const { id } = await newRun(runs);
      await store.commit({ writes: [{ key: leaseKey(TENANT, id), delete: true }] });
      if (way === "cancel") assert.equal(await runs.cancel(TENANT, id), true);
      else await (await runs.take(TENANT, id, false))!.append([piece("a")]);
      assert.equal(
        (await runs.load(TENANT, id)).end?.type,
        way === "cancel" ? "cancelled" : undefined,
      );
    }
  });

  it("that is damaged keeps no other from being swept", async () => {
    const clock = new StandingClock();
    const store = new MemoryStore({ now: clock.now });
    const runs = runsOver(store, clock);
    const made = await Promise.all(Array.from({ length: 5 }, () => newRun(runs)));
    const [damaged] = made.map(({ id }) => id).sort();
    await store.commit({
      writes: [{ key: leaseKey(TENANT, damaged!), value: new Uint8Array([1, 2, 3, 4, 5]) }],
    });
    clock.time += LEASE_MS;
    const swept: string[] = [];
    const errors: unknown[] = [];
    await runs.sweep((_, id) => Promise.resolve(swept.push(id)), (error) => errors.push(error));
    assert.equal(swept.length, 4);
    assert.equal(errors.length, 1);
  });
});

describe("a chat completion", () => {
  it("is answered though the store is away, and the log says what was not kept", async () => {
    const store = new AwayStore();
    const { ask, lines } = server(store, new StandingClock());
    store.away = true;
    const messages = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
      { role: "user", content: "Go on" },
    ];
    const body = { model: "hash", messages, max_tokens: 4 };
    const reply = await ask("POST", "/v1/chat/completions", body);
    assert.equal(reply.status, 200, await reply.text());
    assert.ok(lines.some((line) => line.includes("looking up a cached state failed")));
    assert.ok(lines.some((line) => line.includes("caching a state failed")));
    const stored = await ask("POST", "/v1/responses", { model: "hash", input: "Hi" });
    assert.equal(stored.status, 503);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { randomId } from "../../src/api/http/ids.ts";
import { LeaseLostError } from "../../src/records/errors.ts";
import { IdempotencyStore } from "../../src/response/idempotency_store.ts";
import type { HeldRun } from "../../src/response/held_run.ts";
import { RunStore } from "../../src/response/run_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";

const TENANT = "public";
const LEASE_MS = 10_000;
const HOUR_MS = 3_600_000;
const START = 1_800_000_000_000;
const PIECE = { type: "text", text: "a", tokens: [1] } as const;

/** A machine's clocks: one that somebody may set, and one that nobody can. */
class Clocks {
  wall = START;
  monotonic = 0;

  readonly now = () => this.wall;
  readonly elapsed = () => this.monotonic;

  pass(ms: number): void {
    this.wall += ms;
    this.monotonic += ms;
  }
}

/** Two machines over one store, of which the first makes a response. */
async function twoMachines() {
  const [first, second] = [new Clocks(), new Clocks()];
  const store = new MemoryStore({ now: first.now });
  const [a, b] = [first, second].map(({ now, elapsed }, index) =>
    new RunStore({ store, now, elapsed, owner: `${index}`, leaseMs: LEASE_MS })
  );
  const id = randomId("resp_");
  const held = await a!.create(TENANT, { id, parent: null, request: {}, leaving: "continue" });
  return {
    first,
    second,
    held,
    take: () => b!.take(TENANT, id, true),
    pass: (ms: number) => [first, second].forEach((clocks) => clocks.pass(ms)),
  };
}

/** Asserts that one of two may write, and the other may not. */
async function assertOneWriter(held: HeldRun, taken: HeldRun | undefined): Promise<void> {
  if (taken === undefined) return await held.append([PIECE]);
  await assert.rejects(held.append([PIECE]), LeaseLostError);
  await taken.append([PIECE]);
}

const JUMPS = [
  ["ahead", HOUR_MS],
  ["back", -HOUR_MS],
] as const;

describe("a clock that is set by an hour", () => {
  for (const [direction, jump] of JUMPS) {
    for (const which of ["first", "second"] as const) {
      const name = which === "first" ? "of the machine that writes" : "of the other machine";
      it(`${direction}, ${name}, lets there never be two writers`, async () => {
        const machines = await twoMachines();
        machines[which].wall += jump;
        await assertOneWriter(machines.held, await machines.take());
      });

      it(`${direction}, ${name}, delays no take-over by more than a lease`, async () => {
        const machines = await twoMachines();
        machines[which].wall += jump;
        let taken = await machines.take();
        // Nobody renews. The time has to be seen once, and again after a lease.
        for (let ms = 0; taken === undefined && ms <= LEASE_MS; ms += LEASE_MS / 4) {
          machines.pass(LEASE_MS / 4);
          taken = await machines.take();
        }
        assert(taken !== undefined);
        await assertOneWriter(machines.held, taken);
      });
    }

    it(`${direction}, ends no claim of a request that is renewed, and frees one that is not`, async () => {
      const clocks = new Clocks();
      const store = new MemoryStore({ now: clocks.now });
      const { now, elapsed } = clocks;
      const claims = new IdempotencyStore({ store, now, elapsed, owner: "a", leaseMs: LEASE_MS });
      const request = { request: "r", body: "b", id: "0".repeat(48) };
      const claim = await claims.claim(TENANT, "key", request, undefined);
      assert(claim !== undefined);
      clocks.wall += jump;
      await claim.renew();
      for (let round = 0; round < 6; round++) {
        clocks.pass(LEASE_MS / 3);
        assert.equal((await claims.find(TENANT, "key"))?.running, true);
        await claim.renew();
      }
      clocks.wall += jump;
      await claims.find(TENANT, "key");
      clocks.pass(LEASE_MS);
      const found = await claims.find(TENANT, "key");
      assert.equal(found?.running, false);
      assert(await claims.claim(TENANT, "key", request, found));
      await assert.rejects(claim.renew(), LeaseLostError);
    });

    it(`${direction}, lets nothing expire early by more than that`, async () => {
      const clocks = new Clocks();
      const store = new MemoryStore({ now: clocks.now });
      const lives = [HOUR_MS / 2, 2 * HOUR_MS];
      await store.commit({
        writes: lives.map((expireIn) => ({
          key: [`${expireIn}`],
          value: new Uint8Array(1),
          expireIn,
        })),
      });
      clocks.wall += jump;
      const there = await store.getMany(lives.map((life) => [`${life}`]));
      assert.deepEqual(
        there.map((entry) => entry !== undefined),
        lives.map((life) => life > jump),
      );
    });
  }

  it("ahead of that of another machine takes nothing from the one that renews", async () => {
    const machines = await twoMachines();
    machines.first.wall += HOUR_MS;
    for (let round = 0; round < 20; round++) {
      machines.pass(LEASE_MS / 3);
      await machines.held.renew();
      assert.equal(await machines.take(), undefined);
    }
    await machines.held.append([PIECE]);
  });

  it("does not matter after a stop of ten minutes: the writer that wakes up has lost its lease", async () => {
    const machines = await twoMachines();
    machines.pass(600_000);
    const taken = await machines.take();
    assert(taken !== undefined);
    await assertOneWriter(machines.held, taken);
  });
});

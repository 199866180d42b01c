import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { counterValue } from "../../src/store/counter.ts";
import { DurableObjectStore } from "../../src/store/durable_object_store.ts";
import type { Commit, Key } from "../../src/store/kv_store.ts";
import type { Placement } from "../../src/store/placement.ts";
import type { RemoteEntries } from "../../src/store/remote_object.ts";
import { Fuzz } from "../fuzz.ts";
import { LocalObjects } from "./local_objects.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The first part of a key names its object. */
const BY_FIRST: Placement = {
  objectOf: ([first = ""]) => first,
  objectsOf: ([first]) => first === undefined ? ["a", "b", "c"] : [first],
};

/** Writes to three objects, of which `a` decides, since it writes most. */
const OVER_THREE: Commit = {
  checks: [{ key: ["b", "new"], version: undefined }],
  writes: [
    { key: ["a", "new"], value: bytes("the largest value of all") },
    { key: ["b", "new"], value: bytes("b") },
    { key: ["c", "count"], add: 3 },
    { key: ["c", "old"], delete: true },
  ],
};

class Killed extends Error {}

/** Lets a number of calls through, and none after them: as if the writer were killed. */
function killAfter(calls: number) {
  return () => {
    if (calls-- <= 0) throw new Killed();
  };
}

/** Which of the three parts are there to read. */
async function partsOf(store: DurableObjectStore): Promise<boolean[]> {
  const [a, b, count, old] = await store.getMany(
    [["a", "new"], ["b", "new"], ["c", "count"], ["c", "old"]],
  );
  assert.ok([0, 3].includes(counterValue(count)));
  assert.equal(counterValue(count) === 3, old === undefined);
  return [a !== undefined, b !== undefined, counterValue(count) === 3];
}

describe("a commit over several Durable Objects", () => {
  // Two are prepared, one decides, two are finished.
  const CALLS = 5;
  for (let calls = 0; calls <= CALLS; calls++) {
    for (const restarts of [false, true]) {
      const objects = restarts ? "that start again" : "that go on";
      it(`is whole or absent when its writer dies after ${calls} calls, in objects ${objects}`, async () => {
        let time = 1e12;
        const local = new LocalObjects(() => time);
        const open = (before: LocalObjects["before"] = () => {}) =>
          new DurableObjectStore({
            namespace: local.calledThrough(before),
            now: () => time,
            placement: BY_FIRST,
          });
        const store = open();
        await store.commit({ writes: [{ key: ["c", "old"], value: bytes("old") }] });
        const dying = open(killAfter(calls)).commit(OVER_THREE);
        if (calls < 3) await assert.rejects(dying, Killed);
        else assert.deepEqual(await dying, { ok: true });
        if (restarts) local.restart();

        const parts = await partsOf(store);
        assert.deepEqual(parts, parts.map(() => calls >= 3), "all or nothing");
        // Whoever wants to write is held up no longer than a commit may take.
        time += 2_000;
        assert.deepEqual(await store.commit(OVER_THREE), { ok: calls < 3 });
        assert.deepEqual(await partsOf(store), [true, true, true]);
      });
    }
  }

  it("is given up by others, and then cannot be made", async () => {
    let time = 1e12;
    const local = new LocalObjects(() => time);
    const open = (before?: LocalObjects["before"]) =>
      new DurableObjectStore({
        namespace: before ? local.calledThrough(before) : local,
        now: () => time,
        placement: BY_FIRST,
      });
    const other = open();
    const late = Promise.withResolvers<void>();
    let isHeld = false;
    const slow = open();
    const namespace = local.calledThrough(() => {});
    const held = new DurableObjectStore({
      namespace: {
        getByName(name) {
          const object = namespace.getByName(name);
          return {
            ...object,
            async commit(...args: Parameters<RemoteEntries["commit"]>) {
              if (!isHeld) {
                isHeld = true;
                await late.promise;
              }
              return await object.commit(...args);
            },
          };
        },
      },
      now: () => time,
      placement: BY_FIRST,
    });
    const committing = held.commit(OVER_THREE);
    while (!isHeld) await new Promise((resolve) => setTimeout(resolve, 1));
    time += 2_000;
    const theirs = { key: ["b", "new"], value: bytes("theirs") };
    assert.deepEqual(await other.commit({ writes: [theirs] }), { ok: true });
    late.resolve();
    // It is tried again from the beginning, and finds what the other wrote.
    assert.deepEqual(await committing, { ok: false });
    const [a, b, count] = await slow.getMany([["a", "new"], ["b", "new"], ["c", "count"]]);
    assert.deepEqual([a, b?.value, count], [undefined, bytes("theirs"), undefined]);
  });

  it("loses nothing among many that move amounts between objects and die", async () => {
    const fuzz = new Fuzz("amounts moved between objects");
    let time = 1e12;
    const local = new LocalObjects(() => time);
    const names = ["a", "b", "c"];
    const pick = () => fuzz.pick(names);
    const options = { now: () => time, placement: BY_FIRST };
    const move = async (deadly: boolean) => {
      const before = deadly ? killAfter(fuzz.below(7)) : () => {};
      const store = new DurableObjectStore({
        namespace: local.calledThrough(before),
        ...options,
      });
      const [from, to] = [pick(), pick()];
      const amount = 1 + fuzz.below(9);
      const key = (name: string): Key => [name, "amount"];
      await store.commit({
        writes: [
          { key: key(from), add: -amount },
          { key: key(to), add: amount },
          { key: [pick(), "last"], value: bytes(from) },
        ],
      }).catch((error) => assert.ok(error instanceof Killed, String(error)));
    };
    for (let round = 0; round < 40; round++) {
      // Nobody waits for the dead.
      await Promise.all([move(true), move(true)]);
      time += 2_000;
      if (fuzz.next() < 0.3) local.restart();
      await move(false);
    }
    const store = new DurableObjectStore({ namespace: local, ...options });
    const found = await store.getMany(names.map((name) => [name, "amount"]));
    assert.equal(found.reduce((sum, entry) => sum + counterValue(entry), 0), 0);
  });
});

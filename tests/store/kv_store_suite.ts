import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "@std/testing/bdd";
import { StoreClosedError, StoreKeyError, StoreLimitError } from "../../src/store/errors.ts";
import { counterValue } from "../../src/store/counter.ts";
import type { Key, KvStore, ListOptions } from "../../src/store/kv_store.ts";
import { STORE_LIMITS, type StoreLimits, VALUE_OVERHEAD } from "../../src/store/limits.ts";

/** A clock that only moves when told to. */
class FakeClock {
  time = Date.now();
  readonly now = (): number => this.time;
}

/** Text of a value, and back. */
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const text = (value: Uint8Array): string => new TextDecoder().decode(value);

async function put(store: KvStore, key: Key, value: string, expireIn?: number): Promise<void> {
  const write = { key, value: bytes(value), ...(expireIn === undefined ? {} : { expireIn }) };
  assert.deepEqual(await store.commit({ writes: [write] }), { ok: true });
}

async function read(store: KvStore, key: Key): Promise<string | undefined> {
  const entry = await store.get(key);
  return entry && text(entry.value);
}

async function list(store: KvStore, prefix: Key, options?: ListOptions): Promise<Key[]> {
  const entries = await Array.fromAsync(store.list(prefix, options));
  return entries.map(({ key }) => key);
}

/** A key of one part, of so many bytes as the store counts them. */
function keyOf(size: number, index = 0): Key {
  return [String(index).padStart(size - 2, "k")];
}

function limitErrorOf(limits: StoreLimits, limit: keyof StoreLimits, excess = 1) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof StoreLimitError, String(error));
    assert.deepEqual(
      [error.limit, error.maximum, error.actual],
      [limit, limits[limit], limits[limit] + excess],
    );
    return true;
  };
}

/**
 * What every store has to do.
 *
 * @param open opens a store that is empty and tells the time by `now`
 */
export function testKvStore(
  name: string,
  open: (now: () => number) => Promise<KvStore>,
  limits: StoreLimits = STORE_LIMITS,
): void {
  const limitError = (limit: keyof StoreLimits, excess?: number) =>
    limitErrorOf(limits, limit, excess);
  async function withStore(body: (store: KvStore, clock: FakeClock) => Promise<void>) {
    const clock = new FakeClock();
    const store = await open(clock.now);
    try {
      await body(store, clock);
    } finally {
      await store.close();
    }
  }

  function test(behaviour: string, body: (store: KvStore, clock: FakeClock) => Promise<void>) {
    it(behaviour, () => withStore(body));
  }

  describe(`${name}: values`, () => {
    test("reads what was written, and nothing where nothing was", async (store) => {
      assert.equal(await store.get(["a"]), undefined);
      await put(store, ["a"], "one");
      const entry = await store.get(["a"]);
      assert.deepEqual(entry?.key, ["a"]);
      assert.deepEqual(entry?.value, bytes("one"));
    });

    test("replaces and deletes", async (store) => {
      await put(store, ["a"], "one");
      await put(store, ["a"], "two");
      assert.equal(await read(store, ["a"]), "two");
      await store.commit({ writes: [{ key: ["a"], delete: true }] });
      assert.equal(await store.get(["a"]), undefined);
      assert.deepEqual(await store.commit({ writes: [{ key: ["a"], delete: true }] }), {
        ok: true,
      });
    });

    test("keeps every byte, and the empty value", async (store) => {
      const value = Uint8Array.from({ length: 256 }, (_, i) => i);
      const writes = [{ key: ["all"], value }, { key: ["none"], value: new Uint8Array(0) }];
      await store.commit({ writes });
      assert.deepEqual((await store.get(["all"]))?.value, value);
      assert.deepEqual((await store.get(["none"]))?.value, new Uint8Array(0));
    });

    test("writes the part of a buffer that it was given, and no more", async (store) => {
      const buffer = bytes("before value after");
      await store.commit({ writes: [{ key: ["a"], value: buffer.subarray(7, 12) }] });
      assert.equal(await read(store, ["a"]), "value");
    });

    test("shares no memory with writers or readers", async (store) => {
      const value = bytes("value");
      await store.commit({ writes: [{ key: ["a"], value }] });
      value.fill(0);
      const entry = await store.get(["a"]);
      assert.equal(entry?.value.byteLength, entry?.value.buffer.byteLength);
      entry?.value.fill(0);
      assert.equal(await read(store, ["a"]), "value");
    });

    test("reads any number of keys, in the order they were asked for", async (store) => {
      const writes = Array.from({ length: 37 }, (_, i) => ({
        key: ["n", String(i)],
        value: bytes(String(i)),
      }));
      await store.commit({ writes });
      const keys = [["absent"], ...writes.map(({ key }) => key).reverse(), ["n", "3"]];
      const entries = await store.getMany(keys);
      assert.deepEqual(
        entries.map((entry) => entry && text(entry.value)),
        [undefined, ...writes.map(({ key }) => key[1]).reverse(), "3"],
      );
      assert.deepEqual(await store.getMany([]), []);
    });
  });

  describe(`${name}: counters`, () => {
    const add = (store: KvStore, key: Key, add: number) => store.commit({ writes: [{ key, add }] });
    const count = async (store: KvStore, key: Key) => counterValue(await store.get(key));

    test("adds to nothing, up and down, and beyond 32 bits", async (store) => {
      const sums: number[] = [];
      for (const step of [5, -2, 2 ** 40, -(2 ** 41), 2 ** 41]) {
        await add(store, ["n"], step);
        sums.push(await count(store, ["n"]));
      }
      assert.deepEqual(sums, [5, 3, 2 ** 40 + 3, 3 - 2 ** 40, 2 ** 40 + 3]);
    });

    test("adds twice in one commit, and lists and deletes counters as other keys", async (store) => {
      const key = ["a", "n"];
      await store.commit({ writes: [{ key, add: 1 }, { key, add: 2 }] });
      assert.equal(await count(store, key), 3);
      const [entry] = await Array.fromAsync(store.list(["a"]));
      assert.deepEqual([entry?.key, counterValue(entry)], [key, 3]);
      await store.commit({ writes: [{ key, delete: true }] });
      assert.equal(await store.get(key), undefined);
      await add(store, key, 4);
      assert.equal(await count(store, key), 4);
    });

    test("adds nothing when a check fails, and fails one that saw the count before", async (store) => {
      await add(store, ["n"], 1);
      const { version } = (await store.get(["n"]))!;
      await add(store, ["n"], 1);
      const { ok } = await store.commit({
        checks: [{ key: ["n"], version }],
        writes: [{ key: ["n"], add: 1 }],
      });
      assert.deepEqual([ok, await count(store, ["n"])], [false, 2]);
    });

    test("loses nothing that many add at once", async (store) => {
      await Promise.all(Array.from({ length: 50 }, (_, i) => add(store, ["n"], i % 2 ? -1 : 3)));
      assert.equal(await count(store, ["n"]), 50);
    });

    test("refuses to add what is not whole", async (store) => {
      for (const step of [0.5, NaN, Infinity, 2 ** 53]) {
        await assert.rejects(add(store, ["n"], step), RangeError);
      }
    });
  });

  describe(`${name}: commits`, () => {
    test("gives a key another version with each write, the same value included", async (store) => {
      const versions = new Set<string | undefined>();
      for (let i = 0; i < 5; i++) {
        await put(store, ["a"], "same");
        versions.add((await store.get(["a"]))?.version);
      }
      await store.commit({ writes: [{ key: ["a"], delete: true }] });
      await put(store, ["a"], "same");
      versions.add((await store.get(["a"]))?.version);
      assert.equal(versions.size, 6);
      assert.ok(!versions.has(undefined));
    });

    test("leaves the version of a key that it does not write", async (store) => {
      await put(store, ["a"], "one");
      const before = await store.get(["a"]);
      await put(store, ["b"], "two");
      assert.equal((await store.get(["a"]))?.version, before?.version);
    });

    test("writes if a checked version is still there, and not if it is stale", async (store) => {
      await put(store, ["a"], "one");
      const version = (await store.get(["a"]))!.version;
      const commit = {
        checks: [{ key: ["a"], version }],
        writes: [{ key: ["a"], value: bytes("two") }],
      };
      assert.deepEqual(await store.commit(commit), { ok: true });
      assert.deepEqual(await store.commit(commit), { ok: false });
      assert.equal(await read(store, ["a"]), "two");
    });

    test("does not take a deleted key for the version that it had", async (store) => {
      await put(store, ["a"], "one");
      const version = (await store.get(["a"]))!.version;
      await store.commit({ writes: [{ key: ["a"], delete: true }] });
      assert.deepEqual(await store.commit({ checks: [{ key: ["a"], version }], writes: [] }), {
        ok: false,
      });
    });

    test("writes if a key that has to be absent is, and only then", async (store) => {
      const commit = {
        checks: [{ key: ["a"], version: undefined }],
        writes: [{ key: ["a"], value: bytes("first") }],
      };
      assert.deepEqual(await store.commit(commit), { ok: true });
      assert.deepEqual(await store.commit(commit), { ok: false });
      await store.commit({ writes: [{ key: ["a"], delete: true }] });
      assert.deepEqual(await store.commit(commit), { ok: true });
    });

    test("writes nothing at all when one check of many fails", async (store) => {
      await put(store, ["kept"], "old");
      const result = await store.commit({
        checks: [{ key: ["x"], version: undefined }, { key: ["kept"], version: undefined }],
        writes: [
          { key: ["x"], value: bytes("new") },
          { key: ["kept"], delete: true },
        ],
      });
      assert.deepEqual(result, { ok: false });
      assert.equal(await store.get(["x"]), undefined);
      assert.equal(await read(store, ["kept"]), "old");
    });

    test("makes the writes to one key in their order", async (store) => {
      await store.commit({
        writes: [
          { key: ["a"], value: bytes("one") },
          { key: ["a"], delete: true },
          { key: ["b"], value: bytes("one") },
          { key: ["b"], value: bytes("two") },
        ],
      });
      assert.equal(await store.get(["a"]), undefined);
      assert.equal(await read(store, ["b"]), "two");
    });

    test("accepts a commit of nothing", async (store) => {
      assert.deepEqual(await store.commit({ writes: [] }), { ok: true });
    });

    test("loses none of 20 increments at once that check and try again", async (store) => {
      async function increment(): Promise<void> {
        for (;;) {
          const entry = await store.get(["counter"]);
          const next = String(Number(entry ? text(entry.value) : "0") + 1);
          const { ok } = await store.commit({
            checks: [{ key: ["counter"], version: entry?.version }],
            writes: [{ key: ["counter"], value: bytes(next) }],
          });
          if (ok) return;
        }
      }
      await Promise.all(Array.from({ length: 20 }, increment));
      assert.equal(await read(store, ["counter"]), "20");
    });
  });

  describe(`${name}: limits`, () => {
    test("takes a value of the largest size, and none larger", async (store) => {
      const value = new Uint8Array(limits.valueBytes).fill(7);
      await store.commit({ writes: [{ key: ["a"], value }] });
      assert.deepEqual((await store.get(["a"]))?.value, value);
      const larger = new Uint8Array(limits.valueBytes + 1);
      await assert.rejects(
        store.commit({
          writes: [{ key: ["b"], value: bytes("x") }, { key: ["a"], value: larger }],
        }),
        limitError("valueBytes"),
      );
      assert.equal(await store.get(["b"]), undefined);
    });

    test("takes a key of the largest size, and none larger", async (store) => {
      const key = keyOf(limits.keyBytes);
      await put(store, key, "value");
      assert.equal(await read(store, key), "value");
      assert.deepEqual(await list(store, []), [key]);
      assert.deepEqual(await list(store, key), []);
      const larger = keyOf(limits.keyBytes + 1);
      const refused = limitError("keyBytes");
      await assert.rejects(store.get(larger), refused);
      await assert.rejects(store.getMany([["a"], larger]), refused);
      await assert.rejects(list(store, larger), refused);
      await assert.rejects(store.commit({ writes: [{ key: larger, delete: true }] }), refused);
      await assert.rejects(
        store.commit({ checks: [{ key: larger, version: undefined }], writes: [] }),
        refused,
      );
      await assert.rejects(store.get(["x".repeat(1e7)]), StoreLimitError);
    });

    test("counts a key by its bytes in UTF-8, and NUL twice", async (store) => {
      await put(store, ["é".repeat(1023)], "value");
      await assert.rejects(store.get(["é".repeat(1024)]), limitError("keyBytes", 2));
      await put(store, ["\0".repeat(1023)], "value");
      await assert.rejects(store.get(["\0".repeat(1024)]), limitError("keyBytes", 2));
    });

    test("takes as many writes as the limit, and not one more", async (store) => {
      const writes = Array.from({ length: limits.commitWrites }, (_, i) => ({
        key: [String(i)],
        value: bytes("x"),
      }));
      assert.deepEqual(await store.commit({ writes }), { ok: true });
      await assert.rejects(
        store.commit({ writes: [...writes, { key: ["more"], delete: true }] }),
        limitError("commitWrites"),
      );
      assert.equal((await list(store, [])).length, limits.commitWrites);
    });

    test("takes as many checks as the limit, and not one more", async (store) => {
      const checks = Array.from({ length: limits.commitChecks }, (_, i) => ({
        key: [String(i)],
        version: undefined,
      }));
      assert.deepEqual(await store.commit({ checks, writes: [] }), { ok: true });
      await assert.rejects(
        store.commit({ checks: [...checks, { key: ["more"], version: undefined }], writes: [] }),
        limitError("commitChecks"),
      );
    });

    test("takes a commit of the largest size, and none larger", async (store) => {
      const key = (index: number) => keyOf(20, index);
      const each = 2 * 20 + VALUE_OVERHEAD;
      const whole = Array.from({ length: 12 }, (_, i) => ({
        key: key(i),
        value: new Uint8Array(limits.valueBytes),
      }));
      const checked = { key: key(99), version: undefined };
      const rest = limits.commitBytes - 12 * (limits.valueBytes + each) - 2 * 20 - each;
      const commit = (size: number) =>
        store.commit({
          checks: [checked],
          writes: [
            ...whole,
            { key: key(12), value: new Uint8Array(size) },
            { key: key(13), delete: true },
          ],
        });
      await assert.rejects(commit(rest + 1), limitError("commitBytes"));
      assert.equal(await store.get(key(0)), undefined);
      assert.deepEqual(await commit(rest), { ok: true });
    });

    test("takes so many bytes of keys with values, and no more", async (store) => {
      const writes = Array.from({ length: limits.commitKeyBytes / 2048 }, (_, i) => ({
        key: keyOf(2048, i),
        value: bytes(""),
      }));
      assert.deepEqual(await store.commit({ writes }), { ok: true });
      await assert.rejects(
        store.commit({ writes: [...writes, { key: ["a"], value: bytes("") }] }),
        limitError("commitKeyBytes", 3),
      );
    });

    test("refuses a time to live that is none", async (store) => {
      for (const expireIn of [0, -1, 1.5, NaN, Infinity]) {
        await assert.rejects(put(store, ["a"], "value", expireIn), RangeError);
      }
      assert.equal(await store.get(["a"]), undefined);
    });
  });

  describe(`${name}: keys`, () => {
    const HOSTILE: readonly Key[] = [
      [""],
      ["", ""],
      ["a", ""],
      ["", "a"],
      ["a"],
      ["a/b"],
      ["a", "b"],
      ["ab"],
      ["a\0b"],
      ["a", "\0b"],
      ["a\0", "b"],
      ["\0"],
      ["\0\xff"],
      ["\x02"],
      ["..", "..", "etc"],
      ["é"],
      ["e\u0301"],
      ["\uffff"],
      ["\u{10000}"],
      ["😀", "\n"],
      ['"', "\\"],
      ["__proto__"],
      ["constructor", "prototype"],
    ];

    test("keeps keys apart that look alike", async (store) => {
      for (const [index, key] of HOSTILE.entries()) await put(store, key, String(index));
      for (const [index, key] of HOSTILE.entries()) {
        const entry = await store.get(key);
        assert.equal(entry && text(entry.value), String(index), JSON.stringify(key));
        assert.deepEqual(entry?.key, key);
      }
    });

    test("lists all keys in the order of their parts' UTF-8", async (store) => {
      const shuffled = [...HOSTILE].sort((a, b) => a.join().length - b.join().length).reverse();
      for (const key of shuffled) await put(store, key, "");
      const listed = await list(store, []);
      const expected = [...HOSTILE].sort(compareKeys);
      assert.deepEqual(listed, expected);
    });

    test("refuses a lone surrogate, because it could not be told from another", async (store) => {
      for (const part of ["\ud800", "a\udc00", "\udc00\ud800"]) {
        await assert.rejects(put(store, ["a", part], "value"), StoreKeyError);
        await assert.rejects(store.get([part]), StoreKeyError);
        await assert.rejects(list(store, [part]), StoreKeyError);
      }
    });

    test("refuses a key without parts", async (store) => {
      await assert.rejects(put(store, [], "value"), StoreKeyError);
      await assert.rejects(store.get([]), StoreKeyError);
    });
  });

  describe(`${name}: lists`, () => {
    test("gives what continues the prefix, in order, and nothing else", async (store) => {
      for (
        const key of [["a"], ["a", "2"], ["a", "10"], ["a", "2", "x"], ["ab"], ["a\0", "1"], ["b"]]
      ) await put(store, key, key.join());
      assert.deepEqual(await list(store, ["a"]), [["a", "10"], ["a", "2"], ["a", "2", "x"]]);
      assert.deepEqual(await list(store, ["a", "2"]), [["a", "2", "x"]]);
      assert.deepEqual(await list(store, ["c"]), []);
    });

    test("gives values and versions", async (store) => {
      await put(store, ["a", "1"], "one");
      const [entry] = await Array.fromAsync(store.list(["a"]));
      assert.deepEqual(entry, await store.get(["a", "1"]));
    });

    test("stops at the limit and goes on after a key, which need not exist", async (store) => {
      for (const part of ["1", "2", "4", "5"]) await put(store, ["a", part], "");
      assert.deepEqual(await list(store, ["a"], { limit: 2 }), [["a", "1"], ["a", "2"]]);
      assert.deepEqual(await list(store, ["a"], { limit: 0 }), []);
      assert.deepEqual(await list(store, ["a"], { after: ["a", "2"] }), [["a", "4"], ["a", "5"]]);
      assert.deepEqual(await list(store, ["a"], { after: ["a", "3"], limit: 1 }), [["a", "4"]]);
      assert.deepEqual(await list(store, ["a"], { after: ["a", "5"] }), []);
    });

    test("refuses to begin after a key outside of the prefix", async (store) => {
      for (const after of [["b"], ["a"], ["ab", "c"]]) {
        await assert.rejects(list(store, ["a"], { after }), StoreKeyError);
      }
    });

    test("gives each of many entries once", async (store) => {
      const parts = Array.from({ length: 300 }, (_, i) => String(i).padStart(3, "0"));
      const writes = parts.map((part) => ({ key: ["a", part], value: bytes(part) }));
      await store.commit({ writes });
      assert.deepEqual(await list(store, ["a"]), writes.map(({ key }) => key));
      const limited = await list(store, ["a"], { limit: 129, after: ["a", "099"] });
      assert.deepEqual(limited, writes.slice(100, 229).map(({ key }) => key));
    });

    test("lets a reader delete what it has read", async (store) => {
      for (let i = 0; i < 150; i++) await put(store, ["a", String(i).padStart(3, "0")], "");
      let count = 0;
      for await (const { key } of store.list(["a"])) {
        await store.commit({ writes: [{ key, delete: true }] });
        count++;
      }
      assert.equal(count, 150);
      assert.deepEqual(await list(store, ["a"]), []);
    });
  });

  describe(`${name}: expiry`, () => {
    const HOUR = 3_600_000;

    test("ends a value at its time and not before", async (store, clock) => {
      await put(store, ["a"], "value", HOUR);
      clock.time += HOUR - 1;
      assert.equal(await read(store, ["a"]), "value");
      assert.deepEqual(await list(store, []), [["a"]]);
      clock.time += 1;
      assert.equal(await store.get(["a"]), undefined);
      assert.deepEqual(await store.getMany([["a"]]), [undefined]);
      assert.deepEqual(await list(store, []), []);
    });

    test("does not count what has expired towards the limit of a list", async (store, clock) => {
      for (let i = 0; i < 9; i++) await put(store, ["a", String(i)], "", i === 7 ? 2 * HOUR : HOUR);
      clock.time += HOUR;
      await put(store, ["a", "8"], "");
      assert.deepEqual(await list(store, ["a"], { limit: 2 }), [["a", "7"], ["a", "8"]]);
    });

    test("takes an expired key for an absent one in checks", async (store, clock) => {
      await put(store, ["a"], "old", HOUR);
      await put(store, ["b"], "old", HOUR);
      const { version } = (await store.get(["a"]))!;
      clock.time += HOUR;
      assert.deepEqual(await store.commit({ checks: [{ key: ["a"], version }], writes: [] }), {
        ok: false,
      });
      const create = {
        checks: [
          { key: ["a"], version: undefined },
          { key: ["b"], version: undefined },
          { key: ["c"], version: undefined },
        ],
        writes: [{ key: ["a"], value: bytes("new") }],
      };
      assert.deepEqual(await store.commit(create), { ok: true });
      assert.equal(await read(store, ["a"]), "new");
      assert.deepEqual(await store.commit(create), { ok: false });
    });

    test("still refuses when one check fails beside an expired key", async (store, clock) => {
      await put(store, ["a"], "old", HOUR);
      await put(store, ["b"], "live");
      clock.time += HOUR;
      const { ok } = await store.commit({
        checks: [{ key: ["a"], version: undefined }, { key: ["b"], version: "stale" }],
        writes: [{ key: ["a"], value: bytes("new") }],
      }).catch(() => ({ ok: false }));
      assert.equal(ok, false);
      assert.equal(await store.get(["a"]), undefined);
    });

    test("checks the version of a value that will expire", async (store) => {
      await put(store, ["a"], "one", HOUR);
      const { version } = (await store.get(["a"]))!;
      const commit = {
        checks: [{ key: ["a"], version }],
        writes: [{ key: ["a"], value: bytes("two"), expireIn: HOUR }],
      };
      assert.deepEqual(await store.commit(commit), { ok: true });
      assert.deepEqual(await store.commit(commit), { ok: false });
    });

    test("forgets the time to live of a value that is replaced", async (store, clock) => {
      await put(store, ["a"], "old", HOUR);
      await put(store, ["a"], "new");
      clock.time += 2 * HOUR;
      assert.equal(await read(store, ["a"]), "new");
    });
  });

  describe(`${name}: endings`, () => {
    test("refuses everything after it was closed, and may be closed again", async (store) => {
      await put(store, ["a"], "value");
      const listing = store.list([])[Symbol.asyncIterator]();
      await store.close();
      await store.close();
      await assert.rejects(store.get(["a"]), StoreClosedError);
      await assert.rejects(store.getMany([["a"]]), StoreClosedError);
      await assert.rejects(store.commit({ writes: [] }), StoreClosedError);
      await assert.rejects(list(store, []), StoreClosedError);
      await assert.rejects(async () => await listing.next(), StoreClosedError);
    });

    test("does nothing when its signal has aborted", async (store) => {
      const reason = new Error("gone");
      const signal = AbortSignal.abort(reason);
      const write = { key: ["a"], value: bytes("value") };
      await assert.rejects(store.commit({ writes: [write] }, { signal }), reason);
      await assert.rejects(store.get(["a"], { signal }), reason);
      await assert.rejects(store.getMany([["a"]], { signal }), reason);
      await assert.rejects(list(store, [], { signal }), reason);
      assert.equal(await store.get(["a"]), undefined);
    });
  });
}

function compareKeys(a: Key, b: Key): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = Buffer.compare(Buffer.from(part), Buffer.from(other));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

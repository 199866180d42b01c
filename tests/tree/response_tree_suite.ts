import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { randomId } from "../../src/api/http/ids.ts";
import { UNLIMITED } from "../../src/limits/quota.ts";
import type { Message } from "../../src/prompt/message.ts";
import { CHUNK_BYTES, STAGING_MS } from "../../src/records/blob.ts";
import {
  CorruptSnapshotError,
  ResponseConflictError,
  UnknownResponseError,
} from "../../src/records/errors.ts";
import { decodeRecord, encodeRecord } from "../../src/records/record.ts";
import { encodeState, StateMismatchError, StatePrecisionError } from "../../src/state/codec.ts";
import { type StateLayout, stateLayout } from "../../src/state/layout.ts";
import { counterValue } from "../../src/store/counter.ts";
import type { Entry, Key, KvStore } from "../../src/store/kv_store.ts";
import type { TurnCommit } from "../../src/tree/commit_turn.ts";
import type { NewResponseNode } from "../../src/tree/response_node.ts";
import { DEFAULT_PREFIX_TTL_MS, ResponseTree } from "../../src/tree/response_tree.ts";
import { manifestSchema } from "../../src/tree/snapshot.ts";
import { extendPrefix, prefixHashes } from "../../src/turn/state_names.ts";
import { CrashError, CrashingStore } from "../records/crashing_store.ts";
import { kept } from "../records/kept.ts";
import { randomState } from "../state/random_state.ts";

const SMALL = stateLayout({ version: "4", n_layer: 2, n_embd: 16, head_size: 0 });
/** 11 chunks in f32: with a log they are more than one commit. */
const LARGE = stateLayout({ version: "7", n_layer: 13, n_embd: 192, head_size: 64 });
/** RWKV-7 0.1B: 2.4 MB in f32. */
const OFFICIAL = stateLayout({ version: "7", n_layer: 12, n_embd: 768, head_size: 64 });

const TENANT = "tenant";
const MODEL = "model";
const MINUTE = 60_000;

const hello: Message = { role: "user", text: "Hello" };
const hi: Message = { role: "assistant", text: "Hi" };

class FakeClock {
  time = Date.now();
  readonly now = (): number => this.time;
}

interface Context {
  readonly store: KvStore;
  readonly clock: FakeClock;
  readonly tree: ResponseTree;
}

function expected(layout: StateLayout = SMALL) {
  return { layout, modelFingerprint: MODEL };
}

function newNode(more: Partial<NewResponseNode> = {}): NewResponseNode {
  return {
    id: randomId("resp_"),
    parent: null,
    instructions: null,
    messages: [hello, hi],
    engineFingerprint: "engine",
    seed: 7,
    ...more,
  };
}

/** A turn whose state is made from the seed. */
async function newTurn(
  seed: number,
  more: Partial<TurnCommit> = {},
  layout: StateLayout = SMALL,
): Promise<TurnCommit> {
  const [prefix] = await prefixHashes("seed", [{ role: "user", text: String(seed) }]);
  return {
    prefix: prefix!,
    state: randomState(layout, seed),
    tokens: seed,
    modelFingerprint: MODEL,
    precision: "f32",
    ...more,
  };
}

async function entries(store: KvStore, prefix: Key = []): Promise<Entry[]> {
  return await Array.fromAsync(store.list(prefix));
}

async function replace(store: KvStore, key: Key, change: (value: Uint8Array) => Uint8Array) {
  const entry = await store.get(key);
  assert.ok(entry);
  await store.commit({ writes: [{ key, value: change(entry.value) }] });
}

function flip(value: Uint8Array): Uint8Array {
  value[Math.floor(value.length / 2)]! ^= 1;
  return value;
}

/**
 * What conversations have to be on every store.
 *
 * @param open opens a store that is empty and tells the time by `now`
 */
export function testConversationStore(
  name: string,
  open: (now: () => number) => Promise<KvStore>,
): void {
  async function withStore(body: (context: Context) => Promise<void>): Promise<void> {
    const clock = new FakeClock();
    const store = await open(clock.now);
    try {
      await body({
        store,
        clock,
        tree: new ResponseTree({ store, now: clock.now }),
      });
    } finally {
      await store.close();
    }
  }

  function test(behaviour: string, body: (context: Context) => Promise<void>): void {
    it(behaviour, () => withStore(body));
  }

  describe(`${name}: responses`, () => {
    test("gives back a stored response and its state", async ({ tree, clock }) => {
      const node = newNode({ instructions: "Be brief." });
      const turn = await newTurn(5, { node });
      await tree.commitTurn(TENANT, turn);
      const read = await tree.node(TENANT, node.id);
      const { manifest, ...rest } = read;
      assert.deepEqual(rest, {
        ...node,
        itemIds: [],
        createdAt: clock.time,
        prefix: turn.prefix,
        tokens: 5,
        modelFingerprint: MODEL,
        precision: "f32",
      });
      assert.notEqual(manifest, "");
      const { state, tokens } = await tree.loadState(TENANT, read, expected());
      assert.deepEqual(state.data, turn.state.data);
      assert.equal(tokens, 5);
    });

    test("gives everything that was said, oldest first, without instructions", async ({ tree }) => {
      const first = newNode({ instructions: "Be brief." });
      const more: Message[] = [
        { role: "user", text: "And now?" },
        { role: "user", text: "\ud800 \0 😀" },
        { role: "assistant", text: "" },
      ];
      const second = newNode({ parent: first.id, messages: more });
      const third = newNode({ parent: second.id });
      for (const [seed, node] of [first, second, third].entries()) {
        await tree.commitTurn(TENANT, await newTurn(seed, { node }));
      }
      assert.deepEqual(await tree.history(TENANT, first.id), [hello, hi]);
      assert.deepEqual(await tree.history(TENANT, third.id), [
        hello,
        hi,
        ...more,
        hello,
        hi,
      ]);
    });

    test("continues one response twice, and neither touches the other", async ({ tree }) => {
      const root = newNode();
      const left = newNode({ parent: root.id, messages: [{ role: "user", text: "left" }] });
      const right = newNode({ parent: root.id, messages: [{ role: "user", text: "right" }] });
      const turns = await Promise.all(
        [root, left, right].map((node, seed) => newTurn(seed, { node })),
      );
      await tree.commitTurn(TENANT, turns[0]!);
      const before = await tree.node(TENANT, root.id);
      await Promise.all(turns.slice(1).map((turn) => tree.commitTurn(TENANT, turn)));
      assert.deepEqual(await tree.node(TENANT, root.id), before);
      for (const { node, state } of turns) {
        const read = await tree.node(TENANT, node!.id);
        const loaded = await tree.loadState(TENANT, read, expected());
        assert.deepEqual(loaded.state.data, state.data);
      }
      const texts = (messages: Message[]) => messages.map(({ text }) => text);
      assert.deepEqual(texts(await tree.history(TENANT, left.id)), [
        "Hello",
        "Hi",
        "left",
      ]);
      assert.deepEqual(texts(await tree.history(TENANT, right.id)), [
        "Hello",
        "Hi",
        "right",
      ]);
    });

    test("refuses an id that is taken, and keeps what was there", async ({ tree }) => {
      const node = newNode();
      const first = await newTurn(1, { node });
      await tree.commitTurn(TENANT, first);
      await assert.rejects(
        tree.commitTurn(TENANT, await newTurn(2, { node: { ...node, messages: [] } })),
        (error) => error instanceof ResponseConflictError && error.id === node.id,
      );
      const read = await tree.node(TENANT, node.id);
      assert.deepEqual(read.messages, node.messages);
      const { state } = await tree.loadState(TENANT, read, expected());
      assert.deepEqual(state.data, first.state.data);
      const { prefix } = await newTurn(2);
      assert.equal(await tree.deepestPrefix(TENANT, [prefix]), undefined);
    });

    test("stores one of two turns that take the same id at once", async ({ tree }) => {
      const node = newNode();
      const turns = await Promise.all([1, 2].map((seed) => newTurn(seed, { node })));
      const results = await Promise.allSettled(
        turns.map((turn) => tree.commitTurn(TENANT, turn)),
      );
      assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
      const winner = turns[results.findIndex(({ status }) => status === "fulfilled")];
      const read = await tree.node(TENANT, node.id);
      assert.equal(read.tokens, winner?.tokens);
    });

    test("does not store a response whose parent goes away meanwhile", async ({ tree, store, clock }) => {
      const parent = newNode();
      await tree.commitTurn(TENANT, await newTurn(1, { node: parent }));
      const racing = new ResponseTree({
        store: {
          get: async (key, options) => {
            const entry = await store.get(key, options);
            await store.commit({ writes: [{ key, delete: true }] });
            return entry;
          },
          getMany: (keys, options) => store.getMany(keys, options),
          commit: (commit, options) => store.commit(commit, options),
          list: (prefix, options) => store.list(prefix, options),
          close: () => store.close(),
        },
        now: clock.now,
      });
      const node = newNode({ parent: parent.id });
      await assert.rejects(
        racing.commitTurn(TENANT, await newTurn(2, { node })),
        (error) => error instanceof ResponseConflictError && error.id === node.id,
      );
      await assert.rejects(tree.node(TENANT, node.id), UnknownResponseError);
    });

    test("refuses a parent that is not stored, and writes nothing", async ({ tree, store }) => {
      const parent = randomId("resp_");
      const itself = newNode();
      for (
        const node of [
          newNode({ parent }),
          newNode({ parent: "resp_1" }),
          { ...itself, parent: itself.id },
        ]
      ) {
        await assert.rejects(
          tree.commitTurn(TENANT, await newTurn(1, { node })),
          (error) => error instanceof UnknownResponseError && error.id === node.parent,
        );
      }
      assert.deepEqual(await entries(store), []);
    });

    test("refuses to store under an id that could not be found again", async ({ tree, store }) => {
      for (const id of ["", "resp_1", "../etc", "resp_" + "A".repeat(48), "x".repeat(1e5)]) {
        const turn = await newTurn(1, { node: newNode({ id }) });
        await assert.rejects(tree.commitTurn(TENANT, turn), RangeError);
      }
      assert.deepEqual(await entries(store), []);
    });

    test("finds nothing under hostile ids, and says so in the same way", async ({ tree }) => {
      const ids = [
        "",
        "resp_",
        randomId("resp_"),
        randomId("resp_").toUpperCase(),
        `${randomId("resp_")}\n`,
        `${randomId("resp_")}/../${randomId("resp_")}`,
        "resp_\0",
        "\ud800",
        "😀".repeat(1000),
        "x".repeat(1e6),
        "__proto__",
      ];
      for (const id of ids) {
        for (const read of ["node", "history"] as const) {
          await assert.rejects(tree[read](TENANT, id), (error) => {
            assert.ok(error instanceof UnknownResponseError, String(error));
            assert.equal(error.id, id);
            assert.ok(error.message.length < 1000);
            return true;
          });
        }
      }
    });

    test("stores the state of a response in f16 if it fits, and else in f32", async ({ tree }) => {
      for (const [number, stored] of [[0.1, 0.0999755859375], [1e6, 1e6]] as const) {
        const node = newNode();
        const turn = await newTurn(3, { node, precision: "f16" });
        turn.state.data[0] = number;
        await tree.commitTurn(TENANT, turn);
        const found = await tree.node(TENANT, node.id);
        const { state } = await tree.loadState(TENANT, found, expected());
        assert.equal(state.data[0], stored);
      }
    });

    test("saves in f16 what fits, and refuses what does not before it writes", async ({ tree, store }) => {
      const turn = await newTurn(3, { precision: "f16" });
      turn.state.data[0] = 1e6;
      await assert.rejects(tree.commitTurn(TENANT, turn), StatePrecisionError);
      assert.deepEqual(await entries(store), []);
      turn.state.data[0] = 0.5;
      await tree.commitTurn(TENANT, turn);
      const found = await tree.deepestPrefix(TENANT, [turn.prefix]);
      const { state } = await tree.loadState(TENANT, found!.snapshot, expected());
      assert.equal(state.data[0], 0.5);
    });

    test("refuses to load a state into another model", async ({ tree }) => {
      const node = newNode();
      await tree.commitTurn(TENANT, await newTurn(1, { node }));
      const read = await tree.node(TENANT, node.id);
      await assert.rejects(
        tree.loadState(TENANT, read, { layout: SMALL, modelFingerprint: "other" }),
        StateMismatchError,
      );
    });

    test("does nothing when its signal has aborted", async ({ tree, store }) => {
      const reason = new Error("gone");
      const signal = AbortSignal.abort(reason);
      const turn = await newTurn(1, { node: newNode() });
      await assert.rejects(tree.commitTurn(TENANT, turn, undefined, { signal }), reason);
      await assert.rejects(tree.node(TENANT, randomId("resp_"), { signal }), reason);
      await assert.rejects(tree.deepestPrefix(TENANT, [turn.prefix], { signal }), reason);
      assert.deepEqual(await entries(store), []);
    });
  });

  describe(`${name}: tenants (I6)`, () => {
    test("makes another tenant's response look like one that does not exist", async ({ tree }) => {
      const node = newNode();
      await tree.commitTurn(TENANT, await newTurn(1, { node }));
      const message = async (operation: Promise<unknown>): Promise<string> => {
        const error = await operation.then(() => undefined, (error) => error);
        assert.ok(error instanceof UnknownResponseError);
        return error.message.replace(error.id, "ID");
      };
      const unknown = await message(tree.node(TENANT, randomId("resp_")));
      assert.equal(await message(tree.node("other", node.id)), unknown);
      assert.equal(await message(tree.history("other", node.id)), unknown);
      const child = await newTurn(2, { node: newNode({ parent: node.id }) });
      assert.equal(await message(tree.commitTurn("other", child)), unknown);
    });

    test("lets two tenants have the same id without meeting", async ({ tree }) => {
      const node = newNode();
      await tree.commitTurn("a", await newTurn(1, { node }));
      await tree.commitTurn("b", await newTurn(2, { node }));
      assert.equal((await tree.node("a", node.id)).tokens, 1);
      assert.equal((await tree.node("b", node.id)).tokens, 2);
    });

    test("keeps prefixes and snapshots apart, for tenants whose names look alike too", async ({ tree }) => {
      const turn = await newTurn(1);
      await tree.commitTurn("a", turn);
      const found = await tree.deepestPrefix("a", [turn.prefix]);
      for (const tenant of ["ab", "A", "a/", "a\0", ""]) {
        assert.equal(await tree.deepestPrefix(tenant, [turn.prefix]), undefined);
        await assert.rejects(
          tree.loadState(tenant, found!.snapshot, expected()),
          CorruptSnapshotError,
        );
      }
    });
  });

  describe(`${name}: prefixes`, () => {
    test("finds the longest beginning whose state is kept", async ({ tree }) => {
      const messages: Message[] = Array.from({ length: 75 }, (_, i) => ({
        role: i % 2 === 0 ? "user" : "assistant",
        text: String(i),
      }));
      const hashes = await prefixHashes("seed", messages);
      assert.equal(await tree.deepestPrefix(TENANT, hashes), undefined);
      assert.equal(await tree.deepestPrefix(TENANT, []), undefined);
      // At the borders of what is read at once, and in the middle.
      for (const depth of [1, 2, 15, 16, 44, 45, 46, 60, 74, 75]) {
        const prefix = hashes[depth - 1]!;
        await tree.commitTurn(TENANT, await newTurn(depth, { prefix }));
        const found = await tree.deepestPrefix(TENANT, hashes);
        assert.equal(found?.depth, depth);
        const { tokens } = await tree.loadState(TENANT, found.snapshot, expected());
        assert.equal(tokens, depth);
      }
      const shorter = await tree.deepestPrefix(TENANT, hashes.slice(0, 59));
      assert.equal(shorter?.depth, 46);
    });

    test("finds the state of a stored response by its messages too", async ({ tree }) => {
      const node = newNode();
      const [prefix] = (await prefixHashes("seed", node.messages)).slice(-1);
      await tree.commitTurn(TENANT, await newTurn(9, { node, prefix: prefix! }));
      const hashes = await extendPrefix(prefix!, [hello]);
      const found = await tree.deepestPrefix(TENANT, [prefix!, ...hashes]);
      assert.equal(found?.depth, 1);
      assert.equal(found.snapshot.manifest, (await tree.node(TENANT, node.id)).manifest);
    });

    test("takes the state that was kept last when a conversation is held twice", async ({ tree }) => {
      const { prefix } = await newTurn(1);
      await tree.commitTurn(TENANT, await newTurn(1, { prefix }));
      await tree.commitTurn(TENANT, await newTurn(2, { prefix }));
      const found = await tree.deepestPrefix(TENANT, [prefix]);
      const { tokens } = await tree.loadState(TENANT, found!.snapshot, expected());
      assert.equal(tokens, 2);
    });

    test("lets the caller go on to the next one when the deepest is damaged", async ({ tree, store }) => {
      const hashes = await prefixHashes("seed", [hello, hi]);
      const turns = await Promise.all(hashes.map((prefix, i) => newTurn(i + 1, { prefix })));
      for (const turn of turns) await tree.commitTurn(TENANT, turn);
      const deepest = await tree.deepestPrefix(TENANT, hashes);
      const { manifest } = deepest!.snapshot;
      for (const { key } of await entries(store, [TENANT, "chunk", manifest])) {
        await store.commit({ writes: [{ key, delete: true }] });
      }
      await assert.rejects(
        tree.loadState(TENANT, deepest!.snapshot, expected()),
        CorruptSnapshotError,
      );
      const next = await tree.deepestPrefix(TENANT, hashes.slice(0, deepest!.depth - 1));
      assert.equal(next?.depth, 1);
      const { tokens } = await tree.loadState(TENANT, next.snapshot, expected());
      assert.equal(tokens, 1);
    });

    test("says that an entry of the index cannot be read", async ({ tree, store }) => {
      const turn = await newTurn(1);
      await tree.commitTurn(TENANT, turn);
      for (const text of ["", "{}", "null", '{"manifest":5}', "{"]) {
        await replace(
          store,
          [TENANT, "prefix", turn.prefix],
          () => new TextEncoder().encode(text),
        );
        await assert.rejects(
          tree.deepestPrefix(TENANT, [turn.prefix]),
          CorruptSnapshotError,
        );
      }
    });
  });

  describe(`${name}: the bound of what only saves work`, () => {
    const bounded = async ({ store, clock }: Context, states: number) => {
      const { length } = await encodeState(randomState(SMALL, 1), {
        modelFingerprint: MODEL,
        precision: "f32",
      });
      const quotas = () => ({ ...UNLIMITED, cacheBytes: states * length });
      const tree = new ResponseTree({ store, now: clock.now, quotas });
      const cached = async (tenant = TENANT) => {
        const counted = counterValue(await store.get([tenant, "usage", "cache"]));
        assert.equal(counted % length, 0);
        return counted / length;
      };
      const found = async (turns: readonly TurnCommit[]) => {
        const depths = turns.map(async ({ prefix }) =>
          await store.get([TENANT, "prefix", prefix]) !== undefined
        );
        return (await Promise.all(depths)).map((there) => there ? "x" : ".").join("");
      };
      return { tree, cached, found };
    };

    test("lets the least recently used go, and nobody else's", async (context) => {
      const { store, clock } = context;
      const { tree, cached, found } = await bounded(context, 3);
      const turns = await Promise.all([1, 2, 3, 4, 5].map((seed) => newTurn(seed)));
      await tree.commitTurn("other", turns[0]!);
      for (const turn of turns.slice(0, 3)) {
        await tree.commitTurn(TENANT, turn);
        clock.time += MINUTE;
      }
      assert.equal(await found(turns), "xxx..");
      clock.time += DEFAULT_PREFIX_TTL_MS / 100;
      await tree.deepestPrefix(TENANT, [turns[0]!.prefix]);
      for (const turn of turns.slice(3)) {
        clock.time += MINUTE;
        await tree.commitTurn(TENANT, turn);
      }
      assert.equal(await found(turns), "x..xx");
      assert.deepEqual([await cached(), await cached("other")], [3, 1]);
      const chunks = await entries(store, [TENANT, "chunk"]);
      assert.equal(chunks.length, 3, "what went has left nothing behind");
    });

    test("counts once what is kept twice under one name", async (context) => {
      const { tree, cached } = await bounded(context, 3);
      for (let i = 0; i < 3; i++) {
        context.clock.time += 1;
        await tree.commitTurn(TENANT, await newTurn(1));
      }
      assert.equal(await cached(), 1);
    });

    test("keeps nothing that is larger than all there may be, and a stored response all the same", async (context) => {
      const { tree, cached } = await bounded(context, 0.9);
      const turn = await newTurn(1);
      await tree.commitTurn(TENANT, turn);
      assert.equal(await tree.deepestPrefix(TENANT, [turn.prefix]), undefined);
      const node = newNode();
      await tree.commitTurn(TENANT, await newTurn(2, { node }));
      const read = await tree.node(TENANT, node.id);
      assert.equal((await tree.loadState(TENANT, read, expected())).tokens, 2);
      assert.equal(await cached(), 0);
    });

    test("counts right when many come at once, use, and make room", async (context) => {
      const { clock, store } = context;
      const { tree, cached } = await bounded(context, 4);
      const turns = await Promise.all(Array.from({ length: 12 }, (_, i) => newTurn(i % 8)));
      await Promise.all(turns.map(async (turn) => {
        clock.time += DEFAULT_PREFIX_TTL_MS / 50;
        await tree.commitTurn(TENANT, turn);
        await tree.deepestPrefix(TENANT, [turn.prefix]);
      }));
      clock.time += 1;
      await tree.commitTurn(TENANT, await newTurn(20));
      assert.equal(await cached(), (await entries(store, ["*", "cached", TENANT])).length);
      assert.equal(await cached(), (await entries(store, [TENANT, "manifest"])).length);
      assert(await cached() <= 4);
    });

    test("gives back the logits that were kept with a state, bit by bit", async ({ tree }) => {
      const { prefix: name, node: _, ...turn } = await newTurn(3);
      const logits = Float32Array.of(0.1, -0, NaN, -Infinity, 1e-45);
      await tree.keepSnapshot(TENANT, { ...turn, name, logits });
      const found = await tree.deepestPrefix(TENANT, [name]);
      const loaded = await tree.loadState(TENANT, found!.snapshot, expected());
      assert.deepEqual(new Uint32Array(loaded.logits!.buffer), new Uint32Array(logits.buffer));
    });
  });

  describe(`${name}: damage`, () => {
    /** A stored response with a state of several chunks. */
    async function stored({ tree, store }: Context) {
      const node = newNode();
      await tree.commitTurn(TENANT, await newTurn(1, { node }, LARGE));
      const read = await tree.node(TENANT, node.id);
      const chunks = await entries(store, [TENANT, "chunk", read.manifest]);
      assert.equal(chunks.length, 11);
      const load = () => tree.loadState(TENANT, read, expected(LARGE));
      return { id: node.id, manifest: read.manifest, chunks, load };
    }

    function corrupt(problem: RegExp) {
      return (error: unknown): boolean => {
        assert.ok(error instanceof CorruptSnapshotError, String(error));
        assert.match(error.problem, problem);
        return true;
      };
    }

    test("notices every chunk that is missing, changed, shorter or longer, and names it", async (context) => {
      const { store } = context;
      const { chunks, load } = await stored(context);
      for (const [index, { key, value }] of chunks.entries()) {
        const name = `chunk ${index + 1} of 11`;
        await store.commit({ writes: [{ key, delete: true }] });
        await assert.rejects(load(), corrupt(new RegExp(`${name} is missing`)));
        const other: [Uint8Array, RegExp][] = [
          [flip(value.slice()), new RegExp(`${name} is damaged`)],
          [value.subarray(1), new RegExp(`${name} has ${value.length - 1} bytes`)],
          [new Uint8Array(value.length + 1), new RegExp(`${name} has ${value.length + 1} bytes`)],
          [new Uint8Array(0), new RegExp(`${name} has 0 bytes`)],
        ];
        for (const [wrong, problem] of other) {
          await store.commit({ writes: [{ key, value: wrong }] });
          await assert.rejects(load(), corrupt(problem));
        }
        await store.commit({ writes: [{ key, value }] });
      }
      assert.equal((await load()).tokens, 1);
    });

    test("notices chunks that changed places", async (context) => {
      const { chunks: [a, b], load } = await stored(context);
      await context.store.commit({
        writes: [{ key: a!.key, value: b!.value }, { key: b!.key, value: a!.value }],
      });
      await assert.rejects(load(), corrupt(/chunk [12] of 11 is damaged/));
    });

    test("does not trust the sizes that a manifest claims", async (context) => {
      const { store } = context;
      const { manifest, load } = await stored(context);
      const key = [TENANT, "manifest", manifest];
      const { value } = (await store.get(key))!;
      const record = decodeRecord(manifestSchema, value, "manifest");
      for (const bytes of [0, 1, 11 * CHUNK_BYTES + 1, Number.MAX_SAFE_INTEGER]) {
        const changed = { ...record, state: { ...record.state, bytes } };
        await replace(store, key, () => encodeRecord(manifestSchema, changed));
        await assert.rejects(load(), corrupt(/chunks, not 11/));
      }
      const longer = { ...record, state: { ...record.state, bytes: 11 * CHUNK_BYTES } };
      await replace(store, key, () => encodeRecord(manifestSchema, longer));
      await assert.rejects(load(), corrupt(/chunk 11 of 11 has/));
    });

    test("notices a manifest that is missing or cannot be read", async (context) => {
      const { manifest, load } = await stored(context);
      const key = [TENANT, "manifest", manifest];
      await replace(context.store, key, (value) => value.subarray(1));
      await assert.rejects(load(), corrupt(/record is damaged/));
      await context.store.commit({ writes: [{ key, delete: true }] });
      await assert.rejects(load(), corrupt(/manifest is missing/));
    });

    test("notices a node or a log that is damaged", async (context) => {
      const { tree, store } = context;
      const { id, manifest } = await stored(context);
      const all = await entries(store, [TENANT, "chunk"]);
      const log = all.find(({ key }) => key[2] !== manifest)!;
      await replace(store, log.key, flip);
      await assert.rejects(tree.node(TENANT, id), corrupt(/chunk 1 of 1 is damaged/));
      await assert.rejects(tree.history(TENANT, id), corrupt(/chunk 1 of 1 is damaged/));
      await replace(store, [TENANT, "node", id], () => new Uint8Array(0));
      await assert.rejects(tree.node(TENANT, id), corrupt(/record is cut off/));
    });

    test("notices every bit that is changed in a record", async (context) => {
      const { tree, store } = context;
      const { id, manifest, load } = await stored(context);
      for (const key of [[TENANT, "manifest", manifest], [TENANT, "node", id]]) {
        const { value } = (await store.get(key))!;
        for (let byte = 0; byte < value.length; byte += 7) {
          const changed = value.slice();
          changed[byte]! ^= 1 << byte % 8;
          await store.commit({ writes: [{ key, value: changed }] });
          const read = key[1] === "node" ? tree.node(TENANT, id) : load();
          await assert.rejects(read, corrupt(/record is damaged/), `${key[1]}, byte ${byte}`);
        }
        await store.commit({ writes: [{ key, value }] });
      }
    });

    test("says that a conversation is incomplete when an earlier response is gone", async ({ tree, store }) => {
      const parent = newNode();
      const child = newNode({ parent: parent.id });
      await tree.commitTurn(TENANT, await newTurn(1, { node: parent }));
      await tree.commitTurn(TENANT, await newTurn(2, { node: child }));
      await store.commit({ writes: [{ key: [TENANT, "node", parent.id], delete: true }] });
      await assert.rejects(
        tree.history(TENANT, child.id),
        corrupt(/parent .* is missing/),
      );
      const read = await tree.node(TENANT, child.id);
      assert.equal((await tree.loadState(TENANT, read, expected())).tokens, 2);
    });
  });

  describe(`${name}: crashes`, () => {
    for (const point of ["before", "after"] as const) {
      for (const stored of [true, false]) {
        const what = stored ? "response" : "turn that is not stored";
        test(`leaves a ${what} whole or not at all, whichever call the crash comes ${point}`, async ({ store, clock, tree }) => {
          const root = newNode();
          await tree.commitTurn(TENANT, await newTurn(1, { node: root }));
          let seen = 0;
          for (let call = 1;; call++) {
            const more = stored ? { node: newNode({ parent: root.id }) } : {};
            const turn = await newTurn(call + 1, more, LARGE);
            const faulty = new CrashingStore(store, call, point);
            const crashing = new ResponseTree({ store: faulty, now: clock.now });
            const error = await crashing.commitTurn(TENANT, turn).then(() => undefined, (e) => e);
            assert.ok(error === undefined || error instanceof CrashError, String(error));

            const found = await tree.deepestPrefix(TENANT, [turn.prefix]);
            if (found !== undefined) {
              seen++;
              const { state, tokens } = await tree
                .loadState(TENANT, found.snapshot, expected(LARGE));
              assert.deepEqual(state.data, turn.state.data);
              assert.equal(tokens, call + 1);
            }
            if (turn.node !== undefined) {
              const read = tree.node(TENANT, turn.node.id);
              if (found === undefined) await assert.rejects(read, UnknownResponseError);
              else assert.equal((await read).manifest, found.snapshot.manifest);
            }
            if (error === undefined) {
              assert.ok(found !== undefined, "what was acknowledged is there");
              // There are two commits, because the state does not fit one, and the note of what was written ahead is
              // read. For one that lasts so are the parent and its manifest, else what is there by its name.
              assert.equal(call, stored ? 6 : 5);
              break;
            }
          }
          // The last call is the one that makes it visible: after it, the turn is there though nobody heard of it.
          assert.equal(seen, point === "before" ? 1 : 2);
          assert.deepEqual(await tree.history(TENANT, root.id), [hello, hi]);
        });
      }
    }

    test("goes on after a crash that left chunks behind", async ({ store, clock, tree }) => {
      const turn = await newTurn(2, { node: newNode() }, LARGE);
      const faulty = new CrashingStore(store, 2, "before");
      const crashing = new ResponseTree({ store: faulty, now: clock.now });
      await assert.rejects(crashing.commitTurn(TENANT, turn), CrashError);
      assert.equal((await entries(store)).length, 11, "ten chunks, and a note of them");
      await tree.commitTurn(TENANT, turn);
      const read = await tree.node(TENANT, turn.node!.id);
      const { state } = await tree.loadState(TENANT, read, expected(LARGE));
      assert.deepEqual(state.data, turn.state.data);

      const before = (await entries(store)).length;
      await tree.sweep(assert.ifError);
      assert.equal((await entries(store)).length, before, "the writer may still be there");
      clock.time += STAGING_MS;
      await tree.sweep(assert.ifError);
      assert.equal((await entries(store)).length, before - 11);
      await tree.loadState(TENANT, read, expected(LARGE));
    });

    test("does not let a writer commit whose chunks were swept", async ({ store, clock, tree }) => {
      const turn = await newTurn(2, { node: newNode() }, LARGE);
      await assert.rejects(
        tree.commitTurn(TENANT, turn, async () => {
          clock.time += STAGING_MS;
          await tree.sweep(assert.ifError);
          return { checks: [], writes: [] };
        }),
        ResponseConflictError,
      );
      assert.deepEqual(await entries(store), []);
    });
  });

  describe(`${name}: sizes`, () => {
    test("keeps texts of a megabyte and the state of an official model", async ({ tree }) => {
      const text = "é\n".repeat(350_000);
      const node = newNode({
        instructions: text,
        messages: [{ role: "user", text }, { role: "assistant", text: '"'.repeat(500_000) }],
      });
      const turn = await newTurn(1, { node }, OFFICIAL);
      await tree.commitTurn(TENANT, turn);
      const read = await tree.node(TENANT, node.id);
      assert.ok(read.instructions === text, "the instructions are what they were");
      assert.ok(read.messages.every((message, i) => message.text === node.messages[i]!.text));
      const { state } = await tree.loadState(TENANT, read, expected(OFFICIAL));
      assert.ok(state.data.every((x, i) => x === turn.state.data[i]));
    });

    test("fits commits whatever the length of the names", async ({ store, clock }) => {
      let ids = 0;
      const tree = new ResponseTree({
        store,
        now: clock.now,
        newId: () => String(++ids).padStart(1000, "i"),
      });
      const tenant = "t".repeat(1000);
      const turn = await newTurn(1, { node: newNode() }, OFFICIAL);
      await tree.commitTurn(tenant, turn);
      const read = await tree.node(tenant, turn.node!.id);
      assert.equal((await tree.loadState(tenant, read, expected(OFFICIAL))).tokens, 1);
    });

    test("does not store more for a turn that comes late in a conversation (I7)", async ({ tree, store }) => {
      const sizes: number[] = [];
      let parent: string | null = null;
      let before = 0;
      // Of two digits, as the depths are.
      for (let turn = -10; turn < 12; turn++) {
        const node = newNode({ parent });
        await tree.commitTurn(TENANT, await newTurn(100 + turn, { node }));
        const all = await entries(store, [TENANT]);
        const bytes = all.reduce((sum, { value }) => sum + value.length, 0);
        sizes.push(bytes - before);
        before = bytes;
        parent = node.id;
      }
      const late = sizes.slice(11);
      // Some turns remove a state more than others. Numbers take a byte or two more as they grow.
      assert.ok(Math.max(...late) <= late[0]! + 8, `${late}`);
    });
  });

  describe(`${name}: expiry`, () => {
    test("keeps what is not stored for a day after it was used, and then forgets all of it", async ({ tree, store, clock }) => {
      const turn = await newTurn(1, {}, LARGE);
      await tree.commitTurn(TENANT, turn);
      clock.time += DEFAULT_PREFIX_TTL_MS - 1;
      const found = await tree.deepestPrefix(TENANT, [turn.prefix]);
      clock.time += DEFAULT_PREFIX_TTL_MS - 1;
      assert.deepEqual(await tree.deepestPrefix(TENANT, [turn.prefix]), found);
      clock.time += DEFAULT_PREFIX_TTL_MS;
      assert.equal(await tree.deepestPrefix(TENANT, [turn.prefix]), undefined);
      // Who has just found it can still load it.
      await tree.expireCache(assert.ifError);
      const { tokens } = await tree.loadState(TENANT, found!.snapshot, expected(LARGE));
      assert.equal(tokens, 1);
      clock.time += MINUTE;
      await tree.expireCache(assert.ifError);
      assert.deepEqual(await kept(store), []);
      await assert.rejects(
        tree.loadState(TENANT, found!.snapshot, expected(LARGE)),
        CorruptSnapshotError,
      );
    });

    test("never forgets a stored response", async ({ tree, clock }) => {
      const node = newNode();
      const turn = await newTurn(1, { node }, LARGE);
      await tree.commitTurn(TENANT, turn);
      clock.time += 1000 * DEFAULT_PREFIX_TTL_MS;
      assert.equal(await tree.deepestPrefix(TENANT, [turn.prefix]), undefined);
      const read = await tree.node(TENANT, node.id);
      assert.deepEqual(await tree.history(TENANT, node.id), [hello, hi]);
      const { state } = await tree.loadState(TENANT, read, expected(LARGE));
      assert.deepEqual(state.data, turn.state.data);
    });

    test("keeps a stored response when the same conversation, not stored, expires", async ({ tree, clock }) => {
      const node = newNode();
      const turn = await newTurn(1, { node });
      await tree.commitTurn(TENANT, turn);
      await tree.commitTurn(TENANT, await newTurn(1));
      clock.time += 2 * DEFAULT_PREFIX_TTL_MS;
      const read = await tree.node(TENANT, node.id);
      assert.equal((await tree.loadState(TENANT, read, expected())).tokens, 1);
    });

    test("keeps prefixes as long as it is told to", async ({ store, clock }) => {
      const tree = new ResponseTree({
        store,
        now: clock.now,
        prefixTtlMs: 5 * MINUTE,
      });
      const turn = await newTurn(1);
      await tree.commitTurn(TENANT, turn);
      clock.time += 5 * MINUTE - 1;
      assert.equal((await tree.deepestPrefix(TENANT, [turn.prefix]))?.depth, 1);
      clock.time += 5 * MINUTE;
      assert.equal(await tree.deepestPrefix(TENANT, [turn.prefix]), undefined);
    });
  });
}

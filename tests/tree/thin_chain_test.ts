import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { randomId } from "../../src/api/http/ids.ts";
import { countedUsage, recountUsage } from "../../src/cleanup/recount.ts";
import { Conversations } from "../../src/conversation/conversations.ts";
import { StateNotKeptError } from "../../src/records/errors.ts";
import { stateLayout } from "../../src/state/layout.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { ResponseTree } from "../../src/tree/response_tree.ts";
import { isSpaced } from "../../src/tree/spacing.ts";
import { decodeTokens, encodeTokens } from "../../src/tree/transcript.ts";
import { Fuzz } from "../fuzz.ts";
import { randomState } from "../state/random_state.ts";

const TENANT = "public";
const MODEL = "model";
// Of several chunks, so that some are written ahead.
const LAYOUT = stateLayout({ version: "7", n_layer: 1, n_embd: 256, head_size: 128 });
const EXPECTED = { layout: LAYOUT, modelFingerprint: MODEL };

/** A tree in memory, and what one does to it. */
function treeOf(statesPerPower?: number, store = new MemoryStore()) {
  const parts = { store, now: Date.now };
  const tree = new ResponseTree({
    ...parts,
    ...statesPerPower === undefined ? {} : { statesPerPower },
  });
  let count = 0;
  const add = async (parent: string | null, computable = true): Promise<string> => {
    const id = randomId("resp_");
    const seed = ++count;
    await tree.commitTurn(TENANT, {
      node: {
        id,
        parent,
        instructions: null,
        messages: [{ role: "user", text: "Hi" }],
        engineFingerprint: "engine",
        seed,
        ...computable ? { computed: { base: parent, tokens: [seed, 60_000] } } : {},
      },
      prefix: id,
      state: randomState(LAYOUT, seed),
      tokens: 2 * seed,
      modelFingerprint: MODEL,
      precision: "f16",
    });
    return id;
  };
  const chain = async (length: number, from: string | null = null, computable = true) => {
    const ids: string[] = [];
    for (let n = 0; n < length; n++) ids.push(await add(ids.at(-1) ?? from, computable));
    return ids;
  };
  const isKept = async (id: string): Promise<boolean> => {
    try {
      await tree.loadState(TENANT, await tree.node(TENANT, id), EXPECTED);
      return true;
    } catch (error) {
      assert.ok(error instanceof StateNotKeptError, String(error));
      return false;
    }
  };
  const keptOf = async (ids: readonly string[]): Promise<number[]> => {
    const kept = await Promise.all(ids.map(isKept));
    return kept.flatMap((is, index) => is ? [index + 1] : []);
  };
  const count_ = async (kind: string) => (await Array.fromAsync(store.list([TENANT, kind]))).length;
  const check = async () =>
    assert.deepEqual(await countedUsage(store, TENANT), await recountUsage(store, TENANT));
  return { store, tree, add, chain, isKept, keptOf, countOf: count_, check, parts };
}

describe("isSpaced", () => {
  for (const perPower of [1, 2, 3, 7]) {
    it(`wants the latest ${perPower} multiples of each power of two, and what it drops never again`, () => {
      let before = new Set<number>();
      for (let head = 1; head <= 600; head++) {
        const defined = new Set<number>();
        for (let power = 1; power <= head; power *= 2) {
          const latest = head - head % power;
          for (let k = 0; k < perPower; k++) {
            if (latest - k * power > 0) defined.add(latest - k * power);
          }
        }
        const all = Array.from({ length: head }, (_, i) => i + 1);
        const wanted = new Set(all.filter((depth) => isSpaced(depth, head, perPower)));
        assert.deepEqual([...wanted], [...defined].sort((a, b) => a - b));
        const dropped = before.difference(wanted);
        assert.ok(perPower !== 2 || dropped.size <= 1, `${head} drops ${[...dropped]}`);
        assert.deepEqual([...wanted.difference(before)], [head]);
        before = wanted;
      }
    });
  }

  it("wants about log2 of the depth, the one before the last, and all with Infinity", () => {
    for (const head of [2, 3, 10, 200, 1000, 1023, 1024, 100_000]) {
      const all = Array.from({ length: head }, (_, i) => i + 1);
      const wanted = all.filter((depth) => isSpaced(depth, head, 2));
      assert.ok(wanted.length <= Math.log2(head) + 2, `${head}: ${wanted}`);
      assert.ok(isSpaced(head - 1, head, 2));
      assert.ok(all.every((depth) => isSpaced(depth, head, Infinity)));
      // From any other the nearest one before it is at most about as far as it is from the head, or at the beginning.
      for (const depth of all) {
        const nearest = wanted.findLast((at) => at <= depth) ?? 0;
        assert.ok(depth - nearest <= Math.max(1, 2 * (head - depth)), `${depth} of ${head}`);
      }
    }
  });
});

describe("encodeTokens", () => {
  it("gives back any tokens", () => {
    const fuzz = new Fuzz("encodeTokens");
    const tokens = Array.from({ length: 1000 }, () => fuzz.below(2 ** fuzz.below(32)));
    assert.deepEqual(decodeTokens(encodeTokens(tokens)), tokens);
    assert.deepEqual(decodeTokens(encodeTokens([])), []);
    assert.deepEqual(decodeTokens(encodeTokens([0, 127, 128, 2 ** 31])), [0, 127, 128, 2 ** 31]);
  });
});

describe("a chain of responses", () => {
  it("keeps the states that are spaced, and nothing of others", async () => {
    const { chain, keptOf, countOf, check, tree } = treeOf();
    const ids = await chain(150);
    const wanted = ids.keys().map((i) => i + 1).filter((n) => isSpaced(n, 150, 2)).toArray();
    assert.deepEqual(await keptOf(ids), wanted);
    assert.equal(await countOf("manifest"), wanted.length);
    assert.equal(await countOf("prefix"), wanted.length);
    const state = 2 * LAYOUT.length;
    const chunks = Math.ceil(state / (60 * 1024)) * wanted.length;
    assert.equal(await countOf("chunk"), chunks + ids.length);
    await check();
    const path = await tree.pathTo(TENANT, await tree.node(TENANT, ids[126]!));
    assert.equal(path.from?.id, ids[95]);
    assert.deepEqual(
      path.steps.map(({ tokens }) => tokens),
      ids.slice(96, 127).map((_, i) => [97 + i, 60_000]),
    );
    const first = await tree.pathTo(TENANT, await tree.node(TENANT, ids[2]!));
    assert.deepEqual([first.from, first.steps.length], [null, 3]);
    await tree.deleteResponse(TENANT, ids[149]!);
    await check();
  });

  it("keeps every state if that is wanted", async () => {
    const { chain, keptOf } = treeOf(Infinity);
    const ids = await chain(20);
    assert.equal((await keptOf(ids)).length, 20);
  });

  it("thins what was kept before out, a few states with each turn", async () => {
    const { chain, keptOf, check, store } = treeOf(Infinity);
    const before = await chain(60);
    const { chain: continued, isKept } = treeOf(2, store);
    const first = await continued(1, before.at(-1)!);
    assert.ok((await keptOf(before)).length > 50, "one commit does not remove all");
    const rest = await continued(20, first[0]!);
    const all = [...before, ...first, ...rest];
    const wanted = all.keys().map((i) => i + 1).filter((n) => isSpaced(n, 81, 2)).toArray();
    assert.deepEqual(await keptOf(all), wanted);
    assert.ok(await isKept(all[79]!));
    await check();
  });

  it("keeps those that cannot be computed again", async () => {
    const { chain, keptOf } = treeOf();
    const first = await chain(5, null, false);
    const rest = await chain(20, first.at(-1)!);
    assert.equal((await keptOf(first)).length, 5);
    assert.deepEqual(
      await keptOf(rest),
      rest.keys().map((i) => i + 1).filter((n) => isSpaced(n + 5, 25, 2)).toArray(),
    );
  });

  it("keeps one that a conversation names, as long as it does", async () => {
    const { chain, isKept, parts, check, tree } = treeOf();
    const ids = await chain(3);
    const conversations = new Conversations(parts);
    const id = randomId("conv_");
    await conversations.create(TENANT, id, {}, [], ids[2]!);
    const more = await chain(40, ids[2]!);
    assert.ok(await isKept(ids[2]!));
    assert.ok(!await isKept(ids[0]!));
    await conversations.delete(TENANT, id);
    assert.ok((await tree.node(TENANT, ids[2]!)).id, "others continue it");
    await chain(8, more.at(-1)!);
    assert.ok(!await isKept(ids[2]!));
    await check();
  });

  it("counts on from a response whose state was removed", async () => {
    const { chain, keptOf, isKept, check } = treeOf();
    const ids = await chain(33);
    assert.ok(!await isKept(ids[20]!));
    const branch = await chain(20, ids[20]!);
    const way = [...ids.slice(0, 21), ...branch];
    const kept = await keptOf(way);
    assert.ok(kept.every((n) => isSpaced(n, 41, 2) || isSpaced(n, 33, 2)), `${kept}`);
    assert.ok(kept.length <= 10, `${kept}`);
    await check();
  });

  it("loses no turn where two branches remove the same state at once", async () => {
    const { chain, add, check, keptOf } = treeOf();
    const ids = await chain(31);
    // Both are at depth 32, and drop the same state of what they have in common.
    const both = await Promise.all([add(ids[30]!), add(ids[30]!), add(ids[30]!)]);
    assert.equal((await keptOf(both)).length, 3);
    await check();
  });

  it("removes a state that is too large for one commit", async () => {
    const { store, tree, check } = treeOf();
    const large = stateLayout({ version: "7", n_layer: 26, n_embd: 2048, head_size: 128 });
    let parent: string | null = null;
    for (let n = 1; n <= 3; n++) {
      const id = randomId("resp_");
      await tree.commitTurn(TENANT, {
        node: {
          id,
          parent,
          instructions: null,
          messages: [],
          engineFingerprint: "engine",
          seed: n,
          computed: { base: parent, tokens: [n] },
        },
        prefix: id,
        state: randomState(large, n),
        tokens: n,
        modelFingerprint: MODEL,
        precision: "f16",
      });
      parent = id;
    }
    const chunks = await Array.fromAsync(store.list([TENANT, "chunk"]));
    const each = Math.ceil(2 * large.length / (60 * 1024));
    assert.ok(each > 200);
    assert.ok(chunks.length <= 2 * (each + 1) + 3, `${chunks.length} chunks, ${each} each`);
    await check();
  });
});

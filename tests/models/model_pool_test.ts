import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import {
  ModelPool,
  type ModelPoolOptions,
  type PoolMember,
  TooLittleMemoryError,
} from "../../src/models/model_pool.ts";
import { settle } from "../api/harness.ts";

/** A model that counts how often it is loaded and closed. */
class FakeMember implements PoolMember<{ close(): Promise<void> }> {
  loads = 0;
  closes = 0;
  gate: Promise<unknown> = Promise.resolve();
  error: Error | undefined;
  lose: () => void = () => {};

  constructor(readonly name: string, readonly size = 10) {}

  bytes(): Promise<number> {
    return Promise.resolve(this.size);
  }

  async load(onLost: () => void) {
    this.loads++;
    this.lose = onLost;
    await this.gate;
    if (this.error !== undefined) throw this.error;
    return { close: () => Promise.resolve(void this.closes++) };
  }
}

function pool(options: Partial<ModelPoolOptions> = {}) {
  const unloaded: string[] = [];
  const onUnloaded = (name: string, why: string) => unloaded.push(`${name}: ${why}`);
  const own = new ModelPool({
    memory: 25,
    strict: true,
    idleMs: Infinity,
    onUnloaded,
    ...options,
  });
  return { pool: own, unloaded };
}

describe("ModelPool", () => {
  it("loads a model once for all who ask for it at the same time", async () => {
    const { pool: models } = pool();
    const a = new FakeMember("a");
    const gate = Promise.withResolvers<void>();
    a.gate = gate.promise;
    const asked = [models.hold(a), models.hold(a), models.hold(a)];
    await settle();
    assert.equal(models.statusOf(a), "loading");
    gate.resolve();
    const held = await Promise.all(asked);
    assert.equal(a.loads, 1);
    assert.equal(models.statusOf(a), "loaded");
    assert.equal(new Set(held.map(({ value }) => value)).size, 1);
  });

  it("tells all who wait why a model cannot be loaded, and tries again for the next", async () => {
    const { pool: models } = pool();
    const a = new FakeMember("a");
    a.error = new Error("broken");
    const asked = [models.hold(a), models.hold(a)];
    for (const held of asked) await assert.rejects(held, /broken/);
    assert.equal(a.loads, 1);
    assert.equal(models.statusOf(a), "unloaded");
    a.error = undefined;
    await models.hold(a);
    assert.equal(a.loads, 2);
  });

  it("unloads what was not used for longest where another needs the memory", async () => {
    const { pool: models, unloaded } = pool();
    const [a, b, c] = ["a", "b", "c"].map((name) => new FakeMember(name)) as [
      FakeMember,
      FakeMember,
      FakeMember,
    ];
    (await models.hold(a)).release();
    (await models.hold(b)).release();
    (await models.hold(a)).release();
    (await models.hold(c)).release();
    assert.deepEqual(unloaded, ["b: memory"]);
    assert.equal(models.statusOf(a), "loaded");
    assert.equal(a.loads, 1);
  });

  it("never unloads a model that is held, and serves in order", async () => {
    const { pool: models, unloaded } = pool({ memory: 10 });
    const [a, b] = [new FakeMember("a"), new FakeMember("b")];
    const first = await models.hold(a);
    const second = await models.hold(a);
    const events: string[] = [];
    const forB = models.hold(b).then((held) => (events.push("b"), held));
    await settle();
    // Somebody waits for memory: a model that is always in use must not keep them out.
    const late = models.hold(a).then((held) => (events.push("a again"), held));
    first.release();
    first.release();
    await settle();
    assert.deepEqual([events, unloaded, b.loads], [[], [], 0]);
    second.release();
    const held = await forB;
    await settle();
    assert.deepEqual([events, unloaded], [["b"], ["a: memory"]]);
    held.release();
    (await late).release();
    assert.deepEqual(events, ["b", "a again"]);
    assert.equal(a.loads, 2);
  });

  it("forgets who left while they waited", async () => {
    const { pool: models } = pool({ memory: 10 });
    const [a, b] = [new FakeMember("a"), new FakeMember("b")];
    const held = await models.hold(a);
    const leaving = new AbortController();
    const waiting = models.hold(b, leaving.signal);
    await settle();
    leaving.abort(new Error("left"));
    await assert.rejects(waiting, /left/);
    // Nobody waits any more, so that this does not either.
    (await models.hold(a)).release();
    held.release();
    await settle();
    assert.equal(b.loads, 0);
  });

  it("lets go of a model for whoever left while it was loaded", async () => {
    const { pool: models, unloaded } = pool({ memory: 10 });
    const [a, b] = [new FakeMember("a"), new FakeMember("b")];
    const gate = Promise.withResolvers<void>();
    a.gate = gate.promise;
    const leaving = new AbortController();
    const waiting = models.hold(a, leaving.signal);
    await settle();
    leaving.abort(new Error("left"));
    await assert.rejects(waiting, /left/);
    gate.resolve();
    (await models.hold(b)).release();
    assert.deepEqual(unloaded, ["a: memory"]);
  });

  it("unloads what nobody uses for a while", async () => {
    const { pool: models, unloaded } = pool({ idleMs: 1 });
    const a = new FakeMember("a");
    const held = await models.hold(a);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(unloaded, []);
    held.release();
    while (unloaded.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.deepEqual([unloaded, a.closes], [["a: idle"], 1]);
    assert.equal(models.statusOf(a), "unloaded");
  });

  it("loads a model again that died, though somebody still holds it", async () => {
    const { pool: models } = pool();
    const a = new FakeMember("a");
    const held = await models.hold(a);
    a.lose();
    assert.equal(models.statusOf(a), "unloaded");
    const again = await models.hold(a);
    assert.notEqual(again.value, held.value);
    held.release();
    assert.equal(models.statusOf(a), "loaded");
  });

  it("refuses what needs more than there is, or loads it alone if that is only a guess", async () => {
    const [small, large] = [new FakeMember("small"), new FakeMember("large", 26)];
    const strict = pool();
    await strict.pool.hold(small);
    await assert.rejects(strict.pool.hold(large), TooLittleMemoryError);
    const guessed = pool({ strict: false });
    (await guessed.pool.hold(small)).release();
    await guessed.pool.hold(large);
    assert.deepEqual(guessed.unloaded, ["small: memory"]);
  });
});

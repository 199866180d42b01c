import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Piece } from "../../src/engine/generate.ts";
import { nextTask } from "../../src/engine/next_task.ts";
import type { HeldRun } from "../../src/response/held_run.ts";
import { LogWriter } from "../../src/response/log_writer.ts";
import { StoreUnavailableError } from "../../src/store/errors.ts";
import type { Commit, CommitResult, StoreOptions } from "../../src/store/kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import {
  Clock,
  hang,
  instance,
  never,
  newResponse,
  read,
  settle,
  TENANT,
  texts,
} from "./maker_instance.ts";

/** A store whose first commit waits until it is let through, and which knows what was committed. */
class GatedStore extends MemoryStore {
  readonly gate = Promise.withResolvers<void>();
  /** The kinds of record of each commit that was made. */
  readonly made: string[][] = [];
  #first = true;

  override async commit(commit: Commit, options?: StoreOptions): Promise<CommitResult> {
    const isFirst = this.#first;
    this.#first = false;
    if (isFirst) await this.gate.promise;
    const result = await super.commit(commit, options);
    this.made.push(commit.writes.map(({ key }) => key[1]!));
    return result;
  }
}

describe("a response that is being filed", () => {
  for (const mode of ["stream", "whole"] as const) {
    it(`is begun meanwhile, and nobody is told of it before it is filed (${mode})`, async () => {
      const store = new GatedStore();
      const { maker, chat } = instance(store, new Clock(), ["a", "b"]);
      const response = newResponse({ mode });
      let created = false;
      const creating = maker.create(response, never).then(() => created = true);
      await settle();
      assert.equal(chat.pulls, 1, "the first text is made, and no second one");
      assert.equal(created, false);
      assert.equal(store.made.length, 0);
      await assert.rejects(read(maker, response.id), { name: "UnknownResponseError" });

      store.gate.resolve();
      await creating;
      assert.deepEqual(texts(await read(maker, response.id)), ["a", "b"]);
      assert.ok(store.made[0]!.includes("run") && store.made[0]!.includes("lease"));
    });

    it(`may have ended already, with nothing said, and ends when it is filed (${mode})`, async () => {
      const store = new GatedStore();
      const { maker, reports } = instance(store, new Clock(), []);
      const response = newResponse({ mode });
      const creating = maker.create(response, never);
      await settle();
      assert.equal(store.made.length, 0, "its end waits");

      store.gate.resolve();
      await creating;
      const events = await read(maker, response.id);
      assert.deepEqual(events.map(({ type }) => type), ["end"]);
      assert.deepEqual(store.made.map((kinds) => kinds.includes("node")), [false, true]);
      assert.equal((await maker.get(TENANT, response.id)).end?.type, "end");
      assert.deepEqual(reports, []);
    });
  }

  for (const pieces of [["a", "b"], []]) {
    const said = pieces.length === 0 ? "nothing" : "something";
    it(`is not made when it cannot be filed, and had ${said} to say`, async () => {
      const store = new GatedStore();
      const { maker, chat } = instance(store, new Clock(), pieces);
      const response = newResponse();
      const creating = maker.create(response, never);
      await settle();
      store.gate.reject(new StoreUnavailableError(1, { cause: "a test" }));
      await assert.rejects(creating, StoreUnavailableError);
      await maker.settled();
      assert.equal(chat.request.signal.aborted, true);
      assert.ok(chat.pulls <= 1);
      assert.equal(store.made.length, 0);
      await assert.rejects(read(maker, response.id), { name: "UnknownResponseError" });
    });
  }

  it("fails when its turn failed meanwhile", async () => {
    const store = new GatedStore();
    const { maker, chat, reports } = instance(store, new Clock(), []);
    chat.script = { pieces: [], streamError: new Error("a test") };
    const response = newResponse();
    const creating = maker.create(response, never);
    await settle();
    store.gate.resolve();
    await creating;
    assert.deepEqual((await read(maker, response.id)).map(({ type }) => type), ["failed"]);
    assert.equal(reports.length, 1);
  });

  it("is given up when its client leaves", async () => {
    const store = new GatedStore();
    const { maker, chat } = instance(store, new Clock(), [hang()]);
    const left = new AbortController();
    const creating = maker.create(newResponse(), left.signal);
    await settle();
    left.abort(new Error("gone"));
    store.gate.reject(left.signal.reason);
    await assert.rejects(creating, { message: "gone" });
    assert.equal(chat.request.signal.aborted, true);
    await maker.settled();
  });
});

describe("LogWriter", () => {
  it("writes together what comes together, and after that what came meanwhile", async () => {
    const groups: string[] = [];
    const run = {
      run: { leaving: "pause" },
      async append(pieces: readonly Piece[]) {
        groups.push(pieces.map(({ text }) => text).join(""));
        await nextTask();
        await nextTask();
      },
    } as unknown as HeldRun;
    let durable = "";
    const log = new LogWriter(run, (pieces) => {
      durable += pieces.map(({ text }) => text).join("");
    });
    for (const text of "abc") {
      await log.add([{ type: "text", text, tokens: [1] }]);
      assert.equal(durable, "");
    }
    while (groups.length === 0) await nextTask();
    for (const text of "de") await log.add([{ type: "text", text, tokens: [1] }]);
    while (durable !== "abcde") await nextTask();
    assert.deepEqual(groups, ["abc", "de"]);
  });

  it("writes an answer that nobody sees before its end in few groups", async () => {
    const groups: number[] = [];
    const run = {
      run: { leaving: "drop" },
      append: (pieces: readonly Piece[]) => Promise.resolve(void groups.push(pieces.length)),
    } as unknown as HeldRun;
    const log = new LogWriter(run, () => {});
    for (let n = 0; n < 200; n++) {
      await log.add([{ type: "text", text: "a", tokens: [n] }]);
      await nextTask();
    }
    const rest = await log.rest();
    assert.deepEqual([groups, rest.length], [[128], 72]);
  });

  it("gathers for as long as the store wants, but not once the response ends", async () => {
    const groups: string[] = [];
    const run = {
      run: { leaving: "pause" },
      append(pieces: readonly Piece[]) {
        groups.push(pieces.map(({ text }) => text).join(""));
        return Promise.resolve();
      },
    } as unknown as HeldRun;
    const FOREVER = 2 ** 30;
    const log = new LogWriter(run, () => {}, FOREVER);
    const piece = (text: string) => ({ type: "text", text, tokens: [1] }) as const;
    await log.add([piece("a")]);
    // The first group does not wait.
    while (groups.length === 0) await nextTask();
    for (const text of "bcd") {
      await log.add([piece(text)]);
      await nextTask();
    }
    assert.deepEqual(groups, ["a"]);
    assert.deepEqual((await log.rest()).map(({ text }) => text), ["b", "c", "d"]);
  });

  it("does not let more than a few hundred pieces gather", async () => {
    let written = 0;
    const run = {
      run: { leaving: "pause" },
      append(pieces: readonly Piece[]) {
        written += pieces.length;
        return Promise.resolve();
      },
    } as unknown as HeldRun;
    const log = new LogWriter(run, () => {}, 2 ** 30);
    for (let i = 0; i < 1000; i++) await log.add([{ type: "text", text: "a", tokens: [1] }]);
    assert(written >= 600, `${written}`);
    await log.rest();
  });

  it("leaves what it has not begun to write to who ends the response", async () => {
    const run = {
      run: { leaving: "pause" },
      append: () => Promise.reject(new Error("written")),
    } as unknown as HeldRun;
    const log = new LogWriter(run, () => {});
    await log.add([{ type: "text", text: "a", tokens: [1] }]);
    assert.deepEqual(await log.rest(), [{ type: "text", text: "a", tokens: [1] }]);
  });
});

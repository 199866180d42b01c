import assert from "node:assert/strict";
import { it } from "@std/testing/bdd";
import type { ConversationPage, ListPosition } from "../../src/conversation/conversation_list.ts";
import { Conversations } from "../../src/conversation/conversations.ts";
import { ConversationBusyError, UnknownConversationError } from "../../src/records/errors.ts";
import { expire } from "../../src/cleanup/expire.ts";
import { conversationTimes, headKey, listedKey } from "../../src/records/keys.ts";
import { UNLIMITED } from "../../src/limits/quota.ts";
import type { Item } from "../../src/tree/transcript.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { Fuzz } from "../fuzz.ts";
import { onEachDenoStore } from "../store/each_deno_store.ts";

const TENANT = "tenant";
const idOf = (n: number): string => `conv_${String(n).padStart(48, "0")}`;
const said = (text: string): Item => ({ id: `msg_${text}`, message: { role: "user", text } });
const ids = ({ found }: Pick<ConversationPage, "found">): string[] => found.map(({ id }) => id);

onEachDenoStore((store) => `the list of conversations, in ${store}`, (open) => {
  async function world(
    body: (parts: {
      store: KvStore;
      clock: { time: number };
      conversations: Conversations;
      make(n: number): Promise<void>;
    }) => Promise<void>,
  ): Promise<void> {
    const clock = { time: 1_800_000_000_000 };
    const store = await open(() => clock.time);
    const conversations = new Conversations({ store, now: () => clock.time });
    try {
      await body({
        store,
        clock,
        conversations,
        async make(n) {
          clock.time += 1_000;
          await conversations.create(TENANT, idOf(n), { metadata: { n: `${n}` } }, []);
        },
      });
    } finally {
      await store.close();
    }
  }

  /** All of it, page by page. */
  async function walk(
    conversations: Conversations,
    limit: number,
    order: "asc" | "desc" = "desc",
  ): Promise<string[]> {
    const all: string[] = [];
    let after: ListPosition | undefined;
    do {
      const page = await conversations.list(TENANT, { order, limit, after });
      all.push(...ids(page));
      after = page.next;
    } while (after !== undefined);
    return all;
  }

  it("has the one first in which something was said last, in pages of any length", () =>
    world(async ({ conversations, clock, make }) => {
      for (let n = 1; n <= 7; n++) await make(n);
      clock.time += 1_000;
      await conversations.add(TENANT, idOf(3), [said("Hi")]);
      const expected = [3, 7, 6, 5, 4, 2, 1].map(idOf);
      for (const limit of [1, 2, 7, 100]) {
        assert.deepEqual(await walk(conversations, limit), expected);
        assert.deepEqual(await walk(conversations, limit, "asc"), expected.toReversed());
      }
      const page = await conversations.list(TENANT, { order: "desc", limit: 2, after: idOf(6) });
      assert.deepEqual(ids(page), [5, 4].map(idOf));
      // To be called otherwise is not to be changed.
      await conversations.update(TENANT, idOf(1), { title: "Old" });
      assert.deepEqual(await walk(conversations, 3), expected);
      assert.deepEqual(ids(await conversations.list("other", { order: "desc", limit: 9 })), []);
    }));

  it("goes on where it was, whatever moves to the front or goes", () =>
    world(async ({ conversations, clock, make }) => {
      for (let n = 1; n <= 6; n++) await make(n);
      const { found, next } = await conversations.list(TENANT, { order: "desc", limit: 3 });
      assert.deepEqual(ids({ found }), [6, 5, 4].map(idOf));
      clock.time += 1_000;
      await conversations.add(TENANT, idOf(4), [said("Hi")]);
      await conversations.delete(TENANT, idOf(5));
      await conversations.delete(TENANT, idOf(2));
      const rest = await conversations.list(TENANT, { order: "desc", limit: 3, after: next });
      assert.deepEqual(ids(rest), [3, 1].map(idOf));
      assert.equal(rest.next, undefined);
      await assert.rejects(
        conversations.list(TENANT, { order: "desc", limit: 3, after: idOf(5) }),
        UnknownConversationError,
      );
    }));

  it("finds what is in titles and metadata", () =>
    world(async ({ conversations, clock, make }) => {
      for (let n = 1; n <= 3; n++) await make(n);
      await conversations.update(TENANT, idOf(1), { title: "About SWIFTS" });
      await conversations.add(TENANT, idOf(2), [said("What does a swift eat?\nAnd when?")]);
      await conversations.update(TENANT, idOf(3), { metadata: { topic: "swift", title: "Birds" } });
      const find = async (text: string) =>
        ids(await conversations.list(TENANT, { order: "desc", limit: 9, text })).toSorted();
      assert.deepEqual(await find("swift"), [1, 2, 3].map(idOf));
      assert.deepEqual(await find("eat? and"), [idOf(2)]);
      assert.deepEqual(await find("BIRDS"), [idOf(3)]);
      assert.deepEqual(await find("penguin"), []);
      // It is called by how it begins, whatever is said later.
      clock.time += 1_000;
      await conversations.add(TENANT, idOf(2), [said("Something else")]);
      assert.equal(
        (await conversations.show(TENANT, idOf(2))).title,
        "What does a swift eat? And when?",
      );
    }));

  it("looks at so many at the most, and says where to go on", () =>
    world(async ({ conversations, make }) => {
      const count = 2_100;
      for (let n = 1; n <= count; n++) await make(n);
      await conversations.update(TENANT, idOf(1), { title: "Needle" });
      const first = await conversations.list(TENANT, { order: "desc", limit: 5, text: "needle" });
      assert.deepEqual(ids(first), []);
      assert.notEqual(first.next, undefined);
      const { next: after } = first;
      const second = await conversations.list(TENANT, {
        order: "desc",
        limit: 5,
        text: "needle",
        after,
      });
      assert.deepEqual(ids(second), [idOf(1)]);
      assert.equal(second.next, undefined);
    }));

  it("has those that were stored before there was a list", () =>
    world(async ({ store, conversations, clock, make }) => {
      for (let n = 1; n <= 70; n++) await make(n);
      for (const order of ["asc", "desc"] as const) {
        for await (const { key } of store.list(conversationTimes(TENANT, order))) {
          await store.commit({ writes: [{ key, delete: true }] });
        }
      }
      // One of them was changed since by a server that keeps the list.
      clock.time += 1_000;
      await conversations.add(TENANT, idOf(5), [said("Hi")]);
      const expected = Array.from({ length: 70 }, (_, i) => 70 - i).filter((n) => n !== 5);
      assert.deepEqual(await walk(conversations, 20), [5, ...expected].map(idOf));
      assert.notEqual(await store.get(listedKey(TENANT)), undefined);
    }));

  it("mends what a server left behind that does not keep it", () =>
    world(async ({ store, conversations, clock, make }) => {
      for (let n = 1; n <= 3; n++) await make(n);
      assert.equal((await walk(conversations, 9)).length, 3);
      const before = (await store.get(headKey(TENANT, idOf(1))))!;
      const times = async (): Promise<number> =>
        (await Array.fromAsync(store.list([TENANT, "conversations"]))).length;
      const listed = await Array.fromAsync(store.list([TENANT, "conversations"]));
      clock.time += 1_000;
      await conversations.add(TENANT, idOf(1), [said("Hi")]);
      await conversations.delete(TENANT, idOf(2));
      // As if that had been done without the list.
      for await (const { key } of store.list([TENANT, "conversations"])) {
        await store.commit({ writes: [{ key, delete: true }] });
      }
      await store.commit({ writes: listed.map(({ key, value }) => ({ key, value })) });
      assert.notEqual((await store.get(headKey(TENANT, idOf(1))))!.version, before.version);
      assert.deepEqual((await walk(conversations, 9)).toSorted(), [1, 3].map(idOf));
      await walk(conversations, 9, "asc");
      assert.deepEqual(await walk(conversations, 9), [1, 3].map(idOf));
      assert.equal(await times(), 4);
    }));

  it("loses what expires", () =>
    world(async ({ store, conversations, clock, make }) => {
      for (let n = 1; n <= 3; n++) await make(n);
      clock.time += 10_000;
      await conversations.add(TENANT, idOf(2), [said("Hi")]);
      clock.time += 5_000;
      const quotas = () => ({ ...UNLIMITED, ageMs: 10_000 });
      await expire({ store, now: () => clock.time, quotas }, (error) => assert.fail(`${error}`));
      assert.deepEqual(await walk(conversations, 9), [idOf(2)]);
      assert.equal((await Array.fromAsync(store.list([TENANT, "conversations"]))).length, 2);
    }));

  it("is right after whatever several do at once", () =>
    world(async ({ store, conversations, clock, make }) => {
      const fuzz = new Fuzz("the list of conversations");
      for (let n = 1; n <= 5; n++) await make(n);
      const others = [1, 2, 3].map(() => new Conversations({ store, now: () => clock.time }));
      const attempt = async (by: Conversations): Promise<void> => {
        const id = idOf(1 + fuzz.below(8));
        clock.time += fuzz.below(3);
        try {
          const what = fuzz.below(4);
          if (what === 0) await by.delete(TENANT, id);
          else if (what === 1) await by.create(TENANT, id, {}, []);
          else await by.add(TENANT, id, [said("Hi")]);
        } catch (error) {
          const expected = [ConversationBusyError, UnknownConversationError];
          if (!expected.some((type) => error instanceof type)) throw error;
        }
      };
      for (let round = 0; round < 40; round++) {
        await Promise.all(others.map(attempt));
        if (round % 10 === 0) await walk(conversations, 2);
      }
      const there: { id: string; changedAt: number }[] = [];
      for (let n = 1; n <= 8; n++) {
        await conversations.show(TENANT, idOf(n)).then((one) => there.push(one), () => {});
      }
      const listed = await conversations.list(TENANT, { order: "desc", limit: 100 });
      const sorted = there.toSorted((a, b) => b.changedAt - a.changedAt);
      assert.deepEqual(
        listed.found.map(({ changedAt }) => changedAt),
        sorted.map((one) => one.changedAt),
      );
      assert.deepEqual(ids(listed).toSorted(), there.map(({ id }) => id).toSorted());
      const keys = await Array.fromAsync(store.list([TENANT, "conversations"]));
      assert.equal(keys.length, 2 * there.length);
    }));
});

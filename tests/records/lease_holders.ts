import assert from "node:assert/strict";
import { randomId } from "../../src/api/http/ids.ts";
import { Conversations } from "../../src/conversation/conversations.ts";
import { IngestStore } from "../../src/ingest/ingest_store.ts";
import {
  ImportNote,
  pendingName,
  sweepImports,
  writeChunks,
} from "../../src/portable/import_note.ts";
import { STAGING_MS } from "../../src/records/blob.ts";
import { newBlobId } from "../../src/records/ids.ts";
import { chunkKey, importKey, leaseKey } from "../../src/records/keys.ts";
import { IdempotencyStore } from "../../src/response/idempotency_store.ts";
import { RunStore } from "../../src/response/run_store.ts";
import type { Key, KvStore } from "../../src/store/kv_store.ts";

export const TENANT = "public";
const LEASE_MS = 60_000;

/** A clock that goes when it is told to. */
export interface TestClock {
  time: number;
}

/** Something that is held by a lease. */
export interface Held {
  renew(): Promise<unknown>;
  /** Makes something durable that only the holder may. */
  write(): Promise<unknown>;
  /** Lets another instance, with a store of its own, take it once it is free. */
  take(store: KvStore): Promise<unknown>;
  /** Takes the record away, and lets the same instance hold the same from its beginning. */
  lose(store: KvStore): Promise<unknown>;
}

async function remove(store: KvStore, key: Key): Promise<void> {
  await store.commit({ writes: [{ key, delete: true }] });
}

/** Makes something of each kind that is held by a lease, and holds it. */
export const HOLDERS: Readonly<Record<string, (s: KvStore, c: TestClock) => Promise<Held>>> = {
  async run(store, clock) {
    const over = (store: KvStore, owner: string) =>
      new RunStore({ store, now: () => clock.time, owner, leaseMs: LEASE_MS });
    const id = randomId("resp_");
    const held = await over(store, "a").create(TENANT, {
      id,
      parent: null,
      request: {},
      leaving: "continue",
    });
    return {
      renew: () => held.renew(),
      write: () => held.append([{ type: "text", text: "a", tokens: [1] }]),
      async take(other) {
        clock.time += LEASE_MS;
        assert(await over(other, "b").take(TENANT, id, true));
      },
      async lose(other) {
        await remove(other, leaseKey(TENANT, id));
        assert(await over(other, "a").take(TENANT, id, true));
      },
    };
  },

  async ingest(store, clock) {
    const now = () => clock.time;
    const over = (store: KvStore, owner: string) =>
      new IngestStore({ store, now, owner, leaseMs: LEASE_MS });
    const conversation = randomId("conv_");
    await new Conversations({ store, now }).create(TENANT, conversation, {}, []);
    const fresh = () => ({
      id: randomId("resp_"),
      item: randomId("msg_"),
      role: "user" as const,
      stateBytes: 16,
    });
    const open = (store: KvStore, owner: string) =>
      over(store, owner).open(TENANT, conversation, 0, fresh());
    const held = await open(store, "a");
    return {
      renew: () => held.renew(),
      write: () => held.renew(),
      async take(other) {
        clock.time += LEASE_MS;
        await open(other, "b");
      },
      async lose(other) {
        await over(other, "b").cancel(TENANT, conversation);
        await open(other, "a");
      },
    };
  },

  async import(store, clock) {
    const now = () => clock.time;
    const secret = newBlobId();
    const note = new ImportNote(store, now, TENANT, secret, 0);
    const chunk = { key: chunkKey(TENANT, pendingName(secret), 0), value: new Uint8Array([1]) };
    const write = () => writeChunks(store, [chunk], [], note, undefined);
    await write();
    return {
      async renew() {
        clock.time += STAGING_MS / 2 + 1;
        await note.check();
      },
      write,
      async take(other) {
        clock.time += STAGING_MS + 1;
        await sweepImports(other, now(), (error) => assert.fail(`${error}`));
      },
      lose: (other) => remove(other, importKey(TENANT, secret)),
    };
  },

  async claim(store, clock) {
    const now = () => clock.time;
    const over = (store: KvStore, owner: string) =>
      new IdempotencyStore({ store, now, owner, leaseMs: LEASE_MS });
    const asked = { request: "r", body: null, id: "0".repeat(48) };
    const claim = (await over(store, "a").claim(TENANT, "k", asked, undefined))!;
    return {
      renew: () => claim.renew(),
      write: () => claim.renew(),
      async take(other) {
        clock.time += LEASE_MS;
        const found = await over(other, "b").find(TENANT, "k");
        assert(await over(other, "b").claim(TENANT, "k", asked, found));
      },
      async lose(other) {
        for await (const { key } of other.list([TENANT, "idempotency"])) await remove(other, key);
        assert(await over(other, "a").claim(TENANT, "k", asked, undefined));
      },
    };
  },
};

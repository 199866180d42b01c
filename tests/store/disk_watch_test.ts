import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ResponseTree } from "../../src/tree/response_tree.ts";
import { Conversations } from "../../src/conversation/conversations.ts";
import { UNLIMITED } from "../../src/limits/quota.ts";
import { DiskWatch } from "../../src/store/disk_watch.ts";
import { StoreRefusedError } from "../../src/store/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";

/** A watch over a disk that has as much room as one says. */
function watch(reserve: number) {
  const disk = { bytes: 10, free: Infinity };
  const said: string[] = [];
  const watched = new DiskWatch({
    database: "conversations.db",
    look: () => Promise.resolve({ ...disk }),
    reserve,
    warn: (message) => said.push(message),
  });
  const look = async (free: number) => {
    disk.free = free;
    await watched.look();
  };
  return { watched, said, look };
}

describe("DiskWatch", () => {
  it("says once that the disk is nearly full, once that it is full, and again after there was room", async () => {
    const { said, look } = watch(100);
    for (const free of [1000, 399, 350, 99, 50, 200, 400, 300]) await look(free);
    assert.deepEqual(said, [
      "the disk is nearly full",
      "the disk is too full: nothing new is stored",
      "the disk is nearly full",
    ]);
  });

  it("refuses what is new while there is less room than has to stay free", async () => {
    const { watched, look } = watch(100);
    await look(100);
    watched.requireSpace();
    await look(99);
    assert.throws(() => watched.requireSpace(), (error) => {
      assert.ok(error instanceof StoreRefusedError);
      assert.equal(error.refusal, "full");
      assert.match(error.message, /conversations\.db/);
      return true;
    });
    await look(101);
    watched.requireSpace();
  });

  it("lets any disk be filled with a reserve of 0", async () => {
    const { watched, said, look } = watch(0);
    await look(0);
    watched.requireSpace();
    assert.deepEqual(said, []);
  });

  it("lets nothing be made, and all be deleted, on a disk that is too full", async () => {
    const { watched, look } = watch(100);
    const store = new MemoryStore();
    const quotas = () => ({ ...UNLIMITED, requireSpace: () => watched.requireSpace() });
    const now = () => 0;
    const conversations = new Conversations({ store, now, quotas });
    const id = `conv_${"a".repeat(48)}`;
    await conversations.create("t", id, {}, []);
    await look(0);
    await assert.rejects(
      conversations.create("t", `conv_${"b".repeat(48)}`, {}, []),
      StoreRefusedError,
    );
    await conversations.delete("t", id);
    await new ResponseTree({ store, now, quotas }).sweep((error) => {
      throw error;
    });
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { WorkThread, WorkThreadError } from "../../src/thread/work_thread.ts";

const MODULE = new URL("./doubling_main.ts", import.meta.url);

describe("WorkThread", () => {
  it("gives each job its own result, in whichever order they were asked for", async () => {
    const thread = new WorkThread<number, number>(MODULE);
    const results = await Promise.all([3, 1, 2].map((task) => thread.run(task)));
    thread.close();
    assert.deepEqual(results, [6, 2, 4]);
  });

  it("fails the job that went wrong, and no other", async () => {
    const thread = new WorkThread<number, number>(MODULE);
    const [bad, good] = await Promise.allSettled([thread.run(-1), thread.run(4)]);
    thread.close();
    assert(bad.status === "rejected" && bad.reason instanceof WorkThreadError);
    assert.match(bad.reason.message, /no negative numbers/);
    assert.deepEqual(good, { status: "fulfilled", value: 8 });
  });

  it("ends when it is idle, and starts again with the next job", async () => {
    const thread = new WorkThread<number, number>(MODULE, { idleMs: 1 });
    assert.equal(await thread.run(1), 2);
    while (thread.running) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(await thread.run(2), 4);
    thread.close();
  });

  it("fails all jobs when it dies, and does the next", async () => {
    const thread = new WorkThread<number, number>(MODULE);
    await assert.rejects(thread.run(666), WorkThreadError);
    assert.equal(await thread.run(5), 10);
    const closed = thread.run(7);
    thread.close();
    await assert.rejects(closed, /closed/);
  });
});

import assert from "node:assert/strict";
import { TextLineStream } from "@std/streams";
import { describe, it } from "@std/testing/bdd";
import { openPersistent, type PersistentStore } from "./open_persistent.ts";

function script(name: string, ...args: string[]): Deno.Command {
  const path = new URL(name, import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-kv", path, ...args],
    stdout: "piped",
    stderr: "inherit",
  });
}

const WRITE = { key: ["a"], value: Uint8Array.of(1) };

/**
 * What a store outside of the process has to do when it is opened again, shared with other processes, or its user killed.
 *
 * @param withPlace runs a test with an empty place, a path or a URL
 */
export function testSharedStore(
  name: PersistentStore,
  withPlace: (test: (place: string) => Promise<void>) => Promise<void>,
): void {
  describe(`${name}: shared`, () => {
    it("keeps its values", () =>
      withPlace(async (place) => {
        const first = await openPersistent(name, place);
        await first.commit({ writes: [WRITE] });
        await first.close();
        const second = await openPersistent(name, place);
        assert.deepEqual((await second.get(["a"]))?.value, WRITE.value);
        await second.close();
      }));

    it("loses no increment of two processes that hammer one counter", () =>
      withPlace(async (place) => {
        const TIMES = 100;
        const processes = [1, 2].map(() =>
          script("counter_process.ts", name, place, String(TIMES)).output()
        );
        for (const { code } of await Promise.all(processes)) assert.equal(code, 0);
        const store = await openPersistent(name, place);
        const entry = await store.get(["counter"]);
        assert.equal(new TextDecoder().decode(entry?.value), String(2 * TIMES));
        await store.close();
      }));

    it("keeps every commit that a killed writer was told of, and no part of another", () =>
      withPlace(async (place) => {
        const writer = script("writer_process.ts", name, place).spawn();
        const lines = writer.stdout
          .pipeThrough(new TextDecoderStream())
          .pipeThrough(new TextLineStream());
        let last = -1;
        for await (const line of lines) {
          last = Number(line);
          if (last === 20) writer.kill("SIGKILL");
        }
        await writer.status;
        assert.ok(last >= 20);
        const store = await openPersistent(name, place);
        const parts = new Map<string, number>();
        for await (const { key, value } of store.list(["w"])) {
          const commit = key[1]!;
          parts.set(commit, (parts.get(commit) ?? 0) + 1);
          assert.equal(value.length, 60 * 1024);
          assert.ok(value.every((byte) => byte === Number(commit) % 256));
        }
        for (let commit = 0; commit <= last; commit++) assert.equal(parts.get(String(commit)), 3);
        for (const [commit, count] of parts) assert.equal(count, 3, commit);
        await store.close();
      }));
  });
}

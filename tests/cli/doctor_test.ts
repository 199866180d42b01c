import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { hasRedisServer, startRedis } from "../../scripts/redis_server.ts";
import type { Check } from "../../src/cli/doctor/check.ts";
import { randomId } from "../../src/api/http/ids.ts";
import { Conversations } from "../../src/conversation/conversations.ts";
import { SqliteStore } from "../../src/store/sqlite_store.ts";
import { judgeEviction, judgePersistence } from "../../src/store/redis_settings.ts";
import { diagnose } from "../../src/cli/doctor/diagnose.ts";
import { runTern } from "./run_tern.ts";

/** The status and the detail of one check. */
function of(checks: readonly Check[], name: string): string {
  const found = checks.filter((check) => check.name === name);
  return found.map(({ status, detail }) => `${status} ${detail}`).join("\n");
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

describe("tern doctor", () => {
  it("finds nothing wrong here, and ends with 0", () =>
    withFolder(async (folder) => {
      const env = { TERN_DATA: folder, PORT: "0", TERN_STORE: "sqlite" };
      const { code, stdout } = await runTern(["doctor"], { env });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^ok +simd +WebAssembly SIMD$/m);
      assert.match(stdout, /^ok +store +sqlite: written and read$/m);
      assert.match(
        stdout,
        /^ok +stored +0 conversations and 0 responses of 0 keys, 0 B, .* free$/m,
      );
      assert.match(stdout, /^ok +model +tern-7m, RWKV-7/m);
    }));

  it("ends with 1 if the server would not start, and says why as JSON", () =>
    withFolder(async (folder) => {
      using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const env = {
        TERN_DATA: folder,
        PORT: `${taken.addr.port}`,
        TERN_MODEL: "./nothing.pth",
        TERN_THREAD: "2",
      };
      const { code, stdout } = await runTern(["doctor", "--json"], { env });
      assert.equal(code, 1);
      const checks: Check[] = JSON.parse(stdout);
      assert.match(of(checks, "port"), /^fail .* is in use/);
      assert.match(of(checks, "model"), /^fail .*no such file/);
      assert.match(of(checks, "settings"), /^warn TERN_THREAD .*Did you mean TERN_THREADS\?$/);
    }));

  it("says what is stored, and warns of a disk that is nearly full", () =>
    withFolder(async (folder) => {
      const env = { PORT: "0", TERN_DATA: folder, TERN_STORE: "sqlite" };
      const store = await SqliteStore.open(`${folder}/conversations.db`);
      const conversations = new Conversations({ store, now: Date.now });
      for (const key of ["a", "b", "b"]) await conversations.create(key, randomId("conv_"), {}, []);
      await store.close();
      const few =
        /^ok 3 conversations and 0 responses of 2 keys, .*conversations\.db takes .* free$/;
      assert.match(of(await diagnose(env), "stored"), few);
      const full = await diagnose({ ...env, TERN_MIN_FREE_BYTES: `${2 ** 40}` });
      assert.match(
        of(full, "stored"),
        /^warn .*the disk is (too full: nothing new is stored|nearly full)$/,
      );
    }));

  it("fails for settings that cannot be used or promise protection in vain", async () => {
    const checks = await diagnose({ PORT: "x", TERN_API_KEY: "secret" });
    assert.match(of(checks, "settings"), /fail TERN_API_KEY is not a setting/);
    assert.match(of(checks, "settings"), /fail PORT is "x"/);
    assert.doesNotMatch(of(checks, "settings"), /secret/);
  });

  it("fails for a folder that cannot be written, and a store that does not answer", () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/file`, "");
      const checks = await diagnose({
        PORT: "0",
        TERN_DATA: `${folder}/file`,
        TERN_STORE: "redis://:password@127.0.0.1:1",
      });
      assert.match(of(checks, "data"), /^fail /);
      assert.match(of(checks, "store"), /^fail redis at 127\.0\.0\.1:1: /);
      assert.doesNotMatch(JSON.stringify(checks), /password/);
    }));

  it("judges how Redis evicts and persists", () => {
    const eviction = (policy: string, maxmemory: string) =>
      judgeEviction({ "maxmemory-policy": policy, maxmemory }).status;
    assert.equal(eviction("noeviction", "100"), "ok");
    assert.equal(eviction("allkeys-lru", "100"), "fail");
    assert.equal(eviction("allkeys-lru", "0"), "warn");
    const persistence = (appendonly: string, appendfsync: string, save: string) =>
      judgePersistence({ appendonly, appendfsync, save }).status;
    assert.equal(persistence("yes", "always", ""), "ok");
    assert.equal(persistence("yes", "everysec", ""), "warn");
    assert.equal(persistence("no", "always", "3600 1"), "warn");
    assert.equal(persistence("no", "always", ""), "fail");
  });
});

const hasRedis = await hasRedisServer();

describe("tern doctor with Redis", { ignore: !hasRedis }, () => {
  it("reads the settings of the server", () =>
    withFolder(async (folder) => {
      await using redis = await startRedis({
        "maxmemory": "100mb",
        "maxmemory-policy": "allkeys-lru",
      });
      const checks = await diagnose({ PORT: "0", TERN_DATA: folder, TERN_STORE: redis.url });
      assert.match(of(checks, "store"), /^ok redis at /);
      assert.match(of(checks, "redis eviction"), /^fail .*allkeys-lru/);
      assert.match(of(checks, "redis persistence"), /^ok /);
    }));
});

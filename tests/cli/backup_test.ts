import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ServerProcess } from "../e2e/server_process.ts";
import { ApiClient, textOf } from "../http_suite/client.ts";
import { runTern } from "./run_tern.ts";

/** The file of each store in the data folder. */
const FILES = { "sqlite": "conversations.db", "deno-kv": "conversations.sqlite3" };

describe("tern backup", () => {
  for (const [store, file] of Object.entries(FILES)) {
    it(`copies the database of a server that is writing to ${store}, and another goes on from it`, async () => {
      const folder = await Deno.makeTempDir();
      const env = { TERN_STORE: store, TERN_DATA: `${folder}/data` };
      const ask = { model: "tern-7m", temperature: 0, max_output_tokens: 24 };
      const server = await ServerProcess.start(env);
      const client = new ApiClient(server.url);
      const first = await client.respond({ ...ask, input: "My name is Sarah." });
      const running = client.respond({ ...ask, input: "Tell me a long story." });
      const copy = `${folder}/copy.db`;
      const { code, stdout, stderr } = await runTern(["backup", copy], { env });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /copy\.db: /);
      await running;
      const next = { ...ask, input: "What is my name?", previous_response_id: first.id };
      const answer = textOf(await client.respond(next));
      await server.stop();

      await Deno.mkdir(`${folder}/restored`);
      await Deno.rename(copy, `${folder}/restored/${file}`);
      const restored = await ServerProcess.start({ ...env, TERN_DATA: `${folder}/restored` });
      const again = new ApiClient(restored.url);
      assert.equal(textOf(await again.respond(next)), answer);
      await restored.stop();
      await Deno.remove(folder, { recursive: true });
    });
  }

  it("overwrites nothing, and says where there is no file to copy", async () => {
    const folder = await Deno.makeTempDir();
    const env = { TERN_STORE: "sqlite", TERN_DATA: folder };
    const absent = await runTern(["backup", `${folder}/copy`], { env });
    assert.equal(absent.code, 2);
    assert.match(absent.stderr, /there is no database at/);
    await Deno.writeTextFile(`${folder}/conversations.db`, "");
    await Deno.writeTextFile(`${folder}/copy`, "mine");
    assert.match((await runTern(["backup", `${folder}/copy`], { env })).stderr, /exists already/);
    assert.equal(await Deno.readTextFile(`${folder}/copy`), "mine");
    // A file that is not a database: nothing is left of the attempt, nor of an interrupted one.
    await Deno.writeTextFile(
      `${folder}/conversations.db`,
      "not a database, but as long as one's header".repeat(9),
    );
    await Deno.writeTextFile(`${folder}/new.part`, "interrupted");
    const damaged = await runTern(["backup", `${folder}/new`], { env });
    assert.equal(damaged.code, 1);
    assert.match(damaged.stderr, /not a database/);
    const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    assert.ok(!names.some((name) => name.startsWith("new")), `${names}`);
    const redis = await runTern(["backup", `${folder}/other`], {
      env: { TERN_STORE: "redis://user:secret@127.0.0.1" },
    });
    assert.equal(redis.code, 2);
    assert.match(redis.stderr, /redis at 127\.0\.0\.1, not a file/);
    assert.doesNotMatch(redis.stderr, /secret/);
    await Deno.remove(folder, { recursive: true });
  });
});

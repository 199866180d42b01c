/**
 * Records a data folder of each store that is a file, with what the build that is run answers from it. Such a folder is
 * written once and never again: what later builds are tested against is what this one wrote.
 *
 *     deno run -A tests/upgrade/record.ts
 */
import { DatabaseSync } from "node:sqlite";
import { ServerProcess } from "../e2e/server_process.ts";
import { writeAsciiModel } from "./ascii_model.ts";
import {
  type Continuation,
  ENV,
  goOn,
  importBirds,
  keysOf,
  type Look,
  RECORDED,
  type Recording,
  RecordingClient,
} from "./recorded.ts";
import {
  begin,
  continuations,
  type Left,
  paths,
  SENT,
  TEXT,
  withKeys,
  withoutKeys,
} from "./scenario.ts";

/** Runs a server over a data folder. */
async function withServer<T>(
  env: Record<string, string>,
  use: (client: RecordingClient, server: ServerProcess) => Promise<T>,
): Promise<T> {
  const server = await ServerProcess.start({ ...ENV, ...env });
  try {
    return await use(new RecordingClient(server.url), server);
  } finally {
    await server.stop().catch(() => {});
  }
}

/** Puts what is in the log of the database into the database, and takes its empty pages away. */
function compact(path: string): void {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.exec("VACUUM");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

async function record(store: "sqlite" | "deno-kv"): Promise<void> {
  const folder = `${RECORDED}${store}`;
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  const env = { TERN_STORE: store, TERN_DATA: folder };
  let left: Left = await withServer(env, withoutKeys);
  await withServer({ ...env, ...keysOf("alpha") }, async (client, server) => {
    left = { ...left, ...await withKeys(client) };
    if (store === "sqlite") {
      const file = await client.send("alpha", "GET", `/v1/conversations/${left["birds"]}/export`);
      await Deno.writeFile(`${RECORDED}birds.tern`, file.body!);
    }
    left = { ...left, ...await begin(client) };
    await server.kill();
  });
  for await (const { name } of Deno.readDir(folder)) {
    if (/\.(db|sqlite3)$/.test(name)) compact(`${folder}/${name}`);
  }
  for await (const { name } of Deno.readDir(folder)) {
    if (/-(wal|shm)$/.test(name)) await Deno.remove(`${folder}/${name}`);
  }

  // What this build makes of it, on a copy.
  const copy = await Deno.makeTempDir();
  for await (const { name } of Deno.readDir(folder)) {
    await Deno.copyFile(`${folder}/${name}`, `${copy}/${name}`);
  }
  const looks: Look[] = [];
  const went: Continuation[] = [];
  let ingest: Recording["ingest"] | undefined;
  let imported: Recording["imported"] | undefined;
  for (const keyed of [false, true]) {
    const mine = ({ who }: { readonly who: string }) => (who !== "nobody") === keyed;
    const keys = keysOf(keyed ? "alpha" : "nobody");
    await withServer({ TERN_STORE: store, TERN_DATA: copy, ...keys }, async (client) => {
      if (keyed) await client.ended("alpha", left["cut"]!);
      for (const { who, path } of paths(left).filter(mine)) {
        const reply = await client.get(who, path);
        // It ends when somebody goes on with it.
        if (reply.id === left["cut"]) delete reply.completed_at;
        looks.push({ who, path, reply });
      }
      for (const { ofADay, ...asked } of continuations(left).filter(mine)) {
        const { output, usage: { cached_tokens, ...usage } } = await goOn(client, asked);
        const cached = ofADay || cached_tokens === undefined ? {} : { cached_tokens };
        went.push({ ...asked, output, usage: { ...usage, ...cached } });
      }
      if (!keyed) return;
      const conversation = left["half"]!;
      const path = `/v1/conversations/${conversation}/ingest`;
      const { offset } = await client.get("alpha", path);
      const rest = new TextDecoder().decode(new TextEncoder().encode(TEXT).slice(offset));
      const reply = await client.send("alpha", "POST", path, {
        headers: { "content-type": "text/plain", "upload-offset": `${offset}` },
        body: rest,
      });
      ingest = { who: "alpha", conversation, offset, rest, reply: await reply.json() };
      const next = { model: "recorded", conversation, input: "So?", seed: 21 };
      const asked = {
        who: "alpha" as const,
        path: "/v1/responses",
        body: { ...next, max_output_tokens: 24 },
      };
      went.push({ ...asked, ...await goOn(client, asked) });
      const moved = await importBirds(client);
      const birds = { conversation: moved, input: "And then?", instructions: "Be brief." };
      imported = await goOn(client, { ...asked, body: { ...asked.body, ...birds } });
    });
  }
  await Deno.remove(copy, { recursive: true });
  if (!imported || !ingest || ingest.offset > SENT) throw new Error("no text was cut off");
  const recording: Recording = { looks, continuations: went, ingest, imported };
  await Deno.writeTextFile(`${RECORDED}${store}.json`, JSON.stringify(recording, null, 2) + "\n");
}

await writeAsciiModel(`${RECORDED}model`);
await record("sqlite");
await record("deno-kv");

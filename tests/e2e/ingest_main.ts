/**
 * Reads megabytes of text into a conversation of a server in a process of its own, and tells what memory that took:
 * `deno task ingest-test --megabytes 10`.
 *
 * @module
 */
import { z } from "zod";
import { countFlag, readFlags, UNUSABLE, UsageError } from "../../scripts/flags.ts";
import { ApiClient } from "../http_suite/client.ts";
import { newConversation, upload } from "./ingest_upload.ts";
import { ServerProcess } from "./server_process.ts";
import { writeTinyModel } from "./tiny_model.ts";

const USAGE = "deno task ingest-test [--megabytes N] [--store kv|sqlite] [--model NAME|tiny]";
const MEGABYTE = 1_000_000;

const flagsSchema = z.object({
  megabytes: countFlag("--megabytes").default(1),
  store: z.enum(["kv", "sqlite"]).default("sqlite"),
  model: z.string().default("tern-7m"),
});

/** Bytes that the server has in memory now. */
async function memory(client: ApiClient): Promise<number> {
  const text = await (await client.fetch("/metrics")).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}

const toMb = (bytes: number) => Math.round(bytes / 100_000) / 10;

try {
  const { megabytes, store, model } = readFlags(
    Deno.args,
    { megabytes: { type: "string" }, store: { type: "string" }, model: { type: "string" } },
    flagsSchema,
    USAGE,
  );
  await using resources = new AsyncDisposableStack();
  const data = await Deno.makeTempDir();
  resources.defer(() => Deno.remove(data, { recursive: true }));
  // One that takes minutes for what others take hours for.
  const tiny = `${data}/tiny`;
  if (model === "tiny") {
    await Deno.mkdir(tiny);
    await writeTinyModel(tiny);
  }
  const server = await ServerProcess.start({
    TERN_MODEL: model === "tiny" ? tiny : model,
    TERN_DATA: data,
    TERN_STORE: store === "kv" ? "deno-kv" : store,
    TERN_METRICS: "open",
    TERN_TOKENS_PER_MINUTE: "0",
    TERN_REQUESTS_PER_MINUTE: "0",
  });
  resources.defer(() => server.kill());
  const client = new ApiClient(server.url);
  const before = await memory(client);
  let peak = before;
  const sampling = setInterval(async () => {
    peak = Math.max(peak, await memory(client).catch(() => 0));
  }, 250);
  resources.defer(() => clearInterval(sampling));

  const started = performance.now();
  let reached = 0;
  const status = await upload(
    client,
    await newConversation(client),
    megabytes * MEGABYTE,
    0,
    (status) => {
      if (status.offset < reached + MEGABYTE) return;
      reached = status.offset;
      console.log(
        JSON.stringify({ mb: toMb(reached), tokens: status.tokens, peak_rss_mb: toMb(peak) }),
      );
    },
  );
  const seconds = (performance.now() - started) / 1000;
  console.log(JSON.stringify({
    mb: megabytes,
    tokens: status.tokens,
    seconds: Math.round(seconds),
    tokens_per_second: Math.round(status.tokens / seconds),
    idle_rss_mb: toMb(before),
    peak_rss_mb: toMb(peak),
  }));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}

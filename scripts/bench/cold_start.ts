import { EventSourceParserStream } from "eventsource-parser/stream";
import type { JobOf } from "./job.ts";
import { THREADS } from "./models.ts";
import type { Series } from "./series.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

/** What `deno task start` allows it. */
const PERMISSIONS = ["net", "read", "write", "env", "sys"].map((name) => `--allow-${name}`);

/**
 * From the moment the server's process is spawned, with a store that has nothing in it, until it listens, and until the
 * first text of an answer has arrived.
 */
export async function benchColdStart(
  { engine, weights, starts }: JobOf<"cold start">,
): Promise<Series[]> {
  const ready: number[] = [];
  const first: number[] = [];
  await start({ engine, weights }); // whatever is compiled or cached on the first start
  for (let i = 0; i < starts; i++) {
    const times = await start({ engine, weights });
    ready.push(times.ready);
    first.push(times.first);
  }
  const common = { engine, weights, model: "tern-7m", threads: THREADS, batch: 1, unit: "ms" };
  return [
    { ...common, bench: "cold start, listening", samples: ready },
    { ...common, bench: "cold start, first token", samples: first },
  ];
}

/** Milliseconds of one start. */
async function start(
  { engine, weights }: { readonly engine: string; readonly weights: string },
): Promise<{ ready: number; first: number }> {
  const data = await Deno.makeTempDir();
  const started = performance.now();
  const server = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", ...PERMISSIONS],
      ...(engine === "native" ? ["--allow-ffi", "--no-lock"] : []), // no lock: see run_job.ts
      MAIN,
    ],
    env: {
      HOST: "127.0.0.1",
      PORT: "0",
      TERN_DATA: data,
      TERN_STORE: "deno-kv",
      TERN_MODEL: "tern-7m",
      TERN_ENGINE: engine,
      TERN_WEIGHTS: weights,
      TERN_LOG: "info",
      TERN_API_KEYS: "",
    },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const url = await listeningAt(server.stdout);
    const ready = performance.now() - started;
    await firstText(url);
    return { ready, first: performance.now() - started };
  } finally {
    server.kill("SIGTERM");
    await server.status;
    await Deno.remove(data, { recursive: true });
  }
}

/** Reads the log until the server says where it listens. */
async function listeningAt(log: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (
    const part of log.pipeThrough(new TextDecoderStream()).values({ preventCancel: true })
  ) {
    text += part;
    const url = /"message":"listening","url":"([^"]+)"/.exec(text)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`The server ended before it listened: ${text}`);
}

async function firstText(url: string): Promise<void> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "tern-7m",
      messages: [{ role: "user", content: "Hello! How are you?" }],
      stream: true,
      max_tokens: 4,
      seed: 1,
    }),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  for await (
    const { data } of response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(
      new EventSourceParserStream(),
    )
  ) {
    if (/"content":"[^"]/.test(data)) return;
  }
  throw new Error("The answer has no text");
}

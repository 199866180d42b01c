import { serverEvents } from "../../src/stream/server_events.ts";
import { type Server, startServer } from "../start_server.ts";
import { z } from "zod";

/** A piece of an answer. */
export interface Piece {
  readonly text: string;
  /** When it arrived, in milliseconds from the request. */
  readonly at: number;
}

/** An answer whose server was killed while it was written. Times are in milliseconds from the request. */
export interface Recording {
  readonly pieces: readonly Piece[];
  readonly killedAt: number;
  /** When the new server was ready. */
  readonly startedAt: number;
  /** The process ids of the two servers. */
  readonly pids: readonly [number, number];
  /** Whether the answer is the one of a server that was not killed. */
  readonly isSame: boolean;
}

const eventSchema = z.object({
  type: z.string(),
  sequence_number: z.int().optional(),
  delta: z.string().optional(),
  response: z.object({ id: z.string() }).optional(),
});

const outputSchema = z.object({
  output: z.array(z.object({ content: z.array(z.object({ text: z.string() })) })),
});

/** The request, except for `stream` and `background`. */
const REQUEST = {
  input: "Tell me a story about a bird and a fish.",
  seed: 12,
  min_tokens: 110,
  max_output_tokens: 140,
} as const;

/** The number of pieces before the server is killed. */
const BEFORE_KILL = 45;

/** A shorter lease than the default, after which another process continues the answer. */
export const LEASE_MS = 1000;

/** How long the server stays dead, so that a viewer sees it. */
const PAUSE_MS = 300;

/** Streams an answer, kills its server with SIGKILL on the way, starts another, and streams the rest. */
export async function record(model: string): Promise<Recording> {
  await using resources = new AsyncDisposableStack();
  const data = await Deno.makeTempDir();
  resources.defer(() => Deno.remove(data, { recursive: true }));
  const options = { model, store: "sqlite", data, env: { TERN_LEASE_MS: `${LEASE_MS}` } };
  const first = await startServer(options);
  resources.use(first);
  const expected = await wholeAnswer(first);

  const started = performance.now();
  const now = () => performance.now() - started;
  const pieces: Piece[] = [];
  const response = await fetch(`${first.url}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...REQUEST, model: first.model, stream: true, background: true }),
  });
  let id = "";
  let last = -1;
  const read = async (body: ReadableStream<Uint8Array<ArrayBuffer>>, until: () => boolean) => {
    for await (const { data } of serverEvents(body, () => {})) {
      if (data === "[DONE]") return;
      const event = eventSchema.parse(JSON.parse(data));
      id ||= event.response?.id ?? "";
      last = event.sequence_number ?? last;
      if (event.type === "response.output_text.delta") {
        pieces.push({ text: event.delta ?? "", at: now() });
      }
      if (until()) return;
    }
  };
  await read(response.body!, () => pieces.length === BEFORE_KILL);
  Deno.kill(first.pid, "SIGKILL");
  const killedAt = now();
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

  const { port } = new URL(first.url);
  const second = resources.use(
    await startServer({ ...options, port: Number(port) }),
  );
  const startedAt = now();
  const rest = await fetch(
    `${second.url}/v1/responses/${id}?stream=true&starting_after=${last}`,
  );
  await read(rest.body!, () => false);
  const text = pieces.map(({ text }) => text).join("");
  return { pieces, killedAt, startedAt, pids: [first.pid, second.pid], isSame: text === expected };
}

async function wholeAnswer({ url, model }: Server): Promise<string> {
  const response = await fetch(`${url}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...REQUEST, model }),
  });
  const { output } = outputSchema.parse(await response.json());
  return output.flatMap(({ content }) => content.map(({ text }) => text)).join("");
}

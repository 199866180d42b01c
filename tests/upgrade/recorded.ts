import { keyDigests } from "../key_digests.ts";

/** Whose requests they are: of a key, or of a server without keys. */
export type Who = "alpha" | "beta" | "nobody";

/** A reply to a GET, as the build that wrote the folder gave it. */
export interface Look {
  readonly who: Who;
  readonly path: string;
  /** The body, or of a stream the data of each event. */
  readonly reply: unknown;
}

/** A request that goes on from what is stored, and what came of it. */
export interface Continuation {
  readonly who: Who;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly output: readonly unknown[];
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    /** At least these are not read again. Absent where that depends on states that are kept for a day. */
    readonly cached_tokens?: number;
  };
}

/** What is known of a recorded data folder. */
export interface Recording {
  readonly looks: readonly Look[];
  readonly continuations: readonly Continuation[];
  /** A text that was sent in part, and what its item says once the rest was sent. */
  readonly ingest: {
    readonly who: Who;
    readonly conversation: string;
    readonly offset: number;
    readonly rest: string;
    readonly reply: unknown;
  };
  /** What came of going on with the conversation that was exported to a file. */
  readonly imported: Pick<Continuation, "output" | "usage">;
}

/** The folder that was recorded with the build of this day. */
export const RECORDED = new URL("./recorded/2026-11-30/", import.meta.url).pathname;

/** The settings of all servers of a recording, but for the data folder and the keys. */
export const ENV = {
  TERN_MODEL: `${RECORDED}model`,
  TERN_LEASE_MS: "500",
  TERN_STATE_SECRETS: "a secret of a recording that protects nothing",
  // States that only save work are kept for a day: a few are recorded.
  TERN_CACHE_BYTES: "30000",
};

/** The settings that let in who asks. */
export function keysOf(who: Who): Record<string, string> {
  return who === "nobody" ? {} : { TERN_API_KEYS: keyDigests("alpha", "beta").join() };
}

/** A client of a server of a recording. */
export class RecordingClient {
  constructor(readonly url: string) {}

  async send(who: Who, method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (who !== "nobody") headers.set("authorization", `Bearer ${who}`);
    const reply = await fetch(this.url + path, { method, ...init, headers });
    if (reply.ok) return reply;
    throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
  }

  // deno-lint-ignore no-explicit-any -- tests look at what they know of it
  async post(who: Who, path: string, body: object): Promise<any> {
    const reply = await this.send(who, "POST", path, {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return await reply.json();
  }

  /** The body of a reply, or of a stream the data of each event. */
  // deno-lint-ignore no-explicit-any -- tests look at what they know of it
  async get(who: Who, path: string): Promise<any> {
    const reply = await this.send(who, "GET", path);
    if (!reply.headers.get("content-type")?.startsWith("text/event-stream")) {
      return await reply.json();
    }
    return (await reply.text()).split("\n")
      .flatMap((line) => line.startsWith("data: {") ? [JSON.parse(line.slice(6))] : []);
  }

  /** Waits until a response has ended. */
  async ended(who: Who, id: string): Promise<void> {
    await this.get(who, `/v1/responses/${id}?stream=true`);
  }
}

/** Goes on from what is stored. */
export async function goOn(
  client: RecordingClient,
  { who, path, body }: Pick<Continuation, "who" | "path" | "body">,
): Promise<Pick<Continuation, "output" | "usage">> {
  const { output, usage } = await client.post(who, path, body);
  return {
    output: output.map(withoutId),
    usage: {
      input_tokens: usage.input_tokens,
      output_tokens: usage.output_tokens,
      cached_tokens: usage.input_tokens_details.cached_tokens,
    },
  };
}

/** Imports the conversation that was exported to a file, and gives its id. */
export async function importBirds(client: RecordingClient): Promise<string> {
  const reply = await client.send("alpha", "POST", "/v1/conversations/import", {
    headers: { "content-type": "application/vnd.tern.conversation" },
    body: await Deno.readFile(`${RECORDED}birds.tern`),
  });
  return (await reply.json()).id;
}

/** Ids are new each time, and what is sealed as well. */
function withoutId(
  { id: _, call_id: __, encrypted_content: ___, ...item }: Record<string, unknown>,
) {
  return item;
}

import assert from "node:assert/strict";
import { Fuzz } from "../fuzz.ts";
import { ServerProcess } from "./server_process.ts";

/** What {@linkcode soak} does. */
export interface SoakOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly minutes: number;
  readonly onSample?: (sample: Sample) => void;
}

/** How a process is at some time. */
export interface Sample {
  readonly seconds: number;
  readonly rssMiB: number;
  /** Open files and sockets. */
  readonly handles: number;
  readonly threads: number;
  readonly requests: number;
}

/** What came of it. */
export interface SoakResult {
  readonly requests: Readonly<Record<string, number>>;
  /** Once memory has settled, and at the end. */
  readonly settled: Sample;
  readonly last: Sample;
  /** Before the load, and after it. */
  readonly handlesBefore: number;
  readonly handlesAfter: number;
}

/** Clients that ask at the same time. */
const AT_ONCE = 8;
const SAMPLE_MS = 10_000;
/** When memory is taken to have settled: a slow machine comes to little in two minutes. */
const SETTLED_SECONDS = 120;
const SETTLED_REQUESTS = 1_200;
const MAX_TOKENS = 24;
/** When handles must be gone: idle threads of the server, which hold some, end after a minute. */
const IDLE_MS = 90_000;

const TOOL = {
  type: "function",
  name: "remember",
  parameters: { type: "object", properties: { name: { type: "string", maxLength: 20 } } },
};

/** Asks a server for everything it does, again and again, and watches its memory and its handles. */
export async function soak({ env, minutes, onSample }: SoakOptions): Promise<SoakResult> {
  const fuzz = new Fuzz("soak");
  const server = await ServerProcess.start(env);
  try {
    const clients = new Clients(server.url, fuzz);
    for (const kind of KINDS) await clients.ask(kind);
    const handlesBefore = sampleOf(server.pid, 0, 0).handles;
    const began = performance.now();
    const seconds = () => Math.round((performance.now() - began) / 1000);
    const over = () => seconds() >= 60 * minutes;
    let settled: Sample | undefined;
    const sample = () => {
      const taken = sampleOf(server.pid, seconds(), clients.total);
      if (taken.seconds >= SETTLED_SECONDS && taken.requests >= SETTLED_REQUESTS) settled ??= taken;
      onSample?.(taken);
      return taken;
    };
    const timer = setInterval(sample, SAMPLE_MS);
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        while (!over()) await clients.ask(fuzz.pick(KINDS));
      }));
    } finally {
      clearInterval(timer);
    }
    const last = sample();
    clients.close();
    let { handles } = last;
    for (let waited = 0; handles > handlesBefore && waited < IDLE_MS; waited += SAMPLE_MS) {
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
      ({ handles } = sample());
    }
    return {
      requests: clients.counts,
      settled: settled ?? last,
      last,
      handlesBefore,
      handlesAfter: handles,
    };
  } finally {
    await server.stop();
  }
}

/** What clients ask for. */
const KINDS = [
  "chat",
  "stored",
  "background",
  "tools",
  "ingest",
  "socket",
  "leaving",
  "conversation",
] as const;
type Kind = (typeof KINDS)[number];

class Clients {
  readonly counts: Record<Kind, number> = {
    chat: 0,
    stored: 0,
    background: 0,
    tools: 0,
    ingest: 0,
    socket: 0,
    leaving: 0,
    conversation: 0,
  };
  readonly #url: string;
  readonly #fuzz: Fuzz;
  /** Its connections end when it is closed. */
  readonly #client = Deno.createHttpClient({});

  constructor(url: string, fuzz: Fuzz) {
    this.#url = url;
    this.#fuzz = fuzz;
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  close(): void {
    this.#client.close();
  }

  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.#url + path, { ...init, client: this.#client });
  }

  async ask(kind: Kind): Promise<void> {
    const seed = this.#fuzz.below(1_000);
    const input = `Tell me story ${seed}.`;
    switch (kind) {
      case "chat": {
        const messages = [{ role: "user", content: input }];
        const stream = seed % 2 === 0;
        await this.#post("/v1/chat/completions", { messages, stream, max_tokens: MAX_TOKENS });
        break;
      }
      case "stored":
        await this.#respond({ input, stream: seed % 2 === 0 });
        break;
      case "background": {
        const { id } = JSON.parse(await this.#respond({ input, background: true }));
        const reply = await this.#fetch(`/v1/responses/${id}?stream=true`);
        assert.equal(reply.status, 200, await reply.text());
        break;
      }
      case "tools":
        await this.#respond({ input, tools: [TOOL], tool_choice: "required", store: false });
        break;
      case "ingest": {
        const id = await this.#begin();
        const reply = await this.#fetch(`/v1/conversations/${id}/ingest`, {
          method: "POST",
          headers: { "content-type": "text/plain" },
          body: "The sea is wide and blue. ".repeat(20),
        });
        const text = await reply.text();
        assert(reply.ok, text);
        break;
      }
      case "socket":
        await this.#overSocket(input);
        break;
      case "leaving": {
        const leaving = new AbortController();
        const reply = await this.#fetch(`/v1/responses`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ model: "tern-7m", input, stream: true, max_output_tokens: 500 }),
          signal: leaving.signal,
        });
        const reader = reply.body!.getReader();
        for (let chunks = seed % 5; chunks >= 0; chunks--) await reader.read();
        reader.closed.catch(() => {});
        leaving.abort();
        break;
      }
      case "conversation": {
        const conversation = await this.#begin();
        await this.#respond({ input, conversation });
        await this.#respond({ input: "Go on.", conversation });
        await this.#post(`/v1/conversations/${conversation}/fork`, {});
        await this.#fetch(`/v1/conversations/${conversation}`, { method: "DELETE" })
          .then((reply) => reply.body?.cancel());
        break;
      }
    }
    this.counts[kind]++;
  }

  async #begin(): Promise<string> {
    return JSON.parse(await this.#post("/v1/conversations", {})).id;
  }

  #respond(fields: object): Promise<string> {
    return this.#post("/v1/responses", { max_output_tokens: MAX_TOKENS, ...fields });
  }

  async #post(path: string, body: object): Promise<string> {
    const reply = await this.#fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(
        path.endsWith("s") && !path.endsWith("/conversations")
          ? { model: "tern-7m", ...body }
          : body,
      ),
    });
    const text = await reply.text();
    assert.equal(reply.status, 200, `${path}: ${text}`);
    return text;
  }

  #overSocket(input: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = new WebSocket(`${this.#url.replace("http", "ws")}/v1/responses`);
    socket.onopen = () =>
      socket.send(JSON.stringify({
        type: "response.create",
        model: "tern-7m",
        input,
        max_output_tokens: MAX_TOKENS,
      }));
    socket.onmessage = ({ data }) => {
      const { type } = JSON.parse(data);
      if (type === "error") reject(new Error(data));
      if (/^response\.(completed|incomplete)$/.test(type)) socket.close();
    };
    socket.onclose = () => resolve();
    socket.onerror = () => reject(new Error("the socket failed"));
    return promise;
  }
}

/** Reads what the system knows of a process. */
function sampleOf(pid: number, seconds: number, requests: number): Sample {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)![1]);
  return {
    seconds,
    rssMiB: Math.round(field("VmRSS") / 1024),
    handles: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
    threads: field("Threads"),
    requests,
  };
}

import { TextLineStream } from "@std/streams/text-line-stream";
import { z } from "zod";
import type { LocalServer } from "./local_server.ts";

/** How answers are made. */
export interface AnswerOptions {
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
}

/** The efforts of thinking that a request may ask for. */
export const EFFORTS = ["none", "low", "medium", "high"] as const;
export type Effort = (typeof EFFORTS)[number];

/** Some of an answer, as it comes. */
export interface AnswerPart {
  readonly kind: "thought" | "text";
  readonly text: string;
}

/** One of the conversations that {@linkcode ChatSession.fork} made. */
interface Branch {
  readonly conversation: string;
  /** The responses from the first turn on, to rewind to. */
  readonly responses: string[];
}

/** The server refused something. */
export class ChatError extends Error {
  override readonly name = "ChatError";
}

const errorSchema = z.object({ error: z.object({ message: z.string() }) });
const idSchema = z.object({ id: z.string(), metadata: z.record(z.string(), z.string()) });
const itemsSchema = z.object({
  data: z.array(z.looseObject({
    type: z.string(),
    role: z.string().optional(),
    content: z.array(z.looseObject({ text: z.string().optional() })).optional(),
  })),
  has_more: z.boolean(),
  last_id: z.string().nullable(),
});
const branchesSchema = z.object({
  data: z.array(z.object({ id: z.string(), current: z.boolean(), tokens: z.number() })),
});
const eventSchema = z.looseObject({
  type: z.string(),
  delta: z.string().optional(),
  message: z.string().optional(),
  response: z.looseObject({
    id: z.string(),
    error: z.looseObject({ message: z.string() }).nullish(),
  }).optional(),
});

/** The key of a conversation's metadata that keeps the system message in a saved file. */
const SYSTEM_KEY = "tern_system";
/** The longest value of metadata. */
const MOST_METADATA = 512;
const FILE_TYPE = "application/vnd.tern.conversation";

/** Conversations with a model, over the API: each answer goes on from the state of the one before it. */
export class ChatSession {
  /** The system message of further turns. */
  system: string;
  /** How much the model thinks, if it can. */
  effort: Effort | undefined;
  readonly #server: LocalServer;
  readonly #options: AnswerOptions;
  readonly #branches: Branch[] = [];
  #current = 0;

  private constructor(server: LocalServer, system: string, options: AnswerOptions) {
    this.#server = server;
    this.system = system;
    this.#options = options;
  }

  /** Begins a conversation. */
  static async begin(
    server: LocalServer,
    system = "",
    options: AnswerOptions = {},
  ): Promise<ChatSession> {
    const session = new ChatSession(server, system, options);
    session.#branches.push(await session.#newBranch());
    return session;
  }

  /** Which of the branches goes on, and how many there are. */
  get position(): { readonly current: number; readonly count: number } {
    return { current: this.#current, count: this.#branches.length };
  }

  /** Turns of the current branch that can be rewound. */
  get turns(): number {
    return this.#branch.responses.length;
  }

  /**
   * Says something, and gives the answer as it comes. If the signal aborts, the answer ends there and is kept so far.
   *
   * @returns what the model has no use for, if the server ignored something
   * @throws {ChatError}
   */
  async *say(text: string, signal: AbortSignal): AsyncGenerator<AnswerPart, string | undefined> {
    const branch = this.#branch;
    const { temperature, maxTokens, seed } = this.#options;
    const reply = await this.#post("/v1/responses", {
      model: this.#server.model,
      conversation: branch.conversation,
      input: text,
      stream: true,
      stream_options: { include_obfuscation: false },
      ...this.system === "" ? {} : { instructions: this.system },
      ...this.effort === undefined ? {} : { reasoning: { effort: this.effort } },
      ...temperature === undefined ? {} : { temperature },
      ...maxTokens === undefined ? {} : { max_output_tokens: maxTokens },
      ...seed === undefined ? {} : { seed },
    });
    let id: string | undefined;
    const cancel = () => {
      // The stream ends when the answer has.
      if (id !== undefined) this.#post(`/v1/responses/${id}/cancel`).catch(() => {});
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      for await (const event of eventsOf(reply)) {
        if (event.response !== undefined && id === undefined) {
          id = event.response.id;
          branch.responses.push(id);
          if (signal.aborted) cancel();
        }
        if (event.type === "response.output_text.delta") yield { kind: "text", text: event.delta! };
        if (event.type === "response.reasoning_text.delta") {
          yield { kind: "thought", text: event.delta! };
        }
        if (event.type === "error") throw new ChatError(event.message ?? "the answer failed");
      }
    } finally {
      signal.removeEventListener("abort", cancel);
    }
    return reply.headers.get("tern-ignored") ?? undefined;
  }

  /** Begins another branch at this point, and goes on with it. */
  async fork(): Promise<void> {
    const { conversation, responses } = this.#branch;
    const { id } = idSchema.parse(await this.#json(`/v1/conversations/${conversation}/fork`, {}));
    this.#branches.push({ conversation: id, responses: [...responses] });
    this.#current = this.#branches.length - 1;
  }

  /**
   * Goes on with another branch.
   *
   * @throws {ChatError} if there is none of this number
   */
  switchTo(index: number): void {
    if (this.#branches[index] === undefined) {
      throw new ChatError(`There are branches 0 to ${this.#branches.length - 1}`);
    }
    this.#current = index;
  }

  /**
   * Takes back the last turns.
   *
   * @throws {ChatError} if there are not as many
   */
  async rewind(turns: number): Promise<void> {
    const { conversation, responses } = this.#branch;
    if (turns < 1 || turns > responses.length) {
      throw new ChatError(`There are ${responses.length} turns to take back`);
    }
    const left = responses.slice(0, responses.length - turns);
    const last = left.at(-1);
    if (last === undefined) {
      this.#branches[this.#current] = await this.#newBranch();
      return;
    }
    await this.#json(`/v1/conversations/${conversation}/rewind`, { response_id: last });
    this.#branches[this.#current] = { conversation, responses: left };
  }

  /** Forgets the conversation, and keeps the system message. */
  async reset(): Promise<void> {
    this.#branches[this.#current] = await this.#newBranch();
  }

  /** What was said. */
  async history(): Promise<{ readonly role: string; readonly text: string }[]> {
    const path = `/v1/conversations/${this.#branch.conversation}/items?order=asc&limit=100`;
    const history: { readonly role: string; readonly text: string }[] = [];
    for (let after: string | null = null;;) {
      const page = itemsSchema.parse(
        await this.#json(path + (after === null ? "" : `&after=${after}`)),
      );
      for (const { type, role = type, content = [] } of page.data) {
        history.push({ role, text: content.map(({ text = "" }) => text).join("") });
      }
      if (!page.has_more) return history;
      after = page.last_id;
    }
  }

  /** The state that the next turn goes on from. */
  async state(): Promise<
    { readonly tokens: number; readonly bytes: number; readonly layout: string }
  > {
    const path = `/v1/conversations/${this.#branch.conversation}/branches`;
    const { data } = branchesSchema.parse(await this.#json(path));
    const { layout } = this.#server;
    const tokens = data.find(({ current }) => current)?.tokens ?? 0;
    return { tokens, bytes: 4 * layout.length, layout: layout.id };
  }

  /**
   * Writes the conversation with its state to a file, which the API can import as well. The file is whole or not there.
   *
   * @returns whether the system message is in it, which may be too long
   */
  async save(path: string): Promise<boolean> {
    const { conversation } = this.#branch;
    const fits = this.system.length <= MOST_METADATA;
    if (fits) {
      const metadata = this.system === "" ? {} : { [SYSTEM_KEY]: this.system };
      await this.#json(`/v1/conversations/${conversation}`, { metadata });
    }
    const reply = await this.#get(`/v1/conversations/${conversation}/export`);
    const unfinished = `${path}.${crypto.randomUUID()}.part`;
    try {
      await Deno.writeFile(unfinished, reply.body!);
      await Deno.rename(unfinished, path);
    } catch (error) {
      await Deno.remove(unfinished).catch(() => {}); // it may never have been made
      throw new ChatError(`${path}: ${error instanceof Error ? error.message : error}`);
    }
    return fits;
  }

  /**
   * Goes on with a saved conversation, in a branch of its own.
   *
   * @throws {ChatError} if the file cannot be read, or is of another model
   */
  async load(path: string): Promise<void> {
    let file: Uint8Array<ArrayBuffer>;
    try {
      file = await Deno.readFile(path);
    } catch (error) {
      throw new ChatError(`${path}: ${error instanceof Error ? error.message : error}`);
    }
    const reply = await this.#server.fetch("/v1/conversations/import", {
      method: "POST",
      headers: { "content-type": FILE_TYPE },
      body: file,
    });
    const { id, metadata } = idSchema.parse(await checked(reply).then((reply) => reply.json()));
    // Turns before this one have no names any more.
    this.#branches.push({ conversation: id, responses: [] });
    this.#current = this.#branches.length - 1;
    this.system = metadata[SYSTEM_KEY] ?? "";
  }

  get #branch(): Branch {
    return this.#branches[this.#current]!;
  }

  async #newBranch(): Promise<Branch> {
    const { id } = idSchema.parse(await this.#json("/v1/conversations", {}));
    return { conversation: id, responses: [] };
  }

  async #json(path: string, body?: object): Promise<unknown> {
    const reply = body === undefined ? await this.#get(path) : await this.#post(path, body);
    return await reply.json();
  }

  async #get(path: string): Promise<Response> {
    return await checked(await this.#server.fetch(path));
  }

  async #post(path: string, body?: object): Promise<Response> {
    return await checked(
      await this.#server.fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        ...body === undefined ? {} : { body: JSON.stringify(body) },
      }),
    );
  }
}

/** @throws {ChatError} with what the server says, if it refuses */
async function checked(reply: Response): Promise<Response> {
  if (reply.ok) return reply;
  const error = errorSchema.safeParse(await reply.json().catch(() => undefined));
  throw new ChatError(error.success ? error.data.error.message : `The server says ${reply.status}`);
}

/** The events of a stream, each of which the server writes in one line of data. */
async function* eventsOf(reply: Response): AsyncGenerator<z.infer<typeof eventSchema>> {
  const lines = reply.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) {
    if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
    yield eventSchema.parse(JSON.parse(line.slice("data: ".length)));
  }
}

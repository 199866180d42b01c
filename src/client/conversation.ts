import { serverEvents } from "../stream/server_events.ts";
import { TernError } from "./tern_error.ts";

/** Fields of a request to `POST /v1/responses`, beside those that a conversation fills in. */
export type AnswerOptions = Readonly<Record<string, unknown>> & {
  readonly signal?: AbortSignal;
};

/** What a conversation asks of the `Tern` that it is in. */
interface Around {
  /** What requests call the model. */
  readonly model: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** A conversation in the page. It is gone with its `Tern`, unless it is exported. */
export class ClientConversation {
  readonly id: string;
  readonly #tern: Around;

  constructor(tern: Around, id: string) {
    this.#tern = tern;
    this.id = id;
  }

  /**
   * Says something, and has it answered.
   *
   * @returns the answer's text, as it is made
   * @throws {TernError} if the request is refused, or the answer fails
   */
  async *say(
    input: string,
    { signal, ...fields }: AnswerOptions = {},
  ): AsyncGenerator<string, void, undefined> {
    const reply = await this.#tern.fetch("/v1/responses", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: this.#tern.model,
        ...fields,
        conversation: this.id,
        input,
        stream: true,
      }),
      ...signal === undefined ? {} : { signal },
    });
    yield* answerText(await accepted(reply));
  }

  /**
   * Goes on with the answer that was being made when the conversation was exported, from its beginning.
   *
   * @returns its text. `undefined`: none was being made
   */
  async running(): Promise<AsyncGenerator<string, void, undefined> | undefined> {
    const { running } = await (await accepted(
      await this.#tern.fetch(`/v1/conversations/${this.id}/tree`),
    )).json();
    if (running === null) return undefined;
    const reply = await this.#tern.fetch(`/v1/responses/${running}?stream=true`);
    return answerText(await accepted(reply));
  }

  /** The items of the conversation, the oldest first. */
  async items(): Promise<readonly { readonly type: string }[]> {
    const path = `/v1/conversations/${this.id}/items?order=asc&limit=100`;
    const items = [];
    for (let after = "";;) {
      const reply = await accepted(await this.#tern.fetch(`${path}${after}`));
      const { data, has_more: more, last_id: last } = await reply.json();
      items.push(...data);
      if (!more) return items;
      after = `&after=${last}`;
    }
  }

  /** The conversation as a file, with the answer that is being made. A server can import it, or another page. */
  async export(): Promise<Blob> {
    const reply = await this.#tern.fetch(`/v1/conversations/${this.id}/export?running=true`);
    return await (await accepted(reply)).blob();
  }
}

async function accepted(reply: Response): Promise<Response> {
  if (reply.ok) return reply;
  const { error } = await reply.json();
  throw new TernError(error.message);
}

/** The text of a response's stream. @throws {TernError} if it fails */
async function* answerText({ body }: Response): AsyncGenerator<string, void, undefined> {
  for await (const { data } of serverEvents(body!, () => {})) {
    if (data === "[DONE]") return;
    const { type, delta, message, response } = JSON.parse(data);
    if (type === "response.output_text.delta") yield delta;
    else if (type === "response.failed") throw new TernError(response.error.message);
    else if (type === "error") throw new TernError(message);
  }
}

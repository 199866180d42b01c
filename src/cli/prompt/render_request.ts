import { z } from "zod";
import type { LocalServer } from "../chat/local_server.ts";
import { UsageError } from "../usage_error.ts";

/** A prompt as a model reads it. */
export interface RenderedPrompt {
  readonly prompt: string;
  readonly tokens: readonly number[];
  /** Fields of the request without effect. */
  readonly ignored: string | null;
}

const tokensSchema = z.object({ tokens: z.array(z.number()) });
const contentSchema = z.object({ content: z.string() });
const errorSchema = z.object({ error: z.object({ message: z.string() }) });
const requestSchema = z.union([
  z.looseObject({ messages: z.array(z.unknown()) }),
  z.looseObject({
    input: z.union([z.string(), z.array(z.looseObject({ role: z.string() }))]),
    instructions: z.string().nullish(),
  }),
]);

/**
 * The prompt of a request for a chat completion, or for a response whose input is text or messages.
 *
 * @param json The body of the request.
 * @throws {UsageError} When it is none of these, or the server would refuse it.
 */
export async function renderRequest(server: LocalServer, json: unknown): Promise<RenderedPrompt> {
  const parsed = requestSchema.safeParse(json);
  if (!parsed.success) {
    throw new UsageError(
      "The request must have 'messages', or 'input' with a text or messages (calls and their " +
        "results belong in 'messages')",
    );
  }
  const body = { ...asChat(parsed.data), model: server.model };
  const { reply, value } = await post(server, "/v1/tokenize", body);
  const { tokens } = tokensSchema.parse(value);
  const text = await post(server, "/v1/detokenize", { tokens });
  const { content: prompt } = contentSchema.parse(text.value);
  return { prompt, tokens, ignored: reply.headers.get("tern-ignored") };
}

function asChat(request: z.infer<typeof requestSchema>): Record<string, unknown> {
  if ("messages" in request) return request;
  const { input, instructions, ...rest } = request;
  const said = typeof input === "string" ? [{ role: "user", content: input }] : input;
  const system = instructions ? [{ role: "system", content: instructions }] : [];
  return { ...rest, messages: [...system, ...said] };
}

async function post(server: LocalServer, path: string, body: object) {
  const reply = await server.fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const value: unknown = await reply.json();
  if (!reply.ok) throw new UsageError(errorSchema.parse(value).error.message);
  return { reply, value };
}

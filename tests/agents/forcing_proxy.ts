import { z } from "zod";

/** The one call that an agent is to make. */
export interface ForcedCall {
  readonly name: string;
  /** Its arguments: strings. */
  readonly arguments: Readonly<Record<string, string>>;
}

const looseTool = z.looseObject({
  name: z.string().optional(),
  function: z.looseObject({ name: z.string() }).optional(),
});
const items = z.array(z.looseObject({ role: z.string().optional() }));
const requestSchema = z.looseObject({
  tools: z.array(looseTool).optional(),
  messages: items.optional(),
  input: items.optional(),
});
type AgentRequest = z.infer<typeof requestSchema>;

/**
 * The form of an answer that asks for none. The small model does not always end what it writes, and agents take an
 * answer that meets its limit for a failure (Codex) or ask for more (Qwen Code).
 */
const SHORT_TEXT = { name: "answer", schema: { type: "string", minLength: 1, maxLength: 20 } };

/**
 * Stands between an agent and the server, since the small model neither chooses tools nor knows their arguments.
 *
 * In reply to the user it requires the given call, whose arguments the schema of the tool then admits alone: so no
 * command runs but that one. Answers are short and the same each time. All else passes as it comes.
 */
export class ForcingProxy implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** The statuses that the server has replied with, in order. */
  readonly statuses: number[] = [];

  /** @param target where the server is */
  constructor(target: string, call: ForcedCall) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        const text = await request.text();
        const headers = new Headers(request.headers);
        headers.delete("content-length");
        const reply = await fetch(`${target}${pathname}${search}`, {
          method: request.method,
          headers,
          body: text === ""
            ? null
            : JSON.stringify(forced(requestSchema.parse(JSON.parse(text)), call)),
        });
        this.statuses.push(reply.status);
        return reply;
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** The request, with the call forced if it has that tool, and the user has spoken last. */
function forced(request: AgentRequest, call: ForcedCall): AgentRequest {
  const { tools = [], messages, input } = request;
  const chat = messages !== undefined;
  const said = messages ?? input;
  const limit = chat ? { max_tokens: 100 } : { max_output_tokens: 100 };
  const answers = said?.at(-1)?.role !== "user";
  const free = answers && (request["text"] ?? request["response_format"]) === undefined;
  const format = chat
    ? { response_format: { type: "json_schema", json_schema: SHORT_TEXT } }
    : { text: { format: { type: "json_schema", ...SHORT_TEXT } } };
  const short: AgentRequest = {
    ...request,
    ...limit,
    ...free ? format : {},
    temperature: 0,
  };
  if (!tools.some((tool) => nameOf(tool) === call.name)) return short;
  const parameters = {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(call.arguments).map(([name, value]) => [name, { const: value }]),
    ),
    required: Object.keys(call.arguments),
    additionalProperties: false,
  };
  const { name } = call;
  const choice = chat ? { type: "function", function: { name } } : { type: "function", name };
  return {
    ...short,
    tools: tools.map((tool) => {
      if (nameOf(tool) !== name) return tool;
      return tool.function === undefined
        ? { ...tool, parameters }
        : { ...tool, function: { ...tool.function, parameters } };
    }),
    ...answers ? {} : { tool_choice: choice },
  };
}

function nameOf({ name, function: inner }: z.infer<typeof looseTool>): string | undefined {
  return inner?.name ?? name;
}

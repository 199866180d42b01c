import { idFor } from "../idempotency/make_once.ts";
import type { Handler } from "hono";
import type { ToolFormat } from "../../prompt/tool_format.ts";
import { callsForm, type ToolRequest } from "../../prompt/tools.ts";
import { parserOf } from "../../response/answer_items.ts";
import { beginsCall } from "../../turn/prefill.ts";
import type { TurnUsage } from "../../turn/turn.ts";
import {
  type BeginAnswer,
  type Choice,
  type KeepChoices,
  runChoices,
  seedOf,
} from "../answers/choices.ts";
import { systemFingerprint } from "../answers/system_fingerprint.ts";
import { readBody } from "../http/body.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { preferredWait } from "../http/preferred_wait.ts";
import { InvalidRequestError } from "../errors/errors.ts";
import type { ChatService } from "../../turn/turn.ts";
import { understand } from "../requests/accept.ts";
import { toLogitBias } from "../requests/logit_bias.ts";
import { answerLimit, samplingOptions } from "../requests/sampling.ts";
import { toSeconds } from "../responses/wire.ts";
import type { AnswerGrammar, AnswerSchema } from "../tools/grammars.ts";
import { openingOf, promptMessages } from "./prompt_messages.ts";
import {
  answerSchema,
  CHAT_COMPLETION,
  type ChatCompletionRequest,
  startsNewAnswer,
  toolRequest,
} from "./schema.ts";
import { wantsFunctionCall } from "./translate.ts";
import { chatCompletion, chatCompletionChunks, type CompletionFormat } from "./wire.ts";

const NO_USAGE: TurnUsage = { prompt: 0, cached: 0, completion: 0 };

/** `POST /v1/chat/completions`. */
export function chatCompletions(ports: ApiPorts): Handler<ApiEnv> {
  const { models, clock, completions, limits, strict } = ports;
  return async function chatCompletions(c) {
    const body = await readBody(c.req.raw, limits.maxBodyBytes);
    const request = await understand(c, ports, CHAT_COMPLETION, body);
    const chat = await models.find(request.model);
    const tenant = c.get("tenant");
    const tools = toolRequest(request);
    requireNoCall(request, tools, chat.template.tools);
    const opening = openingOf({ chat, strict }, request, c.get("notes"));
    const schema = answerSchema(request);
    const held = await grammarOf(
      { chat, grammars: ports.grammars, strict },
      tenant,
      tools,
      schema,
      (index) => {
        const name = tools?.tools[index]?.name;
        const place = request.tools?.findIndex((tool) => tool.function.name === name) ?? index;
        return ["tools", place, "function", "parameters"];
      },
    );
    for (const keyword of held?.unenforced ?? []) c.get("notes")?.ignored.add(keyword);
    const grammar = held?.grammar;
    const { thinks } = chat.template;
    const calls = new Map<string, string>();
    const completion = idFor(c, ports, "chatcmpl-");
    const { conversation } = request;
    const inConversation = conversation
      ? (await import("./in_conversation.ts")).inConversation(ports, c)
      : undefined;
    const claimed = c.get("claimed");
    const before = claimed?.again && request.store
      ? await (await import("./made_before.ts")).madeBefore(completions, tenant, completion)
      : undefined;
    const createdAt = before?.createdAt ?? await inConversation?.createdAt(completion) ??
      clock.now();
    const format: CompletionFormat = {
      head: {
        id: completion,
        created: toSeconds(createdAt),
        model: chat.model,
        system_fingerprint: await systemFingerprint(chat.fingerprint),
      },
      choices: request.n ?? 1,
      padded: request.stream_options?.include_obfuscation ?? true,
      includeUsage: request.stream_options?.include_usage ?? false,
      tokenizer: chat.tokenizer,
      functionCall: !strict && body.text.includes('"functions"') && wantsFunctionCall(body.value),
      newParser: () => parserOf({ form: callsOf(tools, chat.template.tools), thinks }),
      callId(index, call) {
        if (inConversation !== undefined) return inConversation.ids(completion).callId(call);
        const name = `${index}/${call}`;
        const id = calls.get(name) ?? idFor(c, ports, "call_") + (claimed ? `_${name}` : "");
        calls.set(name, id);
        return id;
      },
    };
    const sampling = {
      ...samplingOptions(request, chat.defaults),
      ...toLogitBias(request.logit_bias, chat.tokenizer),
    };
    const turn = {
      tenant,
      messages: promptMessages(request, chat.template.tools),
      ...(opening ? { opening } : {}),
      stop: request.stop ?? [],
      maxTokens: answerLimit(request, chat.defaults),
      ...(startsNewAnswer(request) ? { newAnswer: true } : {}),
      ...(grammar ? { grammar, grammarFrom: tools ? "continuation" : "answer" } as const : {}),
      ...(request.logprobs ? { topLogprobs: request.top_logprobs ?? 0 } : {}),
    };
    const begins = before?.begins ?? Array.from(
      { length: format.choices },
      (_, index): BeginAnswer => async (signal, watching) =>
        conversation && inConversation
          ? await inConversation.begin({
            ...{ tenant, conversation, completion, created: format.head.created },
            model: chat.model,
            ...{ request, schema, sampling, turn, signal, watching },
            ignored: c.get("notes")?.ignored,
            patience: preferredWait(c.req.header("prefer"), limits.maxWaitMs),
          })
          : (await chat.begin({ ...turn, sampling: seedOf(sampling, index), signal, ...watching }))
            .events,
    );
    const toKeep = async (choices: readonly Choice[], usage: TurnUsage) => {
      const { storedBody } = await import("./stored.ts");
      return {
        id: format.head.id,
        createdAt,
        model: chat.model,
        metadata: request.metadata ?? {},
        body: storedBody(
          body.value,
          chatCompletion(format, choices, usage),
          c.get("requestId"),
          claimed && { choices, usage },
        ),
      };
    };
    const keeps = request.store && !before;
    const keep: KeepChoices = async (choices, usage) => {
      const made = await toKeep(choices, usage);
      try {
        await completions.create(tenant, made);
      } catch (error) {
        // The commit may have been applied and reported as failed: nothing else has this id.
        if (!await completions.has(tenant, completion).catch(() => false)) throw error;
      }
    };
    // What there is no room for without its answers need not be answered.
    if (keeps) await completions.requireRoom(tenant, await toKeep([], NO_USAGE));
    return runChoices(c, ports, begins, request.stream ?? false, {
      whole: (choices, usage) => chatCompletion(format, choices, usage),
      events: () => chatCompletionChunks(format),
      progress: request.return_progress ?? false,
    }, keeps ? keep : undefined);
  };
}

/** The model that is asked. */
interface WithChat {
  readonly chat: Pick<ChatService, "effort" | "template">;
}

/** What the answer is held to. The compiler of schemas is loaded with the first request that has one. */
async function grammarOf(
  { chat, grammars, strict }: Pick<ApiPorts, "grammars" | "strict"> & WithChat,
  tenant: string,
  tools: ToolRequest | undefined,
  schema: AnswerSchema,
  toolPath: (index: number) => readonly PropertyKey[],
): Promise<AnswerGrammar | undefined> {
  if (tools === undefined && schema === undefined) return undefined;
  const { schemaGrammar, toolsGrammar } = await import("../tools/grammars.ts");
  const place = { grammars, tenant, format: chat.template.tools, isStrict: strict };
  return tools
    ? toolsGrammar(place, tools, toolPath, schema)
    : schema && schemaGrammar(place, schema);
}

/** What an answer that may call is read as. */
function callsOf(tools: ToolRequest | undefined, format: ToolFormat) {
  return tools && callsForm(tools, format);
}

/** @throws {InvalidRequestError} if the answer would have to go on in the middle of a call */
function requireNoCall(
  request: ChatCompletionRequest,
  tools: ToolRequest | undefined,
  format: ToolFormat,
): void {
  const last = request.messages.at(-1);
  if (tools === undefined || last?.role !== "assistant" || startsNewAnswer(request)) return;
  if (!beginsCall(last.text, format)) return;
  const param = `messages[${request.messages.length - 1}].content`;
  throw new InvalidRequestError(
    `Invalid '${param}': a call that has begun cannot be continued: send the message without it.`,
    param,
    "invalid_value",
  );
}

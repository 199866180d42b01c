import { z } from "zod";
import type { AskedOpening, Effort } from "../../prompt/thinking.ts";
import type { ChatService } from "../../turn/turn.ts";
import { InvalidRequestError } from "../errors/errors.ts";
import { isObject, type JsonObject } from "./json_object.ts";
import { isNeutral } from "./neutral.ts";
import type { RequestNotes } from "./request_notes.ts";

/** The efforts of OpenAI's requests. */
const WIRE_EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"] as const;

/** How much a model is to think before it answers. */
export const effortField = z.enum(WIRE_EFFORTS).nullish();

/** Whether a model is to think at all, and how long, as other servers have it. */
export const thinkingField = z.strictObject({
  type: z.enum(["enabled", "disabled", "adaptive"]).nullish(),
  budget_tokens: z.int().min(0).nullish(),
}).nullish();

/** What requests say of thinking, in this API's words. */
export interface ThinkingFields {
  readonly effort: z.infer<typeof effortField>;
  readonly thinking: z.infer<typeof thinkingField>;
}

/** What an effort is to a model. */
const EFFORTS = {
  none: "none",
  minimal: "none",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
} as const satisfies Readonly<Record<(typeof WIRE_EFFORTS)[number], Effort>>;

/** Other names of efforts. Absent ones are those of OpenAI. */
const OTHER_EFFORTS: Readonly<Record<string, string | null>> = {
  auto: null,
  default: null,
  max: "xhigh",
  maximum: "xhigh",
  off: "none",
};

/** Fields whose value is a switch or an effort. */
const SWITCHES = ["reasoning_effort", "enable_thinking", "think", "enable_reasoning"] as const;

/** Fields whose value is a number of tokens. */
const BUDGETS = ["thinking_budget", "thinking_token_budget", "reasoning_budget"] as const;

/** What templates of other servers take. */
const IN_TEMPLATES: readonly string[] = [...SWITCHES, ...BUDGETS, "thinking"];

/** What of a body says something of thinking. */
interface Said {
  effort?: unknown;
  isOn?: boolean;
  budget?: number;
}

/**
 * Takes out of a body all that says something of thinking, in the words of any server, and gives it back in those of this
 * API. What asks for thoughts is noted, for where the model has none.
 */
export function openThinking(body: JsonObject, notes: RequestNotes): Said {
  const said: Said = {};
  for (const name of SWITCHES) takeSwitch(said, body, name, notes);
  for (const name of BUDGETS) takeBudget(said, body, name, notes);
  const { reasoning, thinking, chat_template_kwargs: others } = body;
  if (isObject(reasoning)) {
    noteThinking("reasoning", reasoning, notes);
    const { effort, enabled, max_tokens: budget, exclude, summary, ...rest } = reasoning;
    take(said, effort);
    take(said, enabled);
    take(said, budget);
    for (const [name, value] of Object.entries({ exclude, summary, ...rest })) {
      if (!isNeutral(name, value)) notes.thinkingDetails.add(`reasoning.${name}`);
    }
    delete body["reasoning"];
  }
  if (isObject(thinking)) {
    const { type, budget_tokens: budget } = thinking;
    if (type !== "disabled") noteThinking("thinking", thinking, notes);
    take(said, type === "disabled" ? false : type === undefined ? undefined : true);
    take(said, budget);
    delete body["thinking"];
  } else takeSwitch(said, body, "thinking", notes);
  if (isObject(others)) {
    noteThinking("chat_template_kwargs", others, notes);
    for (const [name, value] of Object.entries(others)) {
      if (IN_TEMPLATES.includes(name)) take(said, value);
      else if (!isNeutral(name, value)) notes.thinkingDetails.add(`chat_template_kwargs.${name}`);
    }
    delete body["chat_template_kwargs"];
  }
  return said;
}

/** What was said of thinking, as the fields of this API have it. */
export function thinkingFieldsOf(said: Said, notes: RequestNotes): JsonObject {
  const effort = effortOf(said.effort);
  if (effort === undefined) notes.ignored.add("reasoning_effort");
  const { isOn, budget } = said;
  return {
    ...effort ? { effort } : {},
    ...isOn === undefined && budget === undefined ? {} : {
      thinking: {
        type: isOn === false ? "disabled" : "enabled",
        ...budget === undefined ? {} : { budget_tokens: budget },
      },
    },
  };
}

/** @returns `undefined` if nobody knows what it means */
function effortOf(value: unknown): string | null | undefined {
  if (value === undefined) return null;
  const name = String(value).toLowerCase();
  if (Object.hasOwn(OTHER_EFFORTS, name)) return OTHER_EFFORTS[name]!;
  return WIRE_EFFORTS.find((known) => known === name);
}

function takeSwitch(said: Said, body: JsonObject, name: string, notes: RequestNotes): void {
  const value = body[name];
  if (typeof value !== "boolean" && typeof value !== "string") return;
  noteThinking(name, value, notes);
  take(said, value);
  delete body[name];
}

function takeBudget(said: Said, body: JsonObject, name: string, notes: RequestNotes): void {
  const value = body[name];
  if (typeof value !== "number") return;
  noteThinking(name, value, notes);
  take(said, value);
  delete body[name];
}

/** Takes a switch, an effort or a budget. The first of each counts. */
function take(said: Said, value: unknown): void {
  if (typeof value === "boolean") said.isOn ??= value;
  // Below 0 there is no limit of its own.
  else if (typeof value === "number") {
    if (Number.isInteger(value) && value >= 0) said.budget ??= value;
  } else if (typeof value === "string" && value !== "") said.effort ??= value;
}

function noteThinking(name: string, value: unknown, notes: RequestNotes): void {
  if (!isNeutral(name, value)) notes.thinking.add(name);
}

/** How a request for thoughts is understood. */
export interface Thinking {
  /** What the request calls the effort. */
  readonly param: string;
  /** Whether the answer continues a message, before which nothing can be thought any more. */
  readonly continues: boolean;
  /** Whether the server refuses what has no effect. */
  readonly strict: boolean;
  readonly notes: RequestNotes | undefined;
}

/**
 * How much a model is to think for a request. Where it cannot think, it answers all the same, and what it was asked is
 * reported.
 *
 * @throws {InvalidRequestError} if the server is strict, and the model was not taught to think
 */
export function thinkingOf(
  { effort: byDefault }: Pick<ChatService, "effort">,
  { effort, thinking }: ThinkingFields,
  { param, continues, strict, notes }: Thinking,
): Pick<AskedOpening, "effort" | "maxThoughts"> {
  if (byDefault === undefined || continues) {
    const asked = asks(effort) || asks(thinking?.type);
    if (strict && asked && byDefault === undefined) throw noThoughts(param);
    for (const name of notes?.thinking ?? []) notes!.ignored.add(name);
    return {};
  }
  for (const name of notes?.thinkingDetails ?? []) notes!.ignored.add(name);
  const asked = askedEffort(effort, thinking, byDefault);
  const budget = thinking?.budget_tokens ?? undefined;
  return {
    ...asked === "off" ? {} : { effort: budget === 0 && asked !== "none" ? "none" : asked },
    ...budget === undefined ? {} : { maxThoughts: budget },
  };
}

function askedEffort(
  effort: ThinkingFields["effort"],
  thinking: ThinkingFields["thinking"],
  byDefault: Effort,
): Effort {
  if (thinking?.type === "disabled") return "none";
  if (effort) return EFFORTS[effort];
  if (!thinking?.type) return byDefault;
  return byDefault === "off" || byDefault === "none" ? "any" : byDefault;
}

function asks(value: string | null | undefined): boolean {
  return !!value && value !== "none" && value !== "disabled";
}

/** A strict server is asked for thoughts of a model that has none. */
function noThoughts(param: string): InvalidRequestError {
  return new InvalidRequestError(
    `Unsupported parameter: '${param}' is not supported with this model, which was not taught to think.`,
    param,
    "unsupported_parameter",
  );
}

/**
 * How models of the G1 series are made to think. Source: RWKV-LM, RWKV-v7/RWKV7-G1x-templates.txt.
 *
 * Prompts stop before the last `>` of a mark: the vocabulary has tokens that join it with what follows, so the model
 * writes that character itself.
 *
 * @module
 */

/** The marks around thoughts. */
export const THOUGHTS_OPEN = "<think>";
export const THOUGHTS_CLOSE = "</think>";

/** What the model still has to write of either mark. */
const MARK_END = ">";

/**
 * How much a model thinks before it answers:
 *
 * - `off`: the prompt says nothing of it;
 * - `none`: the prompt has thoughts that are empty, which answers better than `off`;
 * - `low`, `medium`, `high`: the prompt asks for short, normal or long thoughts;
 * - `any`: as much as the model likes.
 */
export const EFFORTS = ["off", "none", "low", "medium", "high", "any"] as const;

/** How much a model thinks before it answers. */
export type Effort = (typeof EFFORTS)[number];

/** What stands behind the last text of the user. */
const REQUESTS: Readonly<Partial<Record<Effort, string>>> = {
  low: " (think a bit)",
  medium: " (think)",
  high: " (think a lot)",
};

/** What is asked of the beginning of an answer. Plain JSON, so that it can be kept with a response. */
export interface AskedOpening {
  /** Absent: `off`. */
  readonly effort?: Effort;
  /** Tokens of thoughts at the most. Absent: three quarters of what the answer may have. */
  readonly maxThoughts?: number;
  /** What a call begins with, if the answer has to be one. */
  readonly call?: string;
}

/** How a prompt begins an answer. */
export interface AnswerOpening {
  /** What stands behind the last text of the user. */
  readonly request: string;
  /** What the prompt ends with after the label. */
  readonly read: string;
  /** What of that is part of the answer. */
  readonly shown: string;
  /** What the model has to write first, to complete a mark. */
  readonly lead: string;
  /** Whether thoughts come first. */
  readonly thinks: boolean;
}

/**
 * How a prompt begins an answer. Undefined: it does not.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(openAnswer({ effort: "low" }), {
 *   request: " (think a bit)",
 *   read: " <think",
 *   shown: "<think",
 *   lead: ">",
 *   thinks: true,
 * });
 * assert.equal(openAnswer({ effort: "none" })?.read, " <think>\n</think");
 * ```
 */
export function openAnswer({ effort = "off", call }: AskedOpening): AnswerOpening | undefined {
  const thinks = effort !== "off" && effort !== "none";
  if (!thinks && call !== undefined) {
    return { request: "", read: ` ${call}`, shown: call, lead: "", thinks };
  }
  if (effort === "off") return undefined;
  const open = THOUGHTS_OPEN.slice(0, -MARK_END.length);
  const close = THOUGHTS_CLOSE.slice(0, -MARK_END.length);
  return {
    request: REQUESTS[effort] ?? "",
    read: thinks ? ` ${open}` : ` ${THOUGHTS_OPEN}\n${close}`,
    shown: thinks ? open : "",
    lead: MARK_END,
    thinks,
  };
}

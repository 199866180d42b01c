import { z } from "zod";
import type { Item } from "./item.ts";
import type { Call } from "./score.ts";

/** How much it is asked to think before an answer. */
export type Effort = "none" | "low" | "medium" | "high";

/** Something said. */
export interface G1Turn {
  readonly role: "user" | "assistant";
  readonly text: string;
}

const SUFFIX = { none: "", low: " (think a bit)", medium: " (think)", high: " (think a lot)" };

/**
 * The prompt of a G1 model: turns joined by blank lines, the tools in the system turn, and an end that asks for a thought, for
 * none, or for a call. Source: RWKV-LM, RWKV-v7/RWKV7-G1x-templates.txt.
 */
export function g1Prompt(
  { system, tools }: Pick<Item, "system" | "tools">,
  said: readonly G1Turn[],
  effort: Effort | undefined,
): string {
  const lines = [
    ...(system === undefined ? [] : [system]),
    ...(tools === undefined ? [] : [
      "Tools:",
      "[",
      tools.map(({ name, description, parameters }) =>
        JSON.stringify({ name, description, arguments: parameters.properties })
      ).join(",\n"),
      "]",
      "Return only a JSON function call.",
    ]),
  ];
  const turns = said.map(({ role, text }, i) => {
    const suffix = i === said.length - 1 && effort !== undefined ? SUFFIX[effort] : "";
    return `${role === "user" ? "User" : "Assistant"}: ${clean(text)}${suffix}`;
  });
  const head = lines.length === 0 ? [] : [`System: ${lines.map(clean).join("\n")}`];
  return [...head, ...turns, `Assistant:${ending(tools !== undefined, effort)}`].join("\n\n");
}

function ending(calls: boolean, effort: Effort | undefined): string {
  if (effort === "none") return " <think>\n</think";
  if (effort !== undefined) return " <think";
  return calls ? " ```json" : "";
}

function clean(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/\n{2,}/g, "\n").trim();
}

const callSchema = z.object({
  name: z.string(),
  arguments: z.record(z.string(), z.unknown()),
});

/** The answer in a text that a G1 model wrote: without its thought; and the call in it, if it should call. */
export function readG1Answer(
  text: string,
  calls: boolean,
  effort: Effort | undefined,
): { answer: string; call?: Call } {
  let answer = text;
  if (effort === "none") answer = text.replace(/^>/, "");
  else if (effort !== undefined) {
    const end = text.indexOf("</think>");
    answer = end === -1 ? "" : text.slice(end + "</think>".length);
  }
  answer = answer.trim();
  if (!calls) return { answer };
  const json = answer.replace(/^```(?:json)?/, "").replace(/```[^]*$/, "").trim();
  try {
    const { data } = callSchema.safeParse(JSON.parse(json));
    return data === undefined ? { answer } : { answer, call: data };
  } catch {
    return { answer };
  }
}

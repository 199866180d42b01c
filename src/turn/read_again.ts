import { TextNotKeptError } from "../records/errors.ts";
import type { Message } from "../prompt/message.ts";
import { differInPersona } from "../state/persona_fingerprint.ts";
import type { ResponseNode } from "../tree/response_node.ts";
import { joinContinued, type Wanted, wantedOf } from "./prefill.ts";
import type { TurnInput } from "./turn.ts";

/** A response whose state has read some messages. */
export interface KnownResponse {
  readonly node: ResponseNode;
  /** How many. */
  readonly depth: number;
}

/**
 * What a turn reads when the state of the response that it continues cannot be used for it: everything after the base,
 * oldest first. These are instructions, earlier turns, and the messages of this one.
 */
export interface Rereading extends Wanted {
  /**
   * The response whose state is the earliest that there is: the last one that has read a text which is not kept. Absent:
   * all text is kept, and reading begins with the empty state.
   */
  readonly base?: ResponseNode;
  /** The latest response whose state has read a beginning of the messages. It only saves work. */
  readonly known?: KnownResponse;
  /** What was said last, in this turn or before it. */
  readonly last: Message | undefined;
}

/**
 * Plans to read a conversation again, from its own text: with other instructions than its state has read, or because
 * the state is another model's.
 *
 * Instructions come first. Where a text was not kept they come right after it, because nothing before can be read again.
 *
 * @param lineage all responses so far, oldest first
 * @param modelFingerprint the model that is to go on
 * @throws {TextNotKeptError} if it would take a text that is not kept: to forget instructions that were read before that
 *   text, or to read it with another model.
 */
export function readAgain(
  lineage: readonly ResponseNode[],
  input: Pick<TurnInput, "instructions" | "messages" | "readOnly" | "newAnswer">,
  modelFingerprint: string,
): Rereading {
  const instructions = input.instructions ?? null;
  const at = lineage.findLastIndex((node) => node.messages.some(({ ingested }) => ingested));
  const base = lineage[at];
  if (base !== undefined) {
    if (base.modelFingerprint !== modelFingerprint) {
      const isPersona = differInPersona(base.modelFingerprint, modelFingerprint);
      throw new TextNotKeptError(isPersona ? "persona" : "model");
    }
    if (instructions === null && base.instructions !== null) {
      throw new TextNotKeptError("instructions");
    }
  }
  // The base has read its own instructions already.
  const system: Message[] = instructions === null || base?.instructions === instructions
    ? []
    : [{ role: "system", text: instructions }];
  const after = lineage.slice(at + 1);
  const wanted = wantedOf(input, joinContinued([...system, ...saidIn(after), ...input.messages]));
  const next = (index: number) => after[index + 1]?.messages ?? input.messages;
  const depth = (index: number) =>
    joinContinued([...system, ...saidIn(after.slice(0, index + 1))]).length;
  const known = after.findLastIndex((node, index) =>
    node.instructions === instructions && node.modelFingerprint === modelFingerprint &&
    // Where the next message continues its answer, its state has read the end of it too early.
    !next(index)[0]?.continues && depth(index) <= wanted.messages.length
  );
  return {
    ...wanted,
    last: [...saidIn(lineage), ...input.messages].at(-1),
    ...base === undefined ? {} : { base },
    ...known < 0 ? {} : { known: { node: after[known]!, depth: depth(known) } },
  };
}

function saidIn(nodes: readonly ResponseNode[]): Message[] {
  return nodes.flatMap(({ messages }) => messages);
}

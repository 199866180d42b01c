import { TextNotKeptError } from "../records/errors.ts";
import type { Message } from "../prompt/message.ts";
import { differInPersona } from "../state/persona_fingerprint.ts";
import type { ResponseNode } from "../tree/response_node.ts";
import { joinContinued, type Wanted, wantedOf } from "./prefill.ts";
import type { TurnInput } from "./turn.ts";

/** A response, and how many of the messages its state has read. */
export interface KnownResponse {
  readonly node: ResponseNode;
  /** The number of messages. */
  readonly depth: number;
}

/**
 * What a turn rereads if the state of the response that it continues is not usable: everything after the base, oldest
 * first. These are instructions, earlier turns, and the messages of this one.
 */
export interface Rereading extends Wanted {
  /**
   * The response whose state is the earliest available: the last one that has read a text which is not kept. Absent: all
   * text is kept, and reading starts from the empty state.
   */
  readonly base?: ResponseNode;
  /** The latest response whose state has read a prefix of the messages. An optimization only. */
  readonly known?: KnownResponse;
  /** The last message, of this turn or an earlier one. */
  readonly last: Message | undefined;
}

/**
 * Plans to reread a conversation from its text, because its state has read other instructions or belongs to another
 * model.
 *
 * Instructions come first. If a text was not kept, they come right after it, because nothing before it can be reread.
 *
 * @param lineage all responses so far, oldest first
 * @param modelFingerprint the model that is to continue
 * @throws {TextNotKeptError} if a text that is not kept would have to be reread: to drop instructions that were read
 *   before it, or to read it with another model.
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
  // The base's state has read the base's instructions.
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
    // If the next message continues its answer, the state has already closed that answer.
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

import { TextNotKeptError } from "../conversation/errors.ts";
import type { Message } from "../conversation/message.ts";
import type { ResponseNode } from "../conversation/response_node.ts";
import type { FoundPrefix } from "../conversation/snapshot.ts";
import type { TurnInput } from "./turn.ts";

/** What a turn reads when the state of the response that it continues cannot be used for it. */
export interface Rereading {
  /** Everything after the base, oldest first: instructions, earlier turns, the messages of this one. */
  readonly messages: readonly Message[];
  /**
   * The response whose state is the earliest that there is: the last one that has read a text which is not kept. Absent:
   * all text is kept, and reading begins with the empty state.
   */
  readonly base?: ResponseNode;
  /** The latest response whose state has read a beginning of the messages. It only saves work. */
  readonly known?: FoundPrefix;
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
  { instructions, messages }: Pick<TurnInput, "instructions" | "messages">,
  modelFingerprint: string,
): Rereading {
  const wanted = instructions ?? null;
  const at = lineage.findLastIndex((node) => node.messages.some(({ ingested }) => ingested));
  const base = lineage[at];
  if (base !== undefined) {
    if (base.modelFingerprint !== modelFingerprint) throw new TextNotKeptError("model");
    if (wanted === null && base.instructions !== null) throw new TextNotKeptError("instructions");
  }
  // The base has read its own instructions already.
  const system: Message[] = wanted === null || base?.instructions === wanted
    ? []
    : [{ role: "system", text: wanted }];
  const after = lineage.slice(at + 1);
  const last = after.findLastIndex((node) =>
    node.instructions === wanted && node.modelFingerprint === modelFingerprint
  );
  const known = last < 0 ? {} : {
    known: {
      snapshot: after[last]!,
      depth: system.length + saidIn(after.slice(0, last + 1)).length,
    },
  };
  return {
    messages: [...system, ...saidIn(after), ...messages],
    ...base === undefined ? {} : { base },
    ...known,
  };
}

function saidIn(nodes: readonly ResponseNode[]): Message[] {
  return nodes.flatMap(({ messages }) => messages);
}

import type { ResponseTree } from "../tree/response_tree.ts";
import { TextNotKeptError } from "../records/errors.ts";
import type { ResponseNode } from "../tree/response_node.ts";
import { firstState } from "../engine/engine.ts";
import { StateError } from "../state/errors.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import { encodeAll } from "../tokenizer/encode_all.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { readAgain } from "../turn/read_again.ts";
import { StateFinder, type StateFinderParts, type UnreadPath } from "../turn/state_finder.ts";
import { type ChatTemplate, renderPrompt } from "../prompt/template.ts";

/** Dependencies of {@linkcode beforeText}. */
export interface BeforeTextParts {
  readonly tree: ResponseTree;
  readonly inference: StateFinderParts["inference"];
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
}

/** The starting point for reading a text. */
export interface BeforeText {
  readonly state: RecurrentState;
  /** The responses to read again first, if the last response's state was not kept. */
  readonly path?: UnreadPath;
  /** Tokens to read before the text, in pieces. Empty unless the whole conversation is read again. */
  readonly unread: readonly (readonly number[])[];
  /** Total number of tokens before the text. */
  readonly tokens: number;
}

/**
 * Finds the starting point for reading a text into a conversation: the state of the last response or, if that belongs
 * to another model, the whole conversation read again.
 *
 * @param node the last response, if any
 * @throws {TextNotKeptError} if the conversation has to be read again but contains a text that was not stored
 */
export async function beforeText(
  { tree, inference, tokenizer, template }: BeforeTextParts,
  tenant: string,
  node: ResponseNode | undefined,
): Promise<BeforeText> {
  const { modelFingerprint } = inference;
  const empty = firstState(inference);
  const before = inference.initialTokens ?? 0;
  if (node === undefined) return { state: empty, unread: [], tokens: before };
  try {
    const finder = new StateFinder({ inference, tree });
    return { ...await finder.ofResponse(tenant, node), unread: [] };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
  }
  const lineage = await tree.lineage(tenant, node.id);
  const { instructions } = node;
  const input = {
    messages: [],
    readOnly: true,
    ...instructions === null ? {} : { instructions },
  };
  const { messages, base } = readAgain(lineage, input, modelFingerprint);
  // An earlier response has a usable state although the last one does not. Too rare to be worth supporting.
  if (base !== undefined) throw new TextNotKeptError("model");
  const unread = await encodeAll(
    tokenizer,
    renderPrompt(template, messages, before > 0 ? "messages" : "nothing", false),
  );
  return { state: empty, unread, tokens: unread.reduce((sum, { length }) => sum + length, before) };
}

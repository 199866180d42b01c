import type { ResponseTree } from "../tree/response_tree.ts";
import { TextNotKeptError } from "../records/errors.ts";
import type { ResponseNode } from "../tree/response_node.ts";
import { firstState } from "../engine/engine.ts";
import { StateError } from "../state/errors.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { readAgain } from "../turn/read_again.ts";
import { StateFinder, type StateFinderParts, type UnreadPath } from "../turn/state_finder.ts";
import { type ChatTemplate, renderPrompt } from "../prompt/template.ts";

/** What {@linkcode beforeText} looks with. */
export interface BeforeTextParts {
  readonly tree: ResponseTree;
  readonly inference: StateFinderParts["inference"];
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
}

/** Where the reading of a text begins. */
export interface BeforeText {
  readonly state: RecurrentState;
  /** What has to be read first, if the state of the last response was not kept. */
  readonly path?: UnreadPath;
  /** Tokens that have to be read before the text, in pieces: empty unless the conversation is read again. */
  readonly unread: readonly (readonly number[])[];
  /** Tokens that come before the text in all. */
  readonly tokens: number;
}

/**
 * Where a text begins that is read into a conversation: after the state of its last response, or if that is another
 * model's, after all that was said.
 *
 * @param node the last response. Absent: there is none.
 * @throws {TextNotKeptError} if what was said is not all kept.
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
  // Its state could be used, but the one after it is of another model: too rare a case to read on from there.
  if (base !== undefined) throw new TextNotKeptError("model");
  const unread = renderPrompt(template, messages, before > 0 ? "messages" : "nothing", false)
    .map((piece) => tokenizer.encode(piece));
  return { state: empty, unread, tokens: unread.reduce((sum, { length }) => sum + length, before) };
}

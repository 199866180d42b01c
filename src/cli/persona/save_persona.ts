import { type OpenModel, openModel } from "../../models/open_model.ts";
import { personaFolders } from "../../models/persona_folder.ts";
import { writePersona } from "../../models/write_persona.ts";
import type { Message } from "../../prompt/message.ts";
import { chatTemplate, renderPrompt } from "../../prompt/template.ts";
import type { Config } from "../../settings/config.ts";
import type { RecurrentState } from "../../state/recurrent_state.ts";
import { unfinished } from "../convert/unfinished.ts";
import { responseState } from "./response_state.ts";

/** What a persona is the state after: messages, or a stored response. */
export type PersonaSource =
  | { readonly message: Message }
  | { readonly response: string; readonly tenant: string };

/** A persona that is to be saved. */
export interface SavePersonaRequest {
  /** What it is to be called. */
  readonly name: string;
  /** The path of the model. */
  readonly model: string;
  readonly source: PersonaSource;
  /** Whether one of this name is replaced. */
  readonly force: boolean;
}

/** How a persona is saved. */
export interface SavePersonaOptions {
  readonly config: Config;
  readonly signal: AbortSignal;
  /** Told of the reading: tokens that were read, and those of all. */
  readonly onRead?: (tokens: number, total: number) => void;
}

/** A persona that was saved. */
export interface SavedPersona {
  /** What requests call it. */
  readonly model: string;
  readonly path: string;
  /** Tokens that the state has read. */
  readonly tokens: number;
  readonly bytes: number;
}

/** Tokens that are read between two looks at the signal. */
const PART_TOKENS = 4_096;

/**
 * Saves the state after a message or a stored response as a persona of a model, in the folder where the server looks for
 * them. Conversations that begin with it go on from there, as from their own first message.
 *
 * @throws what keeps the model from being run, or the response from being read
 */
export async function savePersona(
  { name, model: path, source, force }: SavePersonaRequest,
  options: SavePersonaOptions,
): Promise<SavedPersona> {
  const { config, signal } = options;
  const { engine, threads, weights, personas } = config;
  const model = await openModel(path, { engine, threads, weights });
  try {
    const { name: own } = model;
    const folders = await personaFolders(path, own, personas === "" ? undefined : personas);
    const before = "response" in source
      ? await responseState(model.inference, folders, { ...source, config, signal })
      : undefined;
    const messages = "message" in source ? [source.message] : [];
    const tokens = tokensOf(model, messages);
    const state = await read(model, before?.state, tokens, options);
    const persona = { state, tokens: (before?.tokens ?? 0) + tokens.length };
    const file = writePersona(persona, model.inference.modelFingerprint);
    await Deno.mkdir(folders[0]!, { recursive: true });
    const target = `${folders[0]}/${name}.safetensors`;
    await unfinished(target, signal, force, (path) => Deno.writeFile(path, file, { signal }));
    return { model: `${own}@${name}`, path: target, tokens: persona.tokens, bytes: file.length };
  } finally {
    await model.inference.close();
  }
}

function tokensOf({ folder, tokenizer }: OpenModel, messages: readonly Message[]): number[] {
  const template = chatTemplate(folder.config.chat_template);
  return renderPrompt(template, messages, "nothing", false)
    .flatMap((piece) => tokenizer.encode(piece));
}

async function read(
  { inference }: OpenModel,
  state: RecurrentState | undefined,
  tokens: readonly number[],
  { signal, onRead }: Pick<SavePersonaOptions, "signal" | "onRead">,
): Promise<RecurrentState> {
  const sequence = inference.open(state ?? inference.initialState);
  try {
    for (let at = 0; at < tokens.length; at += PART_TOKENS) {
      await sequence.read(tokens.slice(at, at + PART_TOKENS), signal);
      onRead?.(Math.min(at + PART_TOKENS, tokens.length), tokens.length);
    }
    return await sequence.state();
  } finally {
    sequence.close();
  }
}

import { CHAT_TEMPLATES } from "../prompt/template.ts";
import type { AnswerDefaults } from "../sampling/default_sampling.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ChatModels, ListedModel } from "./chat_models.ts";
import { UnknownPersonaError } from "./model_errors.ts";
import { type ModelNames, UnknownModelError } from "./model_names.ts";
import type { KnownModel, LoadedModel, ModelSource } from "./model_source.ts";
import type { ChatService } from "./turn.ts";

/** What {@linkcode ServedChats} are made of. */
export interface ServedChatsParts {
  readonly source: ModelSource;
  readonly names: ModelNames;
  /** Puts a chat service over a model. */
  readonly chatOver: (model: LoadedModel) => ChatService;
  /** How a model answers where a request does not say, as far as its folder tells. */
  readonly defaultsOf: (folder: KnownModel["folder"]) => AnswerDefaults;
  /** Since when a model is there that does not say it, seconds since the epoch. */
  readonly started: number;
}

/** The models of a source, with a chat service over each. */
export class ServedChats implements ChatModels {
  readonly names: ModelNames;
  readonly #parts: ServedChatsParts;
  readonly #chats = new WeakMap<LoadedModel, ChatService>();

  /** @throws what `chatOver` throws for a model that is loaded already */
  constructor(parts: ServedChatsParts) {
    this.#parts = parts;
    this.names = parts.names;
    for (const model of parts.source.known()) this.#over(model);
  }

  async list(): Promise<readonly ListedModel[]> {
    const known = await this.#parts.source.list();
    const own = known.map((model) => this.#listed(model.name, model));
    const others = this.names.listed.filter((name) => !known.some((model) => model.name === name));
    return [...own, ...others.flatMap((name) => this.#alias(name, known) ?? [])];
  }

  async describe(name: string): Promise<ListedModel> {
    const known = await this.#parts.source.list();
    const listed = this.#alias(name, known);
    if (listed !== undefined) return listed;
    const { model, persona } = this.#split(name);
    const personas = known.flatMap((one) => {
      const own = this.names.split(one.name);
      return own?.model === model && own.persona !== undefined ? [own.persona] : [];
    });
    throw new UnknownPersonaError(model, persona!, personas);
  }

  async find(name?: string): Promise<ChatService> {
    return this.#over(await this.loaded(name));
  }

  /**
   * The model that a name stands for, which is loaded if it was not.
   *
   * @throws what {@linkcode find} throws
   */
  async loaded(name?: string): Promise<LoadedModel> {
    const { model, persona } = this.#split(name ?? this.names.models[0]!);
    return await this.#parts.source.find(model, persona);
  }

  async tokenizer(name?: string): Promise<Tokenizer> {
    const resolved = name === undefined ? undefined : this.names.resolve(name);
    const model = resolved === undefined ? undefined : this.names.split(resolved)?.model;
    return await this.#parts.source.tokenizer(model ?? this.names.models[0]!);
  }

  statuses() {
    return this.#parts.source.statuses();
  }

  #over(model: LoadedModel): ChatService {
    const known = this.#chats.get(model);
    const chat = known ?? this.#parts.chatOver(model);
    if (known === undefined) this.#chats.set(model, chat);
    return chat;
  }

  /** What a name stands for that a request gives. @throws {UnknownModelError} */
  #split(name: string) {
    const resolved = this.names.resolve(name);
    const named = resolved === undefined ? undefined : this.names.split(resolved);
    if (named === undefined) throw new UnknownModelError(name, this.names.listed);
    return named;
  }

  /** A name that stands for one of these models, or is its own. `undefined`: it stands for none of these. */
  #alias(name: string, known: readonly KnownModel[]): ListedModel | undefined {
    const { model, persona } = this.#split(name);
    const resolved = this.names.resolve(name)!;
    const found = known.find((one) => one.name === resolved) ??
      (persona === undefined ? { name: model } : undefined);
    return found && this.#listed(name, found);
  }

  #listed(name: string, { name: root, folder }: KnownModel): ListedModel {
    const { defaultsOf, started } = this.#parts;
    return {
      name,
      ...name === root ? {} : { root },
      created: folder?.created ?? started,
      defaults: defaultsOf(folder),
      ...folder === undefined ? {} : { thinking: thinkingOf(folder) },
    };
  }
}

function thinkingOf({ chat_template, thinking = "off" }: NonNullable<KnownModel["folder"]>) {
  // A template that there is not is reported when the model is loaded.
  const thinks = Object.hasOwn(CHAT_TEMPLATES, chat_template) &&
    CHAT_TEMPLATES[chat_template]!.thinks;
  return thinks ? { default: thinking } : null;
}

import { CHAT_TEMPLATES } from "../prompt/template.ts";
import type { AnswerDefaults } from "../sampling/default_sampling.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ChatModels, ListedModel } from "./chat_models.ts";
import { UnknownPersonaError } from "./errors.ts";
import { type ModelNames, UnknownModelError } from "./model_names.ts";
import type { KnownModel, LoadedModel, ModelSource } from "./model_source.ts";
import type { ChatService } from "./turn.ts";

/** Options of {@linkcode ServedChats}. */
export interface ServedChatsParts {
  readonly source: ModelSource;
  readonly names: ModelNames;
  /** Creates the chat service of a model. */
  readonly chatOver: (model: LoadedModel) => ChatService;
  /** A model's defaults for what requests leave out, from its folder. */
  readonly defaultsOf: (folder: KnownModel["folder"]) => AnswerDefaults;
  /** Creation time of models that do not state one, in seconds since the epoch. */
  readonly started: number;
}

/** The models of a source, with a chat service over each. */
export class ServedChats implements ChatModels {
  readonly names: ModelNames;
  readonly #parts: ServedChatsParts;
  readonly #chats = new WeakMap<LoadedModel, ChatService>();

  /** @throws what `chatOver` throws for a model that is already loaded */
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
   * The model that a name stands for, loaded on first use.
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

  /** Resolves a name of a request. @throws {UnknownModelError} */
  #split(name: string) {
    const resolved = this.names.resolve(name);
    const named = resolved === undefined ? undefined : this.names.split(resolved);
    if (named === undefined) throw new UnknownModelError(name, this.names.listed);
    return named;
  }

  /** Resolves a name or alias. `undefined`: it stands for none of these models. */
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

import type { Effort } from "../prompt/thinking.ts";
import type { AnswerDefaults } from "../sampling/default_sampling.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ModelNames } from "./model_names.ts";
import type { ModelStatus } from "./model_source.ts";
import type { ChatService } from "./turn.ts";

/** A name that requests may use, and the metadata of its model. */
export interface ListedModel {
  readonly name: string;
  /** The model that an alias stands for. Absent: it is the model's own name. */
  readonly root?: string;
  /** Created at, in seconds since the epoch. */
  readonly created: number;
  readonly defaults: AnswerDefaults;
  /** How the model thinks. `null`: it was not taught to. Absent: the model cannot be read. */
  readonly thinking?: { readonly default: Effort } | null;
}

/** Port: the models that requests can name. */
export interface ChatModels {
  readonly names: ModelNames;
  /** Every name that requests may use; the alias `*` is not among them. */
  list(): Promise<readonly ListedModel[]>;
  /**
   * The metadata of the model that a name stands for, without loading it.
   *
   * @throws {UnknownModelError | UnknownPersonaError}
   */
  describe(name: string): Promise<ListedModel>;
  /**
   * The chat service of a model, which is loaded if it was not.
   *
   * @param name absent: the main model
   * @throws {UnknownModelError | UnknownPersonaError | UnusablePersonaError}
   * @throws {ModelUnavailableError} if it cannot be loaded now
   */
  find(name?: string): Promise<ChatService>;
  /**
   * What a model reads and writes text with. The model itself is not loaded for that.
   *
   * @param name absent: the main model. That is also taken if there is no such model any more
   */
  tokenizer(name?: string): Promise<Tokenizer>;
  /** How each model is, by its name. */
  statuses(): ReadonlyMap<string, ModelStatus>;
}

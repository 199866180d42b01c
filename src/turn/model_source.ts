import type { FolderConfig } from "../checkpoint/folder_config.ts";
import type { Inference } from "../engine/inference.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** What is known of a model before it is loaded. */
export interface KnownModel {
  /** What requests call it by, with the name of a persona after an `@` if it has one. */
  readonly name: string;
  /** Absent where the model cannot be read. */
  readonly folder?: Pick<FolderConfig, "created" | "sampling" | "chat_template" | "thinking">;
}

/** A model that was loaded. It may have been unloaded since, and is loaded again when it is held. */
export interface LoadedModel {
  /** What requests call it by, with the name of a persona after an `@` if it has one. */
  readonly name: string;
  /** The name of the model without that of a persona. */
  readonly base: string;
  readonly folder: FolderConfig;
  readonly inference: Inference;
  readonly tokenizer: Tokenizer;
  /** The file of its weights. Absent: there is none here. */
  readonly weightsPath?: string;
  /**
   * Loads the model if need be, and keeps it loaded until what this returns is called. Sequences may be opened only
   * meanwhile.
   *
   * @throws {ModelUnavailableError} if it cannot be loaded now
   */
  readonly hold: (signal?: AbortSignal) => Promise<() => void>;
}

/** Whether a model can answer at once. */
export interface ModelStatus {
  /** `failed`: it could not be loaded the last time. */
  readonly status: "loaded" | "loading" | "unloaded" | "failed";
  /** How much of it is loaded, while it is loading. */
  readonly percent?: number;
}

/** Port: the models of a server, which may be loaded when they are first used. */
export interface ModelSource {
  /** The names of the models, without personas; the main one first. */
  readonly names: readonly string[];
  /** All models, and after each its personas. */
  list(): Promise<readonly KnownModel[]>;
  /**
   * A model, loaded. The same object for the same model, until its weights or its persona change.
   *
   * @param persona one of the model's personas. Absent: none
   * @throws {ModelUnavailableError} if it cannot be loaded now
   * @throws {UnknownPersonaError | UnusablePersonaError}
   */
  find(model: string, persona: string | undefined): Promise<LoadedModel>;
  /** What a model reads and writes text with. The model itself is not loaded for that. */
  tokenizer(model: string): Promise<Tokenizer>;
  /** Those that were loaded at any time, even if they are not now. */
  known(): readonly LoadedModel[];
  /** How each model is, by its name. */
  statuses(): ReadonlyMap<string, ModelStatus>;
}

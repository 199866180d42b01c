import type { FolderConfig } from "../checkpoint/folder_config.ts";
import type { Inference } from "../engine/inference.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** What is known of a model before it is loaded. */
export interface KnownModel {
  /** Its name in requests, followed by an `@` and a persona if it has one. */
  readonly name: string;
  /** Absent if the folder cannot be read. */
  readonly folder?: Pick<FolderConfig, "created" | "sampling" | "chat_template" | "thinking">;
}

/** A loaded model. It may have been unloaded since; holding it loads it again. */
export interface LoadedModel {
  /** Its name in requests, followed by an `@` and a persona if it has one. */
  readonly name: string;
  /** The name of the model without a persona. */
  readonly base: string;
  readonly folder: FolderConfig;
  readonly inference: Inference;
  readonly tokenizer: Tokenizer;
  /** The file of its weights. Absent: it has no file here. */
  readonly weightsPath?: string;
  /**
   * Loads the model if need be, and keeps it loaded until the returned function is called. Sequences may be opened only
   * in between.
   *
   * @throws {ModelUnavailableError} if it cannot be loaded now
   */
  readonly hold: (signal?: AbortSignal) => Promise<() => void>;
}

/** Whether a model can answer at once. */
export interface ModelStatus {
  /** `failed`: the last attempt to load it failed. */
  readonly status: "loaded" | "loading" | "unloaded" | "failed";
  /** The fraction that is loaded, while it is loading. */
  readonly percent?: number;
}

/** Port: the models of a server, which may be loaded on first use. */
export interface ModelSource {
  /** The names of the models, without personas; the main one first. */
  readonly names: readonly string[];
  /** All models, and after each its personas. */
  list(): Promise<readonly KnownModel[]>;
  /**
   * Loads a model. Returns the same object for the same model until its weights or its persona change.
   *
   * @param persona one of the model's personas. Absent: none
   * @throws {ModelUnavailableError} if it cannot be loaded now
   * @throws {UnknownPersonaError | UnusablePersonaError}
   */
  find(model: string, persona: string | undefined): Promise<LoadedModel>;
  /** What a model reads and writes text with. The model itself is not loaded for that. */
  tokenizer(model: string): Promise<Tokenizer>;
  /** All models that were ever loaded, even if they are unloaded now. */
  known(): readonly LoadedModel[];
  /** The status of each model, by name. */
  statuses(): ReadonlyMap<string, ModelStatus>;
}

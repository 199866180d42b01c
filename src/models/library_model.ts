import { readVocabulary } from "../checkpoint/model_folder.ts";
import type { EngineOptions } from "../engine/engine_options.ts";
import { EngineThread } from "../engine/worker_thread.ts";
import { type Model, readModel } from "../rwkv/read_model.ts";
import { stateLayout } from "../state/layout.ts";
import { loadTokenizer } from "../tokenizer/load_tokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { ModelUnavailableError } from "../turn/errors.ts";
import { withPersona } from "../turn/model_names.ts";
import type { KnownModel, LoadedModel, ModelStatus } from "../turn/model_source.ts";
import { modelMemory } from "./model_memory.ts";
import type { ModelPool, PoolMember, Resident } from "./model_pool.ts";
import { type OpenModel, openModel, type OpenModelOptions } from "./open_model.ts";
import type { PersonaFolder } from "./persona_folder.ts";
import { PersonaInference } from "./persona_inference.ts";
import { PooledInference } from "./pooled_inference.ts";

/** A model that is in memory. */
export type ResidentModel = OpenModel & Resident;

/** What a {@linkcode LibraryModel} is made of. */
export interface LibraryModelParts {
  readonly name: string;
  /** A file or a folder. */
  readonly path: string;
  /** What was read of it at the start. Absent: it could not be read then. */
  readonly model: Model | undefined;
  readonly pool: ModelPool<ResidentModel>;
  readonly personas: PersonaFolder;
  readonly options: EngineOptions & Pick<OpenModelOptions, "speculation">;
  /** A thread that may have begun to load it. */
  readonly thread: EngineThread | undefined;
  readonly events: LibraryEvents;
}

/** What happens to the models of a library. */
export interface LibraryEvents {
  readonly onLoading?: (name: string, done: number, total: number) => void;
  readonly onLoaded?: (name: string, model: OpenModel, ms: number) => void;
  readonly onFailed?: (name: string, error: unknown) => void;
  /** The engine of a model died. */
  readonly onCrash?: (name: string, error: unknown) => void;
  /** The file of a persona was changed that was in use. */
  readonly onPersonaChanged?: (name: string, path: string) => void;
}

/** One model of a library, with its personas. */
export class LibraryModel implements PoolMember<ResidentModel> {
  readonly name: string;
  readonly #parts: LibraryModelParts;
  #thread: EngineThread | undefined;
  /** What was read of it before it is loaded the first time. Its files may be others the next time. */
  #model: Model | undefined;
  #bytes: Promise<number> | undefined;
  #tokenizer: Promise<Tokenizer> | undefined;
  /** As it was loaded first, or since its file was changed. */
  #known: LoadedModel | undefined;
  /** With personas, by the names of these. */
  readonly #personas = new Map<string, LoadedModel>();
  #percent: number | undefined;
  #failed = false;

  constructor(parts: LibraryModelParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#thread = parts.thread;
    this.#model = parts.model;
  }

  get status(): ModelStatus {
    const status = this.#parts.pool.statusOf(this);
    if (status === "unloaded" && this.#failed) return { status: "failed" };
    if (status !== "loading") return { status };
    return { status, percent: this.#percent ?? 0 };
  }

  /** What was loaded at any time: the model, and the model with personas. */
  get loaded(): readonly LoadedModel[] {
    return this.#known === undefined ? [] : [this.#known, ...this.#personas.values()];
  }

  /** The model, and after it its personas. */
  async list(): Promise<readonly KnownModel[]> {
    const { model, personas } = this.#parts;
    if (model === undefined) return [{ name: this.name }];
    const { config: folder } = model;
    const names = await personas.names({ layout: stateLayout(folder) });
    return [this.name, ...names.map((persona) => withPersona(this.name, persona))]
      .map((name) => ({ name, folder }));
  }

  /** @throws {ModelUnavailableError | UnknownPersonaError | UnusablePersonaError} */
  async find(persona: string | undefined): Promise<LoadedModel> {
    if (this.#known === undefined) (await this.#hold()).release();
    const known = this.#known!;
    return persona === undefined ? known : await this.#withPersona(known, persona);
  }

  tokenizer(): Promise<Tokenizer> {
    return this.#tokenizer ??= this.#loadTokenizer().catch((error) => {
      this.#tokenizer = undefined;
      throw this.#unavailable(error);
    });
  }

  bytes(): Promise<number> {
    const { path, model, options } = this.#parts;
    return this.#bytes ??= (async () => {
      const { weightsPath } = model ?? await readModel(path);
      return await modelMemory(weightsPath, options);
    })().catch((error) => {
      this.#bytes = undefined;
      this.#fail(error);
      throw error;
    });
  }

  async load(onLost: () => void): Promise<ResidentModel> {
    const { path, options, events } = this.#parts;
    const started = performance.now();
    const thread = this.#thread ?? new EngineThread();
    this.#thread = undefined; // it is of no use once more
    this.#percent = 0;
    thread.onLoading = (done, total) => {
      this.#percent = total === 0 ? 0 : Math.min(100, Math.floor(100 * done / total));
      events.onLoading?.(this.name, done, total);
    };
    try {
      const model = await openModel(path, {
        ...options,
        read: this.#model,
        thread,
        onCrash: (error) => {
          events.onCrash?.(this.name, error);
          onLost();
        },
      });
      this.#failed = false;
      events.onLoaded?.(this.name, model, performance.now() - started);
      this.#learn(model);
      return { ...model, close: () => model.inference.close() };
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#model = undefined;
      this.#percent = undefined;
    }
  }

  #fail(error: unknown): void {
    this.#failed = true;
    this.#parts.events.onFailed?.(this.name, error);
  }

  /** What is to be known of a model that was loaded, unless it is the one that was known. */
  #learn({ folder, inference, tokenizer }: OpenModel): void {
    if (this.#known?.inference.fingerprint === inference.fingerprint) return;
    const { pool } = this.#parts;
    const own = new PooledInference(inference, () => pool.peek(this)?.inference);
    this.#tokenizer = Promise.resolve(tokenizer);
    this.#personas.clear();
    this.#known = {
      name: this.name,
      base: this.name,
      folder: folder.config,
      inference: own,
      tokenizer,
      weightsPath: folder.weightsPath,
      hold: async (signal) => {
        const { value, release } = await this.#hold(signal);
        if (value.inference.fingerprint === own.fingerprint) return release;
        release();
        throw new ModelUnavailableError(this.name, "its file was changed. Ask again");
      },
    };
  }

  async #hold(signal?: AbortSignal) {
    try {
      return await this.#parts.pool.hold(this, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#unavailable(error);
    }
  }

  async #withPersona(known: LoadedModel, persona: string): Promise<LoadedModel> {
    const { personas } = this.#parts;
    const read = await personas.find(persona, known.inference);
    const inference = new PersonaInference(known.inference, read);
    const before = this.#personas.get(persona);
    if (before?.inference.fingerprint === inference.fingerprint) return before;
    const model = { ...known, name: withPersona(this.name, persona), inference };
    this.#personas.set(persona, model);
    return model;
  }

  async #loadTokenizer(): Promise<Tokenizer> {
    const { path, model } = this.#parts;
    const folder = model ?? await readModel(path);
    return await loadTokenizer(folder.config.tokenizer, await readVocabulary(folder));
  }

  /** The error that a client is told, which does not tell where files lie. */
  #unavailable(error: unknown): ModelUnavailableError {
    if (error instanceof ModelUnavailableError) return error;
    const { path } = this.#parts;
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    const message = error instanceof Error ? error.message : `${error}`;
    const reason = folder.length > 1 ? message.replaceAll(folder, "") : message;
    return new ModelUnavailableError(this.name, reason.replace(/\.$/, ""), { cause: error });
  }
}

import type { EngineThread } from "../engine/worker_thread.ts";
import { type Inferred, readModel } from "../rwkv/read_model.ts";
import type { KnownModel, LoadedModel, ModelSource, ModelStatus } from "../turn/model_source.ts";
import {
  type LibraryEvents,
  LibraryModel,
  type LibraryModelParts,
  type ResidentModel,
} from "./library_model.ts";
import { ModelPool, type ModelPoolOptions } from "./model_pool.ts";
import { modelName } from "./open_model.ts";
import { PersonaFolder, personaFolders } from "./persona_folder.ts";

/** How a {@linkcode ModelLibrary} is opened. */
export interface ModelLibraryOptions {
  /** How models are run. */
  readonly engine: LibraryModelParts["options"];
  /** The folder of personas. Absent: `personas` beside each model. */
  readonly personas: string | undefined;
  /** A thread that may have begun to load the first model. */
  readonly thread?: EngineThread | undefined;
  readonly pool: ModelPoolOptions;
  readonly events: LibraryEvents & {
    readonly onInferred?: (inferred: Inferred) => void;
    /** A model could not be read at the start. It is served all the same, since it may be there later. */
    readonly onUnreadable?: (path: string, error: unknown) => void;
  };
}

/** The models of a server: one that is loaded at the start and stays, or several that are loaded when they are used. */
export class ModelLibrary implements ModelSource {
  readonly names: readonly string[];
  readonly #models: ReadonlyMap<string, LibraryModel>;
  readonly #pool: ModelPool<ResidentModel>;

  private constructor(models: readonly LibraryModel[], pool: ModelPool<ResidentModel>) {
    this.names = models.map(({ name }) => name);
    this.#models = new Map(models.map((model) => [model.name, model]));
    this.#pool = pool;
  }

  /**
   * @param paths of the models, the main one first. A single one is loaded now
   * @throws what keeps a single model from being run
   */
  static async open(
    paths: readonly string[],
    { engine, personas, thread, pool: poolOptions, events }: ModelLibraryOptions,
  ): Promise<ModelLibrary> {
    const pool = new ModelPool<ResidentModel>(poolOptions);
    const isSingle = paths.length === 1;
    const models = await Promise.all(paths.map(async (path) => {
      const model = await readModel(path).catch((error) => {
        if (isSingle) throw error;
        events.onUnreadable?.(path, error);
        return undefined;
      });
      if (model?.inferred !== undefined) events.onInferred?.(model.inferred);
      const name = modelName(path, model?.config);
      const folders = await personaFolders(path, name, personas);
      const onChange = (persona: string, file: string) =>
        events.onPersonaChanged?.(`${name}@${persona}`, file);
      return new LibraryModel({
        name,
        path,
        model,
        pool,
        personas: new PersonaFolder(name, folders, onChange),
        options: engine,
        thread: isSingle ? thread : undefined,
        events,
      });
    }));
    if (isSingle) await pool.hold(models[0]!); // for ever
    return new ModelLibrary(models, pool);
  }

  async list(): Promise<readonly KnownModel[]> {
    const lists = await Promise.all(this.#models.values().map((model) => model.list()));
    return lists.flat();
  }

  async find(model: string, persona: string | undefined): Promise<LoadedModel> {
    return await this.#models.get(model)!.find(persona);
  }

  tokenizer(model: string): ReturnType<ModelSource["tokenizer"]> {
    return this.#models.get(model)!.tokenizer();
  }

  known(): readonly LoadedModel[] {
    return [...this.#models.values().flatMap(({ loaded }) => loaded)];
  }

  statuses(): ReadonlyMap<string, ModelStatus> {
    return new Map(this.#models.values().map(({ name, status }) => [name, status]));
  }

  /** Unloads all models. */
  async close(): Promise<void> {
    await this.#pool.close();
  }
}

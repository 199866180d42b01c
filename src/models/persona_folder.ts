import { UnknownPersonaError, UnusablePersonaError } from "../turn/errors.ts";
import { PersonaFileError } from "./persona_format.ts";
import { checkPersona, type Persona, type PersonaModel, readPersona } from "./read_persona.ts";

/** What files of personas are called. */
const PERSONA_FILE = /^([A-Za-z0-9][\w.-]*?)\.(safetensors|pth|pt|st|state)$/;

/** A file, and what tells that it was changed. */
interface FoundFile {
  readonly path: string;
  readonly version: string;
}

/** What is known of a file. */
interface Known<T> {
  readonly version: string;
  readonly value: T;
}

/** The personas of one model: the files of some folders, which may come and go while the server runs. */
export class PersonaFolder {
  readonly #model: string;
  readonly #folders: readonly string[];
  readonly #checked = new Map<string, Known<boolean>>();
  readonly #read = new Map<string, Known<Promise<Persona>>>();
  readonly #onChange: (persona: string, path: string) => void;

  /**
   * @param model its name
   * @param folders the preferred one first. They need not exist
   * @param onChange told that a file was changed that was in use
   */
  constructor(
    model: string,
    folders: readonly string[],
    onChange: (persona: string, path: string) => void,
  ) {
    this.#model = model;
    this.#folders = folders;
    this.#onChange = onChange;
  }

  /** The names of those that can be used with the model, as far as the heads of their files tell. */
  async names(model: PersonaModel): Promise<string[]> {
    const files = await this.#files();
    const usable = await Promise.all(
      [...files].map(async ([name, file]) => await this.#fits(file, model) ? [name] : []),
    );
    return usable.flat().sort();
  }

  /**
   * Reads a persona. The same object, until its file changes.
   *
   * @throws {UnknownPersonaError}
   * @throws {UnusablePersonaError}
   */
  async find(name: string, model: PersonaModel): Promise<Persona> {
    const file = (await this.#files()).get(name);
    if (file === undefined) {
      throw new UnknownPersonaError(this.#model, name, await this.names(model));
    }
    const known = this.#read.get(name);
    if (known?.version === file.version) return await known.value;
    if (known !== undefined) this.#onChange(name, file.path);
    const value = this.#open(name, file, model);
    this.#read.set(name, { version: file.version, value });
    try {
      return await value;
    } catch (error) {
      this.#read.delete(name);
      throw error;
    }
  }

  async #open(name: string, { path }: FoundFile, model: PersonaModel): Promise<Persona> {
    try {
      return await readPersona(path, model);
    } catch (cause) {
      if (!(cause instanceof PersonaFileError)) throw cause;
      throw new UnusablePersonaError(this.#model, name, cause.why, { cause });
    }
  }

  async #fits({ path, version }: FoundFile, model: PersonaModel): Promise<boolean> {
    const known = this.#checked.get(path);
    if (known?.version === version) return known.value;
    const value = await checkPersona(path, model).then(() => true, (error) => {
      if (error instanceof PersonaFileError) return false;
      throw error;
    });
    this.#checked.set(path, { version, value });
    return value;
  }

  /** The files, by the names of the personas. */
  async #files(): Promise<Map<string, FoundFile>> {
    const files = new Map<string, FoundFile>();
    for (const folder of this.#folders) {
      for (const entry of await entriesOf(folder)) {
        const name = PERSONA_FILE.exec(entry.name)?.[1];
        if (name === undefined || entry.isDirectory || files.has(name)) continue;
        const path = `${folder}/${entry.name}`;
        const info = await Deno.stat(path).catch(() => undefined); // it may just have been removed
        if (info === undefined) continue;
        const version = `${path}/${info.size}/${info.mtime?.getTime()}/${info.ino}`;
        files.set(name, { path, version });
      }
    }
    return files;
  }
}

/** What is in a folder, by name; nothing if there is no such folder. */
async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}

/** Where the personas of a model lie beside it. */
const BESIDE = "personas";

/**
 * The folders that a model's personas are in, the preferred one first. They need not exist. Needs `--allow-read`.
 *
 * @param path of the model: a file or a folder
 * @param name what clients call it
 * @param folder of all models' personas. Those that fit into one model alone may be in a folder of its name there.
 * Absent: `personas` in the model's folder, or beside its file
 */
export async function personaFolders(
  path: string,
  name: string,
  folder: string | undefined,
): Promise<string[]> {
  if (folder !== undefined) return [`${folder}/${name}`, folder];
  const isFolder = await Deno.stat(path).then((info) => info.isDirectory, () => false);
  if (isFolder) return [`${path.replace(/(?<=.)\/+$/, "")}/${BESIDE}`];
  const slash = path.lastIndexOf("/");
  return [`${slash < 0 ? "." : path.slice(0, slash)}/${BESIDE}`];
}

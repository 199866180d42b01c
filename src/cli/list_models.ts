import { findWeights } from "../checkpoint/find_file.ts";
import { listPersonas } from "./list_personas.ts";
import { formatBytes } from "./progress.ts";
import { OFFICIAL_MODELS } from "./official_models.ts";

/** A model that `tern run` finds by name. */
export interface ListedModel {
  readonly name: string;
  /** In the repository, pulled, published and not here, or a persona of one that is here. */
  readonly where: "embedded" | "pulled" | "official" | "persona";
  readonly bytes: number;
  /** Absent for those that are not here. */
  readonly path?: string;
  /** Only of those that are published. */
  readonly released?: string;
  readonly tags?: readonly string[];
}

/**
 * The models that are here, and the published ones that are not.
 *
 * @param embedded The folder of the repository's own.
 * @param pulled The folder of those that were pulled. It need not exist.
 * @param personas The folder of all models' personas. Absent: `personas` beside each model.
 */
export async function listModels(
  embedded: string,
  pulled: string,
  personas?: string,
): Promise<ListedModel[]> {
  const models = [
    ...await modelsIn(embedded, "embedded"),
    ...await modelsIn(pulled, "pulled"),
  ];
  const here = (await Promise.all(models.map((model) => withPersonas(model, personas)))).flat();
  const names = new Set(here.map(({ name }) => name));
  const official = OFFICIAL_MODELS.filter(({ name }) => !names.has(name))
    .map(({ name, bytes, released, tags }): ListedModel => {
      return { name, where: "official", bytes, released, tags };
    });
  return [...here, ...official];
}

/** A model that is here, and after it its personas. */
async function withPersonas(
  model: ListedModel & { readonly path: string },
  folder: string | undefined,
): Promise<ListedModel[]> {
  const names = await listPersonas(model.path, folder);
  return [model, ...names.map((name): ListedModel => ({ name, where: "persona", bytes: 0 }))];
}

async function modelsIn(
  folder: string,
  where: "embedded" | "pulled",
): Promise<(ListedModel & { readonly path: string })[]> {
  const models: (ListedModel & { readonly path: string })[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = `${folder}/${entry.name}`;
    const isModel = entry.isFile && /\.(safetensors|st|pth|pt|gguf)$/.test(entry.name);
    if (!entry.isDirectory && !isModel) continue;
    // A folder with several files of weights is listed as well, though one has to be chosen.
    const weights = await findWeights(path).catch(() => path);
    if (weights === undefined) continue;
    const { size } = await Deno.stat(weights);
    models.push({
      name: entry.name.replace(/\.(safetensors|st|pth|pt|gguf)$/, ""),
      where,
      bytes: size,
      path,
    });
  }
  return models.sort((a, b) => a.name < b.name ? -1 : 1);
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** A row of the table of models. */
export function modelRow({ name, where, bytes, released = "" }: ListedModel): string[] {
  return [name, where, where === "persona" ? "" : formatBytes(bytes), released];
}

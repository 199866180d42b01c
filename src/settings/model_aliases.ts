import type { ModelAlias } from "../turn/model_names.ts";
import { listOf } from "./setting.ts";

/** `gpt-4o-mini=tern-7m`: a name, and the model that it stands for. */
const ENTRY = /^([^\s=]+)=([^\s=]+)$/;

/** Other names of the model. `undefined` if one is given twice. */
export function modelAliases(text: string): ModelAlias[] | undefined {
  const entries = listOf((entry) => ENTRY.test(entry))(text);
  if (entries === undefined) return undefined;
  const aliases = entries.map((entry) => {
    const [, alias, model] = ENTRY.exec(entry)!;
    return { alias: alias!, model: model! };
  });
  const names = new Set(aliases.map(({ alias }) => alias));
  return names.size === aliases.length ? aliases : undefined;
}

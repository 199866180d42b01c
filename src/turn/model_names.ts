/** What a request may call a model by, besides its own name. */
export interface ModelAlias {
  /** The name, or `*` for any that is not another's. */
  readonly alias: string;
  readonly model: string;
}

/** Any name. */
const ANY = "*";

/** An alias is of a model that the server does not serve. */
export class UnknownAliasTargetError extends Error {
  override readonly name = "UnknownAliasTargetError";
  constructor(readonly alias: string, readonly model: string, served: string) {
    super(`The alias ${alias} is of the model ${model}, and this server serves ${served}`);
  }
}

/**
 * The names of the model that is served. Replies name the model itself, as OpenAI's do, so that a client learns what
 * answered it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const names = new ModelNames("tern-7m", [{ alias: "gpt-4o-mini", model: "tern-7m" }]);
 * assert(names.includes("gpt-4o-mini"));
 * assert(!names.includes("gpt-4o"));
 * assert.deepEqual(names.listed, ["tern-7m", "gpt-4o-mini"]);
 * ```
 */
export class ModelNames {
  /** Those that can be listed: the model itself comes first. */
  readonly listed: readonly string[];
  readonly #any: boolean;

  /** @throws {UnknownAliasTargetError} */
  constructor(model: string, aliases: readonly ModelAlias[] = []) {
    const other = aliases.find((alias) => alias.model !== model);
    if (other !== undefined) throw new UnknownAliasTargetError(other.alias, other.model, model);
    const names = aliases.map(({ alias }) => alias);
    this.#any = names.includes(ANY);
    this.listed = [...new Set([model, ...names.filter((name) => name !== ANY)])];
  }

  /** Whether a request may call the model so. */
  includes(name: string): boolean {
    return this.#any || this.listed.includes(name);
  }
}

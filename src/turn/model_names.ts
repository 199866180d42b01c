import { Failure } from "../failure/failure.ts";

/** An alias of a model. */
export interface ModelAlias {
  /** The alias, or `*` for every name that is not taken. */
  readonly alias: string;
  readonly model: string;
}

/** The alias for every other name. */
const ANY = "*";

/** Separates a model's name from a persona's. */
const AT = "@";

/** How many characters of a client's text errors repeat. */
const SHOWN = 200;

/** The most names in an error. */
const MOST_NAMES = 20;

/** An alias names a model that the server does not serve. */
export class UnknownAliasTargetError extends Error {
  override readonly name = "UnknownAliasTargetError";
  constructor(readonly alias: string, readonly model: string, served: readonly string[]) {
    super(`The alias ${alias} is of the model ${model}, and this server serves ${list(served)}`);
  }
}

/** Two models of a server have the same name. */
export class DuplicateModelError extends Error {
  override readonly name = "DuplicateModelError";
  constructor(readonly model: string) {
    super(`Two models are called ${model}. Give one of them another name in its config.json`);
  }
}

/** A request names a model that is not served. */
export class UnknownModelError extends Failure {
  override readonly name = "UnknownModelError";
  override readonly category = "missing";
  override readonly code = "model_not_found";
  override readonly param = "model";
  readonly #known: readonly string[];

  /** @param known names that can be used instead, the main one first */
  constructor(readonly model: string, known: readonly string[]) {
    super(`There is no model ${JSON.stringify(model.slice(0, SHOWN))}`);
    this.#known = known;
  }

  override get clientMessage(): string {
    const known = list(this.#known.map((name) => `'${name}'`));
    return `The model '${this.model.slice(0, SHOWN)}' does not exist: this server knows ${known}.`;
  }
}

/** A model, and one of its personas. */
export interface NamedModel {
  readonly model: string;
  readonly persona: string | undefined;
}

/**
 * The names of the models that are served. Replies name the model itself, as OpenAI's do, so that a client learns what
 * answered it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const names = new ModelNames(["tern-7m"], [{ alias: "gpt-4o-mini", model: "tern-7m" }]);
 * assert.equal(names.resolve("gpt-4o-mini"), "tern-7m");
 * assert.equal(names.resolve("tern-7m@pirate"), "tern-7m@pirate");
 * assert.equal(names.resolve("gpt-4o"), undefined);
 * assert.deepEqual(names.listed, ["tern-7m", "gpt-4o-mini"]);
 * ```
 */
export class ModelNames {
  /** The models' own names, the main one first. */
  readonly models: readonly string[];
  /** All listed names, the models' own first. */
  readonly listed: readonly string[];
  readonly #aliases: ReadonlyMap<string, string>;

  /**
   * @throws {DuplicateModelError}
   * @throws {UnknownAliasTargetError}
   */
  constructor(models: readonly string[], aliases: readonly ModelAlias[] = []) {
    const duplicate = models.find((model, index) => models.indexOf(model) !== index);
    if (duplicate !== undefined) throw new DuplicateModelError(duplicate);
    this.models = models;
    this.#aliases = new Map(aliases.map(({ alias, model }) => [alias, model]));
    const other = aliases.find(({ model }) => this.split(model) === undefined);
    if (other !== undefined) throw new UnknownAliasTargetError(other.alias, other.model, models);
    const names = aliases.map(({ alias }) => alias);
    this.listed = [...new Set([...models, ...names.filter((name) => name !== ANY)])];
  }

  /**
   * Resolves a name to that of a model, followed by an `@` and a persona if it names one. Does not check that the persona
   * exists. `undefined`: the name stands for no model.
   */
  resolve(name: string): string | undefined {
    if (this.split(name) !== undefined) return name;
    return this.#aliases.get(name) ?? this.#aliases.get(ANY);
  }

  /** Splits a name into model and persona. `undefined`: it is not one of these models. */
  split(name: string): NamedModel | undefined {
    if (this.models.includes(name)) return { model: name, persona: undefined };
    const at = name.lastIndexOf(AT);
    const model = name.slice(0, at);
    if (at < 0 || !this.models.includes(model)) return undefined;
    return { model, persona: name.slice(at + AT.length) };
  }
}

/** The name of a model with a persona. */
export function withPersona(model: string, persona: string): string {
  return `${model}${AT}${persona}`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(", ");
  return names.length > MOST_NAMES ? `${shown} and others (GET /v1/models)` : shown;
}

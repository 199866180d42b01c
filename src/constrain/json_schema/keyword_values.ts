import { type Path, SchemaError } from "../errors.ts";
import type { Atom } from "./schema_part.ts";

/** The largest supported bound on the number of properties, items or characters. */
const MAX_COUNT = 2 ** 20 - 1;

/** The value of a keyword that must be a number, if present. */
export function numberAt({ schema, path }: Atom, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined || typeof value === "number") return value;
  throw new SchemaError([...path, keyword], "it must be a number");
}

/** The value of a keyword that must be a count, if present. */
export function countAt({ schema, path }: Atom, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new SchemaError([...path, keyword], "it must be a non-negative integer");
  }
  if (value <= MAX_COUNT) return value;
  // Answers are never that long, so the upper bound has no effect.
  if (keyword.startsWith("max")) return undefined;
  throw new SchemaError([...path, keyword], `it exceeds ${MAX_COUNT}`);
}

/** The value of a keyword that must be a string. */
export function stringAt({ schema, path }: Atom, keyword: string): string {
  const value = schema[keyword];
  if (typeof value === "string") return value;
  throw new SchemaError([...path, keyword], "it must be a string");
}

/** The value of a keyword that must be a list; empty if absent. */
export function listAt({ schema, path }: Atom, keyword: string): readonly unknown[] {
  return asList(schema[keyword] ?? [], [...path, keyword]);
}

/** The value of a keyword that must be a list of strings; empty if absent. */
export function namesAt(atom: Atom, keyword: string): readonly string[] {
  return asNames(atom.schema[keyword] ?? [], [...atom.path, keyword]);
}

/** The value of a keyword that must be an object; empty if absent. */
export function objectAt({ schema, path }: Atom, keyword: string): Record<string, unknown> {
  return asObject(schema[keyword] ?? {}, [...path, keyword]);
}

/** @throws {SchemaError} unless the value is a list of strings */
export function asNames(value: unknown, path: Path): readonly string[] {
  return asList(value, path).map((name, index) => {
    if (typeof name === "string") return name;
    throw new SchemaError([...path, index], "it must be a string");
  });
}

/** @throws {SchemaError} unless the value is a list */
export function asList(value: unknown, path: Path): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new SchemaError(path, "it must be a list");
}

function asObject(value: unknown, path: Path): Record<string, unknown> {
  if (isObject(value)) return value;
  throw new SchemaError(path, "it must be an object");
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { type Path, SchemaError } from "../errors.ts";
import type { Atom } from "./schema_part.ts";

/** The largest bound on properties, items and characters that is counted. */
const MAX_COUNT = 2 ** 20 - 1;

/** A keyword whose value is a number, if it is present. */
export function numberAt({ schema, path }: Atom, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined || typeof value === "number") return value;
  throw new SchemaError([...path, keyword], "it must be a number");
}

/** A keyword whose value is a count, if it is present. */
export function countAt({ schema, path }: Atom, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new SchemaError([...path, keyword], "it must be a non-negative integer");
  }
  if (value <= MAX_COUNT) return value;
  // No answer is that long, so a higher upper bound limits nothing.
  if (keyword.startsWith("max")) return undefined;
  throw new SchemaError([...path, keyword], `it is above ${MAX_COUNT}`);
}

/** A keyword whose value is a string. */
export function stringAt({ schema, path }: Atom, keyword: string): string {
  const value = schema[keyword];
  if (typeof value === "string") return value;
  throw new SchemaError([...path, keyword], "it must be a string");
}

/** A keyword whose value is a list, empty if it is not present. */
export function listAt({ schema, path }: Atom, keyword: string): readonly unknown[] {
  return asList(schema[keyword] ?? [], [...path, keyword]);
}

/** A keyword whose value is a list of names, empty if it is not present. */
export function namesAt(atom: Atom, keyword: string): readonly string[] {
  return asNames(atom.schema[keyword] ?? [], [...atom.path, keyword]);
}

/** A keyword whose value is an object, empty if it is not present. */
export function objectAt({ schema, path }: Atom, keyword: string): Record<string, unknown> {
  return asObject(schema[keyword] ?? {}, [...path, keyword]);
}

export function asNames(value: unknown, path: Path): readonly string[] {
  return asList(value, path).map((name, index) => {
    if (typeof name === "string") return name;
    throw new SchemaError([...path, index], "it must be a string");
  });
}

export function asList(value: unknown, path: Path): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new SchemaError(path, "it must be a list");
}

function asObject(value: unknown, path: Path): Record<string, unknown> {
  if (isObject(value)) return value;
  throw new SchemaError(path, "it must be an object");
}

/** Whether a value is an object in the sense of JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { SchemaError, SchemaTooLargeError } from "../errors.ts";
import type { Path, SchemaPart } from "./schema_part.ts";

/** Properties, items and characters that a bound may name. */
const MAX_COUNT = 2 ** 20 - 1;

type Keywords = Pick<SchemaPart, "schema" | "path">;

/** A keyword that is a number, if it is there. */
export function numberAt({ schema, path }: Keywords, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined || typeof value === "number") return value;
  throw new SchemaError([...path, keyword], "it must be a number");
}

/** A keyword that says how many there may or must be. */
export function countAt({ schema, path }: Keywords, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new SchemaError([...path, keyword], "it must be a whole number, and not negative");
  }
  if (value <= MAX_COUNT) return value;
  // Nobody writes so much, so a higher bound is none.
  if (keyword.startsWith("max")) return undefined;
  throw new SchemaTooLargeError([...path, keyword], `it is above ${MAX_COUNT}`);
}

/** A keyword that is a string. */
export function stringAt({ schema, path }: Keywords, keyword: string): string {
  const value = schema[keyword];
  if (typeof value === "string") return value;
  throw new SchemaError([...path, keyword], "it must be a string");
}

/** A keyword that is a list, empty if it is not there. */
export function listAt({ schema, path }: Keywords, keyword: string): readonly unknown[] {
  return asList(schema[keyword] ?? [], [...path, keyword]);
}

/** A keyword that is a list of names, empty if it is not there. */
export function namesAt({ schema, path }: Keywords, keyword: string): readonly string[] {
  return listAt({ schema, path }, keyword).map((name, index) => {
    if (typeof name === "string") return name;
    throw new SchemaError([...path, keyword, index], "it must be a string");
  });
}

/** A keyword that is an object, empty if it is not there. */
export function objectAt({ schema, path }: Keywords, keyword: string): Record<string, unknown> {
  return asObject(schema[keyword] ?? {}, [...path, keyword]);
}

export function asList(value: unknown, path: Path): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new SchemaError(path, "it must be a list");
}

export function asObject(value: unknown, path: Path): Record<string, unknown> {
  if (isObject(value)) return value;
  throw new SchemaError(path, "it must be an object");
}

/** Whether a value is an object in the sense of JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import type { z } from "zod";
import { InvalidRequestError } from "../errors/errors.ts";

type Issue = z.core.$ZodIssue;

/** Longer names are cut: they come from the client. */
const MAX_NAME = 100;

/**
 * A path in OpenAI's form.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(fieldName(["messages", 2, "content", 0, "type"]), "messages[2].content[0].type");
 * ```
 */
export function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`)
    .join("")
    .replace(/^\./, "")
    .slice(0, MAX_NAME);
}

/** Names a JSON value without repeating what may be long. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return value.length > 40 ? "a long string" : `'${value}'`;
  return typeof value === "object" ? "an object" : String(value);
}

/** What zod calls `expected`, in words. */
const TYPES: Readonly<Record<string, string>> = {
  int: "an integer",
  number: "a number",
  string: "a string",
  boolean: "true or false",
  array: "an array",
  object: "an object",
  record: "an object",
};

const UNITS: Readonly<Record<string, string>> = { string: " characters", array: " items" };

/** What would have been right. */
function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? issue.expected;
    case "too_small":
      return `at least ${issue.minimum}${UNITS[issue.origin] ?? ""}`;
    case "too_big":
      return `at most ${issue.maximum}${UNITS[issue.origin] ?? ""}`;
    case "invalid_value":
      return issue.values.map((value) => describe(value)).join(" or ");
    case "invalid_key":
      return issue.issues.slice(0, 1).map((found) => `a name of ${expectation(found)}`).join();
    case "invalid_union":
      return issue.errors.flatMap(([first]) => first ? [expectation(first)] : []).join(" or ");
    default:
      return "another value";
  }
}

/** Of the alternatives of a union, the one that the value came closest to is the one that was meant. */
function resolveUnion(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  if (issue.discriminator !== undefined) return toInvalidValue(issue, issue.discriminator);
  const firsts = issue.errors.flatMap(([first]) => first ? [first] : []);
  const meant = firsts.find(({ code, path }) => code !== "invalid_type" || path.length > 0);
  return meant ? resolveUnion({ ...meant, path: [...issue.path, ...meant.path] }) : issue;
}

/** Where a field tells the alternatives apart, its value is what is wrong. */
function toInvalidValue(
  issue: z.core.$ZodIssueInvalidUnion & { readonly options?: readonly z.core.util.Primitive[] },
  field: string,
): Issue {
  const { path, message, input, options = [] } = issue;
  const value = (input as Readonly<Record<string, unknown>>)[field];
  const values = options.filter((option) => option !== undefined);
  return { code: "invalid_value", values, path, message, input: value };
}

/** The error that tells a client of an issue. */
function toError(found: Issue): InvalidRequestError {
  const issue = resolveUnion(found);
  const param = issue.path.length > 0 ? fieldName(issue.path) : null;
  const name = param === null ? "body" : `'${param}'`;
  switch (issue.code) {
    case "unrecognized_keys": {
      const unknown = fieldName([...issue.path, ...issue.keys.slice(0, 1)]);
      return new InvalidRequestError(
        `Unknown parameter: '${unknown}'.`,
        unknown,
        "unknown_parameter",
      );
    }
    case "custom":
      return issue.params?.["code"] === "unsupported_parameter"
        ? new InvalidRequestError(
          `Unsupported parameter: this server cannot do what ${name} asks for. Leave it out.`,
          param,
          "unsupported_parameter",
        )
        : new InvalidRequestError(`Invalid ${name}: ${issue.message}.`, param, "invalid_value");
    case "invalid_type":
    case "invalid_union":
    case "invalid_value":
      if (issue.input === undefined) {
        return new InvalidRequestError(
          `Missing required parameter: ${name}.`,
          param,
          "missing_required_parameter",
        );
      }
  }
  return new InvalidRequestError(
    `Invalid ${name}: expected ${expectation(issue)}, but got ${describe(issue.input)}.`,
    param,
    issue.code === "invalid_type" || issue.code === "invalid_union"
      ? "invalid_type"
      : "invalid_value",
  );
}

/**
 * What a schema makes of a body.
 *
 * @throws {InvalidRequestError} that names the first field at fault.
 */
export function validate<T>(schema: z.ZodType<T>, body: unknown): T {
  // To compile a schema takes longer than it saves on one body.
  const result = schema.safeParse(body, { reportInput: true, jitless: true });
  if (result.success) return result.data;
  throw toInvalidRequest(result.error);
}

/** The error that tells a client of the first issue that a schema has with a body. */
export function toInvalidRequest(error: z.ZodError): Error {
  const [first] = error.issues;
  return first ? toError(first) : error;
}

import type { z } from "zod";
import { toInvalidRequest } from "./validation.ts";
import { isNeutral } from "./neutral.ts";
import type { Ignored } from "./ignored.ts";
import { isObject } from "./json_object.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * What a schema makes of a body without the fields that the schema does not know, or only knows as hints. They are noted,
 * unless they ask for nothing.
 *
 * The schema itself says which those are: it refuses them, they are taken out of the body, and it looks again.
 *
 * @param body JSON that nobody else holds: fields are deleted from it
 * @throws {InvalidRequestError} that names the first field at fault
 */
export function validateKnown<T>(schema: z.ZodType<T>, body: unknown, ignored: Ignored): T {
  for (;;) {
    const { success, data, error } = schema.safeParse(body, { reportInput: true, jitless: true });
    if (success) return data;
    const found = error.issues.flatMap((issue) => withoutEffect(issue) ?? []);
    const removed = found.filter((field) => remove(body, field, ignored));
    if (removed.length === 0) throw toInvalidRequest(error);
  }
}

/** A field without effect. */
interface Found {
  readonly path: Path;
  /** Whether the schema knows it. */
  readonly hint: boolean;
}

/** The fields for which alone there is an issue, if they have no effect. */
function withoutEffect(issue: Issue): Found[] | undefined {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: [...issue.path, key], hint: false }));
    case "custom":
      return issue.params?.["code"] === "unsupported_parameter" && issue.params["hint"] === true
        ? [{ path: issue.path, hint: true }]
        : undefined;
    case "invalid_union":
      // The alternative that was meant is the one that is right but for such fields.
      for (const issues of issue.errors) {
        const found = issues.map(withoutEffect);
        if (found.length === 0 || !found.every((fields) => fields !== undefined)) continue;
        return found.flat().map(({ path, hint }) => ({ path: [...issue.path, ...path], hint }));
      }
  }
  return undefined;
}

/** Deletes a field. False if there is none. */
function remove(body: unknown, { path, hint }: Found, ignored: Ignored): boolean {
  let parent = body;
  for (const key of path.slice(0, -1)) {
    if (typeof parent !== "object" || parent === null) return false;
    parent = (parent as Record<PropertyKey, unknown>)[key];
  }
  const name = String(path.at(-1));
  if (!isObject(parent) || !Object.hasOwn(parent, name)) return false;
  // Of a hint the schema itself knows what asks for nothing.
  if (hint || !isNeutral(name, parent[name])) {
    ignored.add(path.filter((key) => typeof key !== "number").join("."));
  }
  delete parent[name];
  return true;
}

import type { Context } from "hono";
import type { z } from "zod";
import { type JsonBody, readBody } from "../http/body.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { validate } from "./validation.ts";
import type { KindName } from "./body_protocol.ts";
import { isObject, type JsonObject } from "./json_object.ts";
import { refuseDeep } from "./refuse_deep.ts";
import { RequestNotes } from "./request_notes.ts";
import { validateKnown } from "./validate_known.ts";

/**
 * Characters from which on a body is large. Smaller ones are understood in less than 20 ms, measured with lists of short
 * messages, which take longest.
 */
const LARGE_BODY = 32_768;

/** A kind of request body, and how much of what clients send is understood as one. */
export interface RequestKind<T> {
  /** What a thread that understands large bodies calls it. Absent: there are no large ones. */
  readonly name?: KindName;
  /** The body in this API's own words. A field that is not named here is unknown. */
  readonly schema: z.ZodType<T>;
  /** The same with all checks of a strict server. Absent: there are no more. */
  readonly strict?: z.ZodType<T>;
  /** Rewrites what says the same in the words of other servers and older versions. */
  readonly translate?: (body: JsonObject, notes: RequestNotes) => JsonObject;
}

/**
 * Understands a body (promise I8). What changes the answer is honoured, what does not is ignored and noted, and only
 * what would make the answer wrong is refused. A strict server refuses whatever has no effect.
 *
 * @throws {InvalidRequestError} that names the first field at fault
 */
export function accept<T>(
  kind: RequestKind<T>,
  body: unknown,
  isStrict: boolean,
  notes: RequestNotes,
): T {
  const { schema, strict } = kind;
  const translated = inOwnWords(kind, body, isStrict, notes);
  return isStrict
    ? validate(strict ?? schema, translated)
    : validateKnown(schema, translated, notes.ignored);
}

/**
 * A body in this API's own words, which nobody has checked yet. A strict server knows no others.
 *
 * @throws {InvalidRequestError} if it is nested too deep
 */
export function inOwnWords(
  { translate }: Pick<RequestKind<unknown>, "translate">,
  body: unknown,
  isStrict: boolean,
  notes: RequestNotes,
): unknown {
  if (isStrict) return body;
  refuseDeep(body);
  return translate && isObject(body) ? translate({ ...body }, notes) : body;
}

/**
 * Reads the body of a request, and leaves the notes on it for {@linkcode tellIgnored}.
 *
 * @throws {ApiError} if it cannot be understood
 */
export async function readRequest<T>(
  c: Context<ApiEnv>,
  ports: Pick<ApiPorts, "limits" | "strict" | "understandLarge">,
  kind: RequestKind<T>,
): Promise<T> {
  return await understand(c, ports, kind, await readBody(c.req.raw, ports.limits.maxBodyBytes));
}

/**
 * The same for a body that was read. A large one is understood in another thread, where there is one.
 *
 * @throws {ApiError} if it cannot be understood
 */
export async function understand<T>(
  c: Context<ApiEnv>,
  { strict, understandLarge }: Pick<ApiPorts, "strict" | "understandLarge">,
  kind: RequestKind<T>,
  body: Pick<JsonBody, "text" | "value">,
): Promise<T> {
  if (understandLarge && kind.name !== undefined && body.text.length > LARGE_BODY) {
    const task = { kind: kind.name, text: body.text, isStrict: strict };
    const { notes, request } = await understandLarge(task);
    c.set("notes", notes);
    // The thread has the same schemas as this one.
    return request() as T;
  }
  const notes = new RequestNotes();
  c.set("notes", notes);
  return accept(kind, body.value, strict, notes);
}

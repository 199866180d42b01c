import { LimitedBytesTransformStream } from "@std/streams/limited-bytes-transform-stream";
import { toText } from "@std/streams/to-text";
import {
  BodyTooLargeError,
  IncompleteBodyError,
  InvalidRequestError,
  UnsupportedMediaTypeError,
} from "../errors/errors.ts";

/**
 * Refuses a body that is said to be something else, or compressed.
 *
 * @param types media types, the one to send first
 * @throws {UnsupportedMediaTypeError}
 */
export function refuseOtherTypes({ headers }: Request, types: readonly string[]): void {
  const [mediaType = ""] = (headers.get("content-type") ?? "").split(";");
  if (!types.includes(mediaType.trim().toLowerCase())) {
    throw new UnsupportedMediaTypeError(
      `The body must be of another type: send Content-Type ${types[0]}.`,
    );
  }
  refuseEncodings(headers);
}

function refuseOtherFormats({ headers }: Request): void {
  const [mediaType = ""] = (headers.get("content-type") ?? "").split(";");
  if (mediaType.trim().toLowerCase() !== "application/json") {
    throw new UnsupportedMediaTypeError(
      "The body must be JSON: send Content-Type application/json.",
    );
  }
  refuseEncodings(headers);
}

function refuseEncodings(headers: Headers): void {
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw new UnsupportedMediaTypeError("The body must not be compressed.");
  }
}

/** A body of JSON, which is parsed when somebody asks for what it says. */
export class JsonBody {
  readonly text: string;
  #parsed: { readonly value: unknown } | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /**
   * What the body says. The same object each time.
   *
   * @throws {InvalidRequestError} if it is not JSON
   */
  get value(): unknown {
    this.#parsed ??= { value: parseJson(this.text) };
    return this.#parsed.value;
  }
}

/**
 * What a text of JSON says.
 *
 * @throws {InvalidRequestError} if it is not JSON
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidRequestError("The body is not valid JSON.", null, "invalid_json");
  }
}

/**
 * Reads a body of JSON. See {@linkcode readBody}.
 *
 * @throws {InvalidRequestError} if it is not UTF-8 or not JSON.
 */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  return (await readBody(request, limit)).value;
}

/**
 * Reads a body that is to be JSON. Its length is counted as it arrives: `Content-Length` only serves to refuse early.
 *
 * @param request Its body is read to the end, or cancelled.
 * @param limit The bytes that it may have.
 * @throws {UnsupportedMediaTypeError} if the headers do not say plain JSON.
 * @throws {BodyTooLargeError} if the body is longer than `limit`.
 * @throws {InvalidRequestError} if it is not UTF-8.
 * @throws {IncompleteBodyError} if it ends early.
 */
export async function readBody(request: Request, limit: number): Promise<JsonBody> {
  refuseOtherFormats(request);
  if (Number(request.headers.get("content-length")) > limit) throw new BodyTooLargeError(limit);
  try {
    const body = (request.body ?? new Blob([]).stream())
      .pipeThrough(new LimitedBytesTransformStream(limit, { error: true }))
      .pipeThrough(new TextDecoderStream("utf-8", { fatal: true }));
    return new JsonBody(await toText(body));
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof RangeError) throw new BodyTooLargeError(limit);
    if (error instanceof TypeError) {
      throw new InvalidRequestError("The body is not valid UTF-8.", null, "invalid_utf8");
    }
    // Nothing else is done here but to read it.
    throw new IncompleteBodyError({ cause: error });
  }
}

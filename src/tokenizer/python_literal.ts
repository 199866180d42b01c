const BACKSLASH = 0x5c;

/** Maps the byte after the backslash to the escaped byte. */
const SINGLE_ESCAPES: ReadonlyMap<number | undefined, number> = new Map(
  Object.entries({
    "\\": "\\",
    "'": "'",
    '"': '"',
    a: "\x07",
    b: "\b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
    v: "\v",
  }).map(([name, value]) => [name.charCodeAt(0), value.charCodeAt(0)]),
);

/** Maps the byte after the backslash to the number of hexadecimal digits that follow. */
const HEX_ESCAPES: ReadonlyMap<number | undefined, number> = new Map([
  ["x".charCodeAt(0), 2],
  ["u".charCodeAt(0), 4],
  ["U".charCodeAt(0), 8],
]);

function isOctal(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= 0x30 && byte <= 0x37;
}

function digit(byte: number | undefined): number {
  if (byte === undefined) return NaN;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : NaN;
}

/**
 * Decodes a Python `'…'`, `"…"`, `b'…'` or `b"…"` literal, given in UTF-8, to bytes; a str literal is encoded as UTF-8.
 * Supports all escapes of the language except `\N{name}`, which `repr` never produces.
 *
 * The result is never longer than the literal.
 *
 * @see https://docs.python.org/3/reference/lexical_analysis.html#string-and-bytes-literals
 *
 * @param literal The literal, including its quotes.
 * @param target Receives the bytes. At least as long as the literal.
 * @returns The number of bytes written.
 * @throws {SyntaxError} If the literal is invalid.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const target = new Uint8Array(16);
 * const length = decodePythonLiteral(new TextEncoder().encode(String.raw`'\xe9\n'`), target);
 * assert.deepEqual([...target.subarray(0, length)], [0xc3, 0xa9, 0x0a]);
 * ```
 */
export function decodePythonLiteral(literal: Uint8Array, target: Uint8Array): number {
  const isBytes = literal[0] === 0x62;
  const begin = isBytes ? 1 : 0;
  const end = literal.length - 1;
  const quote = literal[begin];
  if ((quote !== 0x27 && quote !== 0x22) || end <= begin || literal[end] !== quote) {
    throw new SyntaxError("the token is not a quoted Python literal");
  }
  let length = 0;
  let at = begin + 1;
  while (at < end) {
    const byte = literal[at++]!;
    if (byte === quote) throw new SyntaxError("the token contains an unescaped quote");
    if (byte !== BACKSLASH) {
      if (isBytes && byte > 0x7f) throw new SyntaxError("a bytes literal may contain only ASCII");
      target[length++] = byte;
      continue;
    }
    if (at === end) throw new SyntaxError("the closing quote is escaped");
    const name = literal[at]!;
    const single = SINGLE_ESCAPES.get(name);
    if (single !== undefined) {
      target[length++] = single;
      at++;
      continue;
    }
    let value = 0;
    const digits = isBytes && name !== 0x78 ? undefined : HEX_ESCAPES.get(name);
    if (digits !== undefined) {
      at++;
      for (let i = 0; i < digits; i++) value = value * 16 + digit(literal[at + i]);
      at += digits;
      if (Number.isNaN(value) || at > end) {
        throw new SyntaxError(
          `the escape \\${String.fromCharCode(name)} needs ${digits} hexadecimal digits`,
        );
      }
    } else if (isOctal(name)) {
      for (let i = 0; i < 3 && isOctal(literal[at]); i++) value = value * 8 + literal[at++]! - 0x30;
    } else {
      throw new SyntaxError(`unknown escape \\${String.fromCharCode(name)}`);
    }
    length += isBytes ? writeByte(value, target, length) : writeUtf8(value, target, length);
  }
  return length;
}

function writeByte(value: number, target: Uint8Array, at: number): number {
  if (value > 0xff) throw new SyntaxError(`an octal escape is above \\377`);
  target[at] = value;
  return 1;
}

function writeUtf8(codePoint: number, target: Uint8Array, at: number): number {
  if (codePoint < 0x80) {
    target[at] = codePoint;
    return 1;
  }
  if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
    throw new SyntaxError(`U+${codePoint.toString(16).toUpperCase()} is not a character`);
  }
  const continuations = codePoint < 0x800 ? 1 : codePoint < 0x10000 ? 2 : 3;
  target[at] = [0, 0xc0, 0xe0, 0xf0][continuations]! | (codePoint >> (6 * continuations));
  for (let i = 1; i <= continuations; i++) {
    target[at + i] = 0x80 | ((codePoint >> (6 * (continuations - i))) & 0x3f);
  }
  return continuations + 1;
}

/** Sections of a WebAssembly module. Source: WebAssembly Core Specification, "Binary Format", section 5.5. */
const TYPES = 1;
const IMPORTS = 2;
const MEMORIES = 5;
/** Magic number and version. */
const HEADER_BYTES = 8;
/** Pages that a memory can have. */
const MAX_PAGES = 65_536;

/** What {@linkcode importSharedMemory} makes a module import. */
export const IMPORT = { module: "env", name: "memory" } as const;

/**
 * The same module with a memory that it imports, shared between threads, instead of its own. So there need not be a build of
 * the kernels for it: shared memory is read and written with the same instructions.
 *
 * @param code a module that has one memory and imports nothing
 */
export function importSharedMemory(code: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [code.subarray(0, HEADER_BYTES)];
  for (let at = HEADER_BYTES; at < code.length;) {
    const [size, start] = readLength(code, at + 1);
    const id = code[at]!;
    const end = start + size;
    if (id === IMPORTS) throw new TypeError("The kernels import something");
    if (id !== MEMORIES) parts.push(code.subarray(at, end));
    if (id === TYPES) parts.push(importSection());
    at = end;
  }
  const out = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function importSection(): Uint8Array {
  const [isMemory, isSharedWithMaximum, minimum] = [2, 3, 1];
  const limits = [isMemory, isSharedWithMaximum, minimum, ...length(MAX_PAGES)];
  const content = [1, ...name(IMPORT.module), ...name(IMPORT.name), ...limits];
  return Uint8Array.from([IMPORTS, ...length(content.length), ...content]);
}

function name(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...length(bytes.length), ...bytes];
}

/** LEB128: seven bits a byte, the lowest first. */
function length(value: number): number[] {
  const rest = value >>> 7;
  return rest === 0 ? [value] : [(value & 0x7f) | 0x80, ...length(rest)];
}

/** @returns the value, and where what follows begins */
function readLength(code: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0;; shift += 7) {
    const byte = code[at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at];
  }
}

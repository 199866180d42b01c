/** The lines of a World vocabulary for the 256 single bytes, with ids from 1. */
export function singleByteLines(): string[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const hex = byte.toString(16).padStart(2, "0");
    return `${byte + 1} b'\\x${hex}' 1`;
  });
}

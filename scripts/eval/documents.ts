import { readText, TextFileError } from "../text_file.ts";

/** One text that a model is to predict from nothing. */
export interface TextDocument {
  readonly text: string;
  /** Of the text in UTF-8, and one for its end, which a model must predict too. */
  readonly bytes: number;
}

/** A line of its own, exactly this. */
const SEPARATOR = /(?:^|\n)<\|endoftext\|>(?=\n|$)/;

const encoder = new TextEncoder();

/**
 * The documents of a text: what stands between lines that are exactly `<|endoftext|>`, without the white space around
 * it. Empty ones are dropped.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(splitDocuments("é\n<|endoftext|>\n\n<|endoftext|>\nb <|endoftext|>\n"), [
 *   { text: "é", bytes: 3 },
 *   { text: "b <|endoftext|>", bytes: 16 },
 * ]);
 * ```
 */
export function splitDocuments(text: string): TextDocument[] {
  return text.split(SEPARATOR)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => ({ text: part, bytes: encoder.encode(part).length + 1 }));
}

/** Whole documents from the start, until together they have so many bytes. */
export function takeBytes(documents: readonly TextDocument[], maxBytes: number): TextDocument[] {
  const taken: TextDocument[] = [];
  let bytes = 0;
  for (const document of documents) {
    if (bytes >= maxBytes) break;
    taken.push(document);
    bytes += document.bytes;
  }
  return taken;
}

/**
 * Reads the documents of a UTF-8 file.
 *
 * @throws {TextFileError}
 */
export async function readDocuments(path: string, maxBytes: number): Promise<TextDocument[]> {
  const documents = takeBytes(splitDocuments(await readText(path)), maxBytes);
  if (documents.length === 0) throw new TextFileError(path, "it holds no text");
  return documents;
}

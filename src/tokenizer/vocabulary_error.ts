/** A vocabulary that cannot be used, and where it goes wrong. */
export class VocabularyError extends Error {
  override readonly name = "VocabularyError";
  /** The line of the file, from 1. Undefined when the problem is of the file as a whole. */
  readonly line: number | undefined;

  /** @param problem What is wrong, as a clause: "token 5 appears twice". */
  constructor(problem: string, options: ErrorOptions & { line?: number } = {}) {
    const { line, ...rest } = options;
    super(
      line === undefined ? `Vocabulary: ${problem}` : `Vocabulary, line ${line}: ${problem}`,
      rest,
    );
    this.line = line;
  }
}

/** A vocabulary is invalid. */
export class VocabularyError extends Error {
  override readonly name = "VocabularyError";
  /** The line of the file, counted from 1. Undefined if the problem is not in one line. */
  readonly line: number | undefined;

  /** @param problem A clause, such as "token 5 appears twice". */
  constructor(problem: string, options: ErrorOptions & { line?: number } = {}) {
    const { line, ...rest } = options;
    super(
      line === undefined ? `Vocabulary: ${problem}` : `Vocabulary, line ${line}: ${problem}`,
      rest,
    );
    this.line = line;
  }
}

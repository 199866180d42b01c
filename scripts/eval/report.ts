import { type Column, plainTable } from "../plain_table.ts";

/** What scoring a file gave. The keys are those of the JSON output. */
export interface FileScore {
  readonly file: string;
  readonly documents: number;
  /** Of the documents in UTF-8, and one for the end of each. */
  readonly bytes: number;
  /** Tokens that were predicted: those of the documents, and the end of each. */
  readonly tokens: number;
  readonly nats: number;
  readonly nats_per_token: number;
  readonly bits_per_byte: number;
}

/** Sums up the nats of a file's documents. */
export function fileScore(
  counts: Pick<FileScore, "file" | "documents" | "bytes" | "tokens">,
  natsOfDocuments: Float64Array,
): FileScore {
  const nats = natsOfDocuments.reduce((sum, part) => sum + part, 0);
  return {
    ...counts,
    nats,
    nats_per_token: nats / counts.tokens,
    bits_per_byte: nats / Math.LN2 / counts.bytes,
  };
}

const COLUMNS: readonly Column[] = [
  { head: "file", align: "left" },
  { head: "documents", align: "right" },
  { head: "bytes", align: "right" },
  { head: "tokens", align: "right" },
  { head: "nats a token", align: "right" },
  { head: "bits a byte", align: "right" },
];

/** A row for each file. */
export function scoreTable(scores: readonly FileScore[]): string {
  return plainTable(
    COLUMNS,
    scores.map((score) => [
      score.file,
      `${score.documents}`,
      `${score.bytes}`,
      `${score.tokens}`,
      score.nats_per_token.toFixed(4),
      score.bits_per_byte.toFixed(4),
    ]),
  );
}

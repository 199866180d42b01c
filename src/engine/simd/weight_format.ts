/**
 * What matrices are kept in: float32, bfloat16, whole numbers of 8 bits with a unit for each row, or whole numbers of 4 bits
 * with a unit for every 32 columns of a row.
 */
export const WEIGHT_FORMATS = ["f32", "bf16", "int8", "int4"] as const;

/** One of {@linkcode WEIGHT_FORMATS}. */
export type WeightFormat = (typeof WEIGHT_FORMATS)[number];

/**
 * What one matrix is kept in. `int8Sparse` is int8 by column: where most activations are 0, the columns of these are not read.
 */
export type MatrixFormat = WeightFormat | "int8Sparse";

/** How the kernels want a matrix: in groups of rows. */
interface Packing {
  /** Rows of a group. Those that the last one lacks are there, and 0. */
  readonly rows: number;
  /** A row has to be a multiple of so many columns long. */
  readonly columns: number;
  /** The longest row, if there is one: with more, a sum might not fit 32 bits. */
  readonly mostColumns?: number;
  /** Bytes of a group with rows of so many columns. A multiple of 16. */
  readonly groupBytes: (columns: number) => number;
  /** What a matrix is kept in whose rows do not have such a length. */
  readonly otherwise?: MatrixFormat;
}

/** How the kernels want a matrix in each format. */
export const PACKINGS: Readonly<Record<MatrixFormat, Packing>> = {
  f32: { rows: 4, columns: 4, groupBytes: (columns) => 16 * columns },
  bf16: { rows: 4, columns: 8, groupBytes: (columns) => 8 * columns, otherwise: "f32" },
  int8: {
    ...{ rows: 4, columns: 16, mostColumns: 2 ** 17 },
    groupBytes: (columns) => 4 * columns,
    otherwise: "f32",
  },
  int8Sparse: {
    ...{ rows: 16, columns: 16, mostColumns: 2 ** 17 },
    groupBytes: (columns) => 16 * columns,
    otherwise: "int8",
  },
  // Digits, and a unit of 16 bits for every 32 of them.
  int4: { rows: 8, columns: 32, groupBytes: (columns) => 4.5 * columns, otherwise: "int8" },
};

/** Of the rows of a matrix, so many are packed at once: whole groups in every format. */
export const PACKED_ROWS = 8;

/** Whether rows have a length that a format takes. */
export function fits(columns: number, format: MatrixFormat): boolean {
  const { columns: multiple, mostColumns = Infinity } = PACKINGS[format];
  return columns % multiple === 0 && columns <= mostColumns;
}

/** Bytes of a matrix in a format. */
export function matrixBytes(format: MatrixFormat, outputs: number, inputs: number): number {
  const { rows, groupBytes } = PACKINGS[format];
  return Math.ceil(outputs / rows) * groupBytes(inputs);
}

/** Bytes of the units of rows and of what else the kernels need of them, if a format has these apart. */
export function scaleBytes(format: MatrixFormat, outputs: number): number {
  const isApart = format === "int8" || format === "int8Sparse";
  return isApart ? 2 * 16 * Math.ceil(outputs / 4) : 0;
}

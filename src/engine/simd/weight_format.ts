/** What matrices are kept in: float32, or 8 bits with a unit for each row. */
export const WEIGHT_FORMATS = ["f32", "int8"] as const;

/** One of {@linkcode WEIGHT_FORMATS}. */
export type WeightFormat = (typeof WEIGHT_FORMATS)[number];

/** What onnxruntime's builds can keep matrices in: float32, or 8 bits with a unit for each row. */
export const ORT_WEIGHT_FORMATS = ["f32", "int8"] as const;

/** One of {@linkcode ORT_WEIGHT_FORMATS}. */
export type OrtWeightFormat = (typeof ORT_WEIGHT_FORMATS)[number];

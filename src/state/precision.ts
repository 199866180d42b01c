/** The precisions that a state can be saved in. */
export const STATE_PRECISIONS = ["f32", "f16"] as const;

/** How the numbers of a saved state are written: IEEE 754 binary32 or binary16, little-endian. */
export type StatePrecision = (typeof STATE_PRECISIONS)[number];

/** What the states of stored responses are written in unless the settings say otherwise. */
export const STORED_PRECISION: StatePrecision = "f16";

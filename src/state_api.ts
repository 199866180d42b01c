/**
 * States by themselves: what a model remembers of a text, as numbers and as bytes that can be kept anywhere.
 *
 * ```ts ignore
 * import { decodeState, encodeState } from "@tern/tern/state";
 *
 * const options = { modelFingerprint: model.inference.modelFingerprint, precision: "f32" } as const;
 * const bytes = await encodeState(state, options);
 * const same = await decodeState(bytes, model.inference);
 * ```
 *
 * docs/state_format.md says what the bytes are.
 *
 * @module
 */
export { decodeState, encodeState } from "./state/codec.ts";
export { type StateLayout, stateLayout } from "./state/layout.ts";
export { RecurrentState } from "./state/recurrent_state.ts";
export type { StatePrecision } from "./state/precision.ts";

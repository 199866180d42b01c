/** Separates what names a model from what names the state that its texts begin with. */
const AT = "@";

/**
 * Names a model whose texts begin with another state than its own. States that go back to different beginnings are not
 * those of one model, though its weights are the same.
 *
 * @param model the fingerprint of the model
 * @param persona the fingerprint of the state
 */
export function fingerprintWith(model: string, persona: string): string {
  return `${model}${AT}${persona}`;
}

/** The fingerprint of the model itself. */
export function baseFingerprint(fingerprint: string): string {
  return fingerprint.split(AT)[0]!;
}

/**
 * Whether two fingerprints are of one model, with different personas or different versions of one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert(differInPersona("model", fingerprintWith("model", "a")));
 * assert(differInPersona(fingerprintWith("model", "a"), fingerprintWith("model", "b")));
 * assert(!differInPersona("model", "other"));
 * assert(!differInPersona("model", "model"));
 * ```
 */
export function differInPersona(one: string, other: string): boolean {
  return one !== other && baseFingerprint(one) === baseFingerprint(other);
}

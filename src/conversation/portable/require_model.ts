import type { ExpectedState } from "../snapshot.ts";
import { FileOfOtherModelError } from "./errors.ts";

/** @throws {FileOfOtherModelError} unless what a file has, if it has states at all, is of the model that is to go on. */
export function requireModel({ modelFingerprint }: ExpectedState, actual: string | null): void {
  if (actual === null || actual === modelFingerprint) return;
  throw new FileOfOtherModelError(modelFingerprint, actual);
}

/** A model folder that cannot be used. */
export class ModelFolderError extends Error {
  override readonly name = "ModelFolderError";

  constructor(
    /** The file or folder that is at fault. */
    readonly path: string,
    /** What is wrong with it. */
    readonly why: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${why}`, options);
  }
}

/** A checkpoint that cannot be read. Every failure of this room is one of these. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
  /** The file, as it was named when it was opened. */
  readonly file: string;
  /** What is wrong with it. */
  readonly why: string;

  constructor(file: string, why: string, options?: ErrorOptions) {
    // A library may explain itself on several lines.
    const line = why.replace(/\s*\n\s*/g, " ").trim();
    super(`${file}: ${line}`, options);
    this.file = file;
    this.why = line;
  }
}

/** A file that ends before the bytes that it says it has. */
export class TruncatedFileError extends CheckpointError {
  override name = "TruncatedFileError";

  constructor(
    file: string,
    /** Where the read started, in bytes. */
    readonly offset: number,
    /** How many bytes were asked for. */
    readonly length: number,
    /** How many bytes the file has. */
    readonly size: number,
  ) {
    super(
      file,
      `${length} bytes are needed at offset ${offset}, but the file has ${size}: it is cut short or damaged, download it again`,
    );
  }
}

/** A file in a format that Tern does not read, or in a variant of one. */
export class UnsupportedCheckpointError extends CheckpointError {
  override name = "UnsupportedCheckpointError";
}

/** A file that breaks the rules of its own format. */
export class InvalidCheckpointError extends CheckpointError {
  override name = "InvalidCheckpointError";
}

/** A pickle that asks for a class or function outside the list of those that hold weights. Nothing of it was run. */
export class UnsafePickleError extends CheckpointError {
  override name = "UnsafePickleError";

  constructor(
    file: string,
    /** What it asked for, such as `os.system`. */
    readonly global: string,
  ) {
    super(
      file,
      `its pickle asks for ${JSON.stringify(global)}, which no plain checkpoint needs; refused`,
    );
  }
}

/** A tensor whose type or layout cannot be read, or not as what was asked for. */
export class UnsupportedTensorError extends CheckpointError {
  override name = "UnsupportedTensorError";

  constructor(
    file: string,
    /** The name of the tensor. */
    readonly tensor: string,
    why: string,
  ) {
    super(file, `tensor ${JSON.stringify(tensor)} ${why}`);
  }
}

/** A tensor that the checkpoint does not have. */
export class MissingTensorError extends CheckpointError {
  override name = "MissingTensorError";

  constructor(
    file: string,
    /** The name of the tensor. */
    readonly tensor: string,
  ) {
    super(file, `it has no tensor ${JSON.stringify(tensor)}`);
  }
}

/** What a file is that holds no weights of a model that Tern runs. */
export type ForeignKind =
  | "adapter"
  | "architecture"
  | "archive"
  | "big_endian"
  | "deepspeed"
  | "empty"
  | "gguf_version"
  | "git_lfs"
  | "onnx"
  | "prefab"
  | "rwkv_cpp"
  | "split"
  | "state"
  | "tensor_type"
  | "transformer"
  | "v7a"
  | "v7b"
  | "web_page"
  | "zip";

/** A file that was recognised as something else than weights that Tern can run. The message says what to do instead. */
export class ForeignFileError extends UnsupportedCheckpointError {
  override name = "ForeignFileError";

  constructor(
    file: string,
    /** What it was recognised as. */
    readonly kind: ForeignKind,
    what: string,
    /** What the operator can do about it. */
    readonly remedy: string,
  ) {
    super(file, `${what}: ${remedy}`);
  }
}

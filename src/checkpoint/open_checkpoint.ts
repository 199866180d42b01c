import type { Checkpoint } from "./checkpoint.ts";
import type { RandomAccess } from "./random_access.ts";
import { openSafetensors } from "./safetensors.ts";

/** What packed files begin with. */
const PACKED_MAGIC = "TERNPACK";

/** Bytes at the beginning of a file that tell its format. */
const HEAD_BYTES = 512;

/**
 * Opens a checkpoint: `.safetensors`, `.gguf`, or what `torch.save` of PyTorch 1.6 and later writes (`.pth`, `.pt`,
 * `.bin`). The content decides, not the name. The source is the checkpoint's from now on, and is closed with it, or at once on failure.
 *
 * @param source The bytes of the file.
 * @param name What to call it in messages.
 * @throws {ForeignFileError} When it is something else, which the message names.
 * @throws {UnsupportedCheckpointError} When it is a variant of a format that is not read.
 * @throws {InvalidCheckpointError} When the file breaks the rules of its format.
 * @throws {TruncatedFileError} When the file is cut short.
 * @throws {UnsafePickleError} When its pickle asks for more than weights.
 */
export async function openCheckpoint(source: RandomAccess, name: string): Promise<Checkpoint> {
  try {
    const head = await source.read(0, Math.min(source.size, HEAD_BYTES));
    const text = String.fromCharCode(...head);
    // The parsers of the rarer formats are imported when a file needs them, to keep start-up fast.
    if (text.startsWith("PK")) {
      const { openPth } = await import("./pth.ts");
      return await openPth(source, name);
    }
    if (text.startsWith("GGUF")) {
      const { openGguf } = await import("./gguf.ts");
      return await openGguf(source, name);
    }
    if (text.startsWith(PACKED_MAGIC)) {
      const { openPacked } = await import("./packed.ts");
      return await openPacked(source, name);
    }
    // Eight bytes of length, then a JSON object.
    if (text[8] === "{") return await openSafetensors(source, name);
    const { recogniseForeign } = await import("./foreign_files.ts");
    throw recogniseForeign(name, text, source.size);
  } catch (error) {
    source.close();
    throw error;
  }
}

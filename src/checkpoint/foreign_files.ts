import {
  ForeignFileError,
  type ForeignKind,
  UnsupportedCheckpointError,
} from "./checkpoint_error.ts";

type Recognised = readonly [kind: ForeignKind, what: string, remedy: string];

const CONVERT = "use the .pth, .safetensors or .gguf file of the same model";

/**
 * Names what a file is that is in no format of checkpoints.
 *
 * @param head The first bytes, a character each.
 * @param size Bytes of the file.
 */
export function recogniseForeign(
  name: string,
  head: string,
  size: number,
): UnsupportedCheckpointError {
  const recognised = recognise(head, size, name);
  if (recognised !== undefined) return new ForeignFileError(name, ...recognised);
  return new UnsupportedCheckpointError(
    name,
    "it is neither a .safetensors file, nor a .gguf file, nor one that torch.save wrote",
  );
}

function recognise(head: string, size: number, name: string): Recognised | undefined {
  if (size === 0) return ["empty", "the file is empty", "download it again"];
  if (head.startsWith("\x80\x02\x8a\x0a")) {
    const remedy = "load it and save it again with PyTorch 1.6 or newer";
    return ["archive", "it is a PyTorch file from before version 1.6", remedy];
  }
  if (/^(fmgg|lmgg|tjgg|algg)/.test(head)) {
    return ["rwkv_cpp", "it is a ggml file of rwkv.cpp", CONVERT];
  }
  if (head.startsWith("version https://git-lfs")) {
    const bytes = /^size (\d+)$/m.exec(head)?.[1];
    const real = bytes === undefined ? "" : ` of ${bytes} bytes`;
    const remedy = `fetch the weights${real} with git lfs pull, or download them directly`;
    return ["git_lfs", "it is a Git LFS pointer, not the weights", remedy];
  }
  if (/^(\xef\xbb\xbf)?\s*<(!doctype|html|head|\?xml)/i.test(head)) {
    const remedy = "open its address in a browser, for a login or an error, and download it again";
    return ["web_page", "it is a web page, not weights", remedy];
  }
  if (head.startsWith("\x1f\x8b") || /^(7z\xbc\xaf|\x28\xb5\x2f\xfd|Rar!|\xfd7zXZ)/.test(head)) {
    return ["archive", "it is a compressed archive", "unpack it first"];
  }
  if (name.endsWith(".prefab")) return ["prefab", "it is a prefab of web-rwkv", CONVERT];
  if (name.endsWith(".onnx") || head.startsWith("7767517")) {
    return ["onnx", "it is a graph of another runtime (ONNX or NCNN), not a checkpoint", CONVERT];
  }
  return undefined;
}

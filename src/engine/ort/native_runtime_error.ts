/** onnxruntime-node cannot be loaded. */
export class NativeRuntimeError extends Error {
  override readonly name = "NativeRuntimeError";
  constructor(specifier: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `The engine native needs ${specifier}, which could not be loaded: ${reason}\n` +
        "As a native library it needs --allow-ffi (deno task start-native). Deno downloads it when it is first " +
        `asked for; \`deno cache ${specifier}\` does so before. It is built for Linux and Windows on x64 and ` +
        "arm64, and for macOS on arm64.",
      { cause },
    );
  }
}

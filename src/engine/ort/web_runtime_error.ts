/** onnxruntime-web cannot be loaded. */
export class WebRuntimeError extends Error {
  override readonly name = "WebRuntimeError";
  constructor(specifier: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `The engine ort needs ${specifier}, which could not be loaded: ${reason}\n` +
        `Deno downloads it when it is first used; \`deno cache ${specifier}\` does so in advance.`,
      { cause },
    );
  }
}

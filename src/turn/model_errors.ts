import { Failure } from "../failure/failure.ts";

/** How long clients should wait before asking again for a model that could not be loaded, in milliseconds. */
const RETRY_MS = 5_000;

/** How many characters of a client's text errors repeat. */
const SHOWN = 200;

/** A model is configured but cannot be loaded now. The next request tries again. */
export class ModelUnavailableError extends Failure {
  override readonly name = "ModelUnavailableError";
  override readonly category = "unavailable";
  override readonly code = "model_unavailable";
  override readonly param = "model";
  override readonly retryAfterMs = RETRY_MS;

  /** @param reason a sentence without its full stop */
  constructor(readonly model: string, readonly reason: string, options?: ErrorOptions) {
    super(`The model ${model} cannot be loaded: ${reason}`, options);
  }

  override get clientMessage(): string {
    return `The model '${this.model}' cannot be loaded: ${this.reason}.`;
  }
}

/** A request names a persona that the model does not have. */
export class UnknownPersonaError extends Failure {
  override readonly name = "UnknownPersonaError";
  override readonly category = "missing";
  override readonly code = "model_not_found";
  override readonly param = "model";

  /** @param known the personas that the model has */
  constructor(readonly model: string, readonly persona: string, readonly known: readonly string[]) {
    super(`The model ${model} has no persona ${JSON.stringify(persona.slice(0, SHOWN))}`);
  }

  override get clientMessage(): string {
    const has = this.known.length === 0 ? "none" : this.known.map((name) => `'${name}'`).join(", ");
    return `The model '${this.model}' has no persona '${
      this.persona.slice(0, SHOWN)
    }': its file does not exist, or was removed. It has ${has}.`;
  }
}

/** The file of a persona exists, but cannot be used with the model. */
export class UnusablePersonaError extends Failure {
  override readonly name = "UnusablePersonaError";
  override readonly category = "unavailable";
  override readonly code = "persona_unusable";
  override readonly param = "model";

  /** @param reason a sentence without its full stop: what is wrong, and what to do */
  constructor(
    readonly model: string,
    readonly persona: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`The persona ${persona} cannot be used with ${model}: ${reason}`, options);
  }

  override get clientMessage(): string {
    return `The persona '${this.persona}' cannot be used with the model '${this.model}': ${this.reason}.`;
  }
}

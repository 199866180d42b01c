import type { RateLimits } from "../limits/rate_limits.ts";
import type { TurnQueue } from "../limits/turn_queue.ts";
import type { Decays } from "./decays.ts";
import { type Look, look, type LookOptions } from "./look.ts";

/** Tokens that are read for a look, at most. */
export const MAX_TOKENS = 1_024;

/** What a {@linkcode Looker} works with. */
export interface LookerParts {
  /** Finds the model of a name, or the main one, and loads it. */
  readonly findModel: (name?: string) => Promise<LookModel>;
  readonly queue: Pick<TurnQueue, "enter">;
  readonly limits: Pick<RateLimits, "requireTokens" | "spendTokens">;
}

/** A model to look into. */
export interface LookModel {
  readonly inference: LookOptions["inference"];
  /** Keeps the model loaded until what this returns is called. */
  readonly hold: (signal: AbortSignal) => Promise<() => void>;
  /** Reads the weights of the decays, the first time that somebody looks. Absent, or undefined: they cannot be read. */
  readonly readDecays?: (() => Promise<Decays | undefined>) | undefined;
}

/** What a tenant looks at. */
export interface LookRequest extends Pick<LookOptions, "tokens" | "top" | "signal"> {
  readonly tenant: string;
  /** The name of the model. Absent: the main one. */
  readonly model?: string | undefined;
  readonly last: number;
}

/** Looks on behalf of tenants. A look takes a place among the turns, and its tokens count as theirs. */
export class Looker {
  readonly #parts: LookerParts;
  /** By what runs the model. */
  readonly #decays = new WeakMap<object, Promise<Decays | undefined>>();

  constructor(parts: LookerParts) {
    this.#parts = parts;
  }

  /**
   * Looks at the last {@linkcode MAX_TOKENS} of some tokens.
   *
   * @returns `left_out`: how many tokens before them were not read
   * @throws {TurnQueueFullError}
   * @throws {RateLimitError}
   * @throws what {@linkcode look} throws
   */
  async look(
    { tenant, model: name, tokens: all, last, top, signal }: LookRequest,
  ): Promise<Look & { readonly left_out: number }> {
    const { findModel, queue, limits } = this.#parts;
    const tokens = all.slice(-MAX_TOKENS);
    limits.requireTokens(tenant);
    const model = await findModel(name);
    const { inference } = model;
    const letGo = await model.hold(signal);
    let release: (() => void) | undefined;
    try {
      release = await queue.enter(tenant, signal);
      const decays = await this.#readDecays(model);
      const found = await look({ inference, decays, tokens, last, top, signal });
      limits.spendTokens(tenant, tokens.length);
      return { ...found, left_out: all.length - tokens.length };
    } finally {
      release?.();
      letGo();
    }
  }

  #readDecays({ inference, readDecays }: LookModel): Promise<Decays | undefined> {
    const known = this.#decays.get(inference);
    if (known !== undefined) return known;
    const reading = (readDecays?.() ?? Promise.resolve(undefined)).catch((error) => {
      this.#decays.delete(inference); // The next look tries again.
      throw error;
    });
    this.#decays.set(inference, reading);
    return reading;
  }
}

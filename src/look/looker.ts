import type { RateLimits } from "../limits/rate_limits.ts";
import type { TurnQueue } from "../limits/turn_queue.ts";
import type { Decays } from "./decays.ts";
import { type Look, look, type LookOptions } from "./look.ts";

/** Tokens that are read for a look, at most. */
export const MAX_TOKENS = 1_024;

/** What a {@linkcode Looker} works with. */
export interface LookerParts {
  readonly inference: LookOptions["inference"];
  readonly queue: Pick<TurnQueue, "enter">;
  readonly limits: Pick<RateLimits, "requireTokens" | "spendTokens">;
  /** Reads the weights of the decays, the first time that somebody looks. Absent, or undefined: they cannot be read. */
  readonly readDecays?: (() => Promise<Decays | undefined>) | undefined;
}

/** What a tenant looks at. */
export interface LookRequest extends Pick<LookOptions, "tokens" | "top" | "signal"> {
  readonly tenant: string;
  readonly last: number;
}

/** Looks on behalf of tenants. A look takes a place among the turns, and its tokens count as theirs. */
export class Looker {
  readonly #parts: LookerParts;
  #decays: Promise<Decays | undefined> | undefined;

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
    { tenant, tokens: all, last, top, signal }: LookRequest,
  ): Promise<Look & { readonly left_out: number }> {
    const { inference, queue, limits } = this.#parts;
    const tokens = all.slice(-MAX_TOKENS);
    limits.requireTokens(tenant);
    const release = await queue.enter(tenant, signal);
    try {
      const decays = await this.#readDecays();
      const found = await look({ inference, decays, tokens, last, top, signal });
      limits.spendTokens(tenant, tokens.length);
      return { ...found, left_out: all.length - tokens.length };
    } finally {
      release();
    }
  }

  #readDecays(): Promise<Decays | undefined> {
    this.#decays ??= this.#parts.readDecays?.().catch((error) => {
      this.#decays = undefined; // The next look tries again.
      throw error;
    });
    return this.#decays ?? Promise.resolve(undefined);
  }
}

import { z } from "zod";

/** Milliseconds after which an aborted commit cannot arrive any more. */
const ABORTED_MS = 60 * 60_000;

/** Amounts to add to counters of other objects, by the counters' encoded keys. */
export type Additions = Readonly<Record<string, number>>;

const additionsSchema = z.record(z.string(), z.number());

const ledgerSchema = z.object({
  /** Commits that were made, and what they add to counters elsewhere besides their writes there. */
  made: z.record(z.string(), additionsSchema),
  /** Commits that were given up, and when. */
  aborted: z.record(z.string(), z.number()),
  /** Additions that wait for the next commit that reaches their object. */
  waiting: additionsSchema,
});

/**
 * What an object has decided about commits over several objects, and what it still owes to counters elsewhere. One value,
 * since rows are what the platform bills.
 */
export class Ledger {
  readonly #state: z.infer<typeof ledgerSchema>;

  private constructor(state: z.infer<typeof ledgerSchema>) {
    this.#state = state;
  }

  static decode(value: Uint8Array | undefined): Ledger {
    if (value === undefined) return new Ledger({ made: {}, aborted: {}, waiting: {} });
    return new Ledger(ledgerSchema.parse(JSON.parse(new TextDecoder().decode(value))));
  }

  encode(): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(JSON.stringify(this.#state));
  }

  /** What became of a commit. */
  outcome(id: string): Outcome {
    const additions = this.#state.made[id];
    if (additions !== undefined) return { type: "made", additions };
    return { type: id in this.#state.aborted ? "aborted" : "undecided" };
  }

  /** Adds later. */
  owe(additions: Additions): void {
    for (const [key, amount] of Object.entries(additions)) {
      this.#state.waiting[key] = (this.#state.waiting[key] ?? 0) + amount;
    }
  }

  /** Notes that a commit is made, which takes what is owed along. */
  make(id: string, takesOwed: boolean): Additions {
    const additions = takesOwed ? this.#state.waiting : {};
    if (takesOwed) this.#state.waiting = {};
    this.#state.made[id] = additions;
    return additions;
  }

  abort(id: string, now: number): void {
    for (const [old, at] of Object.entries(this.#state.aborted)) {
      if (at + ABORTED_MS < now) delete this.#state.aborted[old];
    }
    this.#state.aborted[id] = now;
  }

  /** Drops commits of which every part is done. */
  forget(ids: readonly string[]): void {
    for (const id of ids) delete this.#state.made[id];
  }
}

/** What became of a commit over several objects. */
export type Outcome =
  | { readonly type: "made"; readonly additions: Additions }
  | { readonly type: "aborted" }
  | { readonly type: "undecided" };

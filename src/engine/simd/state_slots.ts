import type { StateLayout } from "../../state/layout.ts";
import { RecurrentState } from "../../state/recurrent_state.ts";
import type { ReadRequest } from "../engine.ts";
import { StateGoneError } from "./state_gone_error.ts";

/** The memory of the slots. */
export interface SlotMemory {
  /** The numbers in a slot: a view. */
  state(slot: number): Float32Array;
}

/**
 * Which state is in which of an engine's slots. A state that a sequence goes on from is most often still where it was made,
 * so that nothing is copied; it is copied out when its slot is needed, or when somebody asks for its numbers.
 */
export class StateSlots {
  readonly #memory: SlotMemory;
  readonly #layout: StateLayout;
  readonly #states: (RecurrentState | undefined)[];
  /** The slot that was given away longest ago. */
  #next = 0;

  constructor(memory: SlotMemory, layout: StateLayout, count: number) {
    this.#memory = memory;
    this.#layout = layout;
    this.#states = Array<undefined>(count).fill(undefined);
  }

  /**
   * Puts the states of requests into slots, at most one request a slot. What was there is kept if it may be wanted.
   *
   * @returns the slot of each
   */
  take(requests: readonly ReadRequest[]): number[] {
    const slots = requests.map(() => -1);
    const taken = new Set<number>();
    const put = (request: number, slot: number) => {
      slots[request] = slot;
      taken.add(slot);
    };
    for (const [i, { state, consume }] of requests.entries()) {
      const slot = this.#states.indexOf(state);
      if (slot === -1 || taken.has(slot)) continue;
      const isShared = requests.some((other, at) => at !== i && other.state === state);
      const empty = consume === true || isShared ? -1 : this.#empty(taken);
      if (empty !== -1) {
        // It stays where it is, and the request goes on from a copy.
        this.#memory.state(empty).set(this.#memory.state(slot));
        put(i, empty);
        continue;
      }
      if (consume !== true || isShared) state.data; // copies it out
      put(i, slot);
    }
    for (const [i, { state }] of requests.entries()) {
      if (slots[i] !== -1) continue;
      const slot = this.#free(taken);
      put(i, slot);
      this.#memory.state(slot).set(state.data);
    }
    for (const slot of taken) this.#states[slot] = undefined;
    return slots;
  }

  /** The state that is in a slot now. It stays there until somebody wants it or the slot. */
  give(slot: number): RecurrentState {
    const state: RecurrentState = new RecurrentState(this.#layout, () => {
      if (this.#states[slot] !== state) throw new StateGoneError();
      return this.#memory.state(slot).slice();
    });
    this.#states[slot] = state;
    return state;
  }

  /** Frees the slot of a state that nobody needs any more. Its numbers cannot be asked for afterwards. */
  drop(state: RecurrentState): void {
    const slot = this.#states.indexOf(state);
    if (slot !== -1) this.#states[slot] = undefined;
  }

  /** Copies all states out, since the memory goes. */
  clear(): void {
    for (const state of this.#states) state?.data;
    this.#states.fill(undefined);
  }

  /** An empty slot that is not taken, or -1. */
  #empty(taken: ReadonlySet<number>): number {
    return this.#states.findIndex((state, slot) => state === undefined && !taken.has(slot));
  }

  /** A slot that is not taken: an empty one, or the one that has been full for longest. */
  #free(taken: ReadonlySet<number>): number {
    const empty = this.#empty(taken);
    if (empty !== -1) return empty;
    while (taken.has(this.#next)) this.#next = (this.#next + 1) % this.#states.length;
    const slot = this.#next;
    this.#next = (slot + 1) % this.#states.length;
    this.#states[slot]!.data; // copies it out
    return slot;
  }
}

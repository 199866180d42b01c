import { untilAborted } from "../stream/until_aborted.ts";

/** A model in memory. */
export interface Resident {
  /** Frees its memory. */
  close(): Promise<void>;
}

/** A model that is in memory while somebody needs it. */
export interface PoolMember<T extends Resident> {
  readonly name: string;
  /** Bytes that it takes in memory, about. */
  bytes(): Promise<number>;
  /** @param onLost to be called if it dies: it is no longer in memory then */
  load(onLost: () => void): Promise<T>;
}

/** What bounds a {@linkcode ModelPool}. */
export interface ModelPoolOptions {
  /** Bytes that models may take together. */
  readonly memory: number;
  /** Whether a model that needs more than that by itself is refused. Otherwise it is loaded alone. */
  readonly strict: boolean;
  /** Milliseconds after which a model is unloaded that nobody uses. `Infinity`: never. */
  readonly idleMs: number;
  /** Told why a model was unloaded. */
  readonly onUnloaded?: (name: string, why: "idle" | "memory") => void;
}

/** A model needs more memory than all models may have. */
export class TooLittleMemoryError extends Error {
  override readonly name = "TooLittleMemoryError";
  constructor(readonly needed: number, readonly limit: number) {
    super(
      `it needs about ${megabytes(needed)} and TERN_MEMORY allows ${megabytes(limit)}. ` +
        "Give it more, or choose smaller weights (TERN_WEIGHTS)",
    );
  }
}

/** A model that is held. */
export interface Held<T> {
  readonly value: T;
  /** Lets go of it. Calling it twice does nothing. */
  release(): void;
}

/** A model that is in memory, and those who use it. */
interface Slot<T extends Resident> {
  readonly value: T;
  readonly bytes: number;
  users: number;
  /** Counts uses: the least recently used has the lowest. */
  used: number;
  idle: ReturnType<typeof setTimeout> | undefined;
}

/** A request that waits for a model. */
interface Waiter<T extends Resident> {
  readonly member: PoolMember<T>;
  readonly held: PromiseWithResolvers<Held<T>>;
  left: boolean;
}

/**
 * Models that share an amount of memory. One is loaded when it is first held, and unloaded when nobody has held it for a
 * while, or when another needs the memory: the least recently used first, and never one that is held.
 *
 * Who waits is served in order, so that a model which is always in use keeps no other out: once somebody waits for
 * memory, all who come later wait behind them.
 */
export class ModelPool<T extends Resident> {
  readonly #options: ModelPoolOptions;
  readonly #slots = new Map<PoolMember<T>, Slot<T>>();
  readonly #queue: Waiter<T>[] = [];
  /** Models that are being unloaded. */
  readonly #closing = new Set<Promise<void>>();
  #pumping = false;
  /** Whether the first in the queue waits until others let go. */
  #short = false;
  #uses = 0;
  #loading: PoolMember<T> | undefined;

  constructor(options: ModelPoolOptions) {
    this.#options = options;
  }

  /** Whether a model is in memory, or on its way there. */
  statusOf(member: PoolMember<T>): "loaded" | "loading" | "unloaded" {
    if (this.#slots.has(member)) return "loaded";
    return this.#loading === member ? "loading" : "unloaded";
  }

  /** The model, if it is in memory. */
  peek(member: PoolMember<T>): T | undefined {
    return this.#slots.get(member)?.value;
  }

  /**
   * Loads a model unless it is in memory, and keeps it there until it is released.
   *
   * @throws what `load` throws, and {@linkcode TooLittleMemoryError}
   * @throws the signal's reason when it aborts
   */
  async hold(member: PoolMember<T>, signal?: AbortSignal): Promise<Held<T>> {
    signal?.throwIfAborted();
    const slot = this.#slots.get(member);
    if (slot !== undefined && !this.#short) return this.#use(member, slot);
    const waiter: Waiter<T> = { member, held: Promise.withResolvers(), left: false };
    this.#queue.push(waiter);
    void this.#pump();
    return await untilAborted(waiter.held.promise, signal, () => {
      waiter.left = true;
      waiter.held.promise.then(({ release }) => release(), () => {});
      void this.#pump();
    });
  }

  /** Unloads all models, whoever uses them. */
  async close(): Promise<void> {
    for (const [member, slot] of this.#slots) this.#unload(member, slot);
    await Promise.all(this.#closing);
  }

  #use(member: PoolMember<T>, slot: Slot<T>): Held<T> {
    clearTimeout(slot.idle);
    slot.users++;
    slot.used = ++this.#uses;
    let isHeld = true;
    return {
      value: slot.value,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        slot.users--;
        this.#rest(member, slot);
        if (this.#short) void this.#pump();
      },
    };
  }

  /** Unloads a model later, if nobody uses it until then. */
  #rest(member: PoolMember<T>, slot: Slot<T>): void {
    const { idleMs, onUnloaded } = this.#options;
    clearTimeout(slot.idle);
    if (slot.users > 0 || idleMs === Infinity || this.#slots.get(member) !== slot) return;
    slot.idle = setTimeout(() => {
      this.#unload(member, slot);
      onUnloaded?.(member.name, "idle");
    }, idleMs);
  }

  #unload(member: PoolMember<T>, slot: Slot<T>): void {
    clearTimeout(slot.idle);
    this.#slots.delete(member);
    const closed = slot.value.close().catch(() => {}).finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  /** Serves those who wait, in order, until the next has to wait for others to let go. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let next; (next = this.#queue[0]) !== undefined;) {
        this.#short = false;
        if (!next.left && !await this.#serve(next)) {
          // Somebody may have let go meanwhile.
          if (!this.#short) continue;
          return;
        }
        this.#queue.splice(this.#queue.indexOf(next), 1);
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** @returns whether the waiter has what it waits for, or the reason why not. If not, others have to let go first. */
  async #serve({ member, held }: Waiter<T>): Promise<boolean> {
    try {
      let slot = this.#slots.get(member);
      if (slot === undefined) {
        const bytes = await member.bytes();
        if (!await this.#makeRoom(bytes)) return false;
        slot = await this.#load(member, bytes);
      }
      held.resolve(this.#use(member, slot));
    } catch (error) {
      // All who wait for it are told, and the next one tries again.
      for (const waiter of this.#queue) {
        if (waiter.member !== member) continue;
        waiter.left = true;
        waiter.held.promise.catch(() => {});
        waiter.held.reject(error);
      }
    }
    return true;
  }

  /** Unloads what nobody uses until there is room. @returns whether there is */
  async #makeRoom(bytes: number): Promise<boolean> {
    const { memory, strict, onUnloaded } = this.#options;
    if (strict && bytes > memory) throw new TooLittleMemoryError(bytes, memory);
    for (;;) {
      const slots = [...this.#slots];
      const taken = slots.reduce((sum, [, slot]) => sum + slot.bytes, 0);
      if (slots.length === 0 || taken + bytes <= memory) break;
      const [oldest] = slots.filter(([, { users }]) => users === 0)
        .sort(([, a], [, b]) => a.used - b.used);
      this.#short = oldest === undefined;
      if (oldest === undefined) return false;
      this.#unload(...oldest);
      onUnloaded?.(oldest[0].name, "memory");
    }
    await Promise.all(this.#closing);
    return true;
  }

  async #load(member: PoolMember<T>, bytes: number): Promise<Slot<T>> {
    this.#loading = member;
    try {
      const lost = new AbortController();
      const value = await member.load(() => lost.abort());
      const slot: Slot<T> = { value, bytes, users: 0, used: 0, idle: undefined };
      if (lost.signal.aborted) return slot;
      this.#slots.set(member, slot);
      lost.signal.addEventListener("abort", () => {
        if (this.#slots.get(member) === slot) this.#unload(member, slot);
        if (this.#short) void this.#pump();
      });
      return slot;
    } finally {
      this.#loading = undefined;
    }
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

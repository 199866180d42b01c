import { ApiError } from "../errors/errors.ts";

/** A tenant has as many sockets open as it may. */
export class TooManySocketsError extends ApiError {
  override readonly name = "TooManySocketsError";

  constructor(most: number) {
    super(429, `You have ${most} sockets open, and may not have more. Close one first.`, {
      type: "too_many_requests",
      code: "too_many_sockets",
      // Waiting does not close one.
      headers: { "x-should-retry": "false" },
    });
  }
}

/** Counts the sockets of each tenant, so that none has more than it may. */
export class SocketPlaces {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** @param most sockets that a tenant may have open at once */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Takes a place for a socket.
   *
   * @returns gives it back, once however often it is called
   * @throws {TooManySocketsError}
   */
  enter(tenant: string): () => void {
    const open = this.#open.get(tenant) ?? 0;
    if (open >= this.#most) throw new TooManySocketsError(this.#most);
    this.#open.set(tenant, open + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const others = this.#open.get(tenant)! - 1;
      if (others === 0) this.#open.delete(tenant);
      else this.#open.set(tenant, others);
    };
  }
}

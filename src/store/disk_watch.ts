import type { DiskUse } from "./disk_use.ts";
import { StoreRefusedError } from "./errors.ts";

/** How often the disk is looked at. */
const LOOK_MS = 10_000;

/** It is said that a disk is nearly full when it has so many times what has to stay free. */
const WARN_TIMES = 4;

/** What a {@linkcode DiskWatch} is made of. */
export interface DiskWatchParts {
  /** What the operator knows the database by. */
  readonly database: string;
  readonly look: () => Promise<DiskUse>;
  /** Bytes that have to stay free: with less, nothing new is stored. 0: any amount. */
  readonly reserve: number;
  /** Told once when the disk is nearly full, once when it is too full, and again after there was room between. */
  readonly warn: (message: string, use: DiskUse) => void;
}

/**
 * Knows how full the disk of a database is, and refuses what is new before the disk is full. So there is room to finish
 * answers under way and to delete, which both need some.
 */
export class DiskWatch {
  readonly #parts: DiskWatchParts;
  #use: DiskUse = { bytes: 0, free: Infinity };
  #said: "nothing" | "nearly full" | "full" = "nothing";
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(parts: DiskWatchParts) {
    this.#parts = parts;
  }

  /** What it saw last. */
  get use(): DiskUse {
    return this.#use;
  }

  /** Looks now, and again and again until it is closed. */
  async start(): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => void this.look().catch(() => {}), LOOK_MS);
  }

  /** Looks at the disk, and says if it is nearly full. */
  async look(): Promise<void> {
    const { look, reserve, warn } = this.#parts;
    this.#use = await look();
    const { free } = this.#use;
    const state = free < reserve ? "full" : free < WARN_TIMES * reserve ? "nearly full" : "nothing";
    if (state === "full" && this.#said !== "full") {
      warn("the disk is too full: nothing new is stored", this.#use);
    } else if (state === "nearly full" && this.#said === "nothing") {
      warn("the disk is nearly full", this.#use);
    }
    this.#said = state;
  }

  /** @throws {StoreRefusedError} if nothing new is to be stored. */
  requireSpace(): void {
    const { database, reserve } = this.#parts;
    if (this.#use.free >= reserve) return;
    throw new StoreRefusedError("full", database, {
      cause: new Error(`${this.#use.free} bytes are free, and ${reserve} have to stay free`),
    });
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

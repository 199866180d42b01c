import type { StoredCheck, StoredWrite } from "./stored_entry.ts";

/** Identifies a commit over several objects. */
export interface Pending {
  readonly id: string;
  /** The object that decides whether the commit is made. */
  readonly home: string;
  /** When it was prepared, milliseconds since the epoch. */
  readonly at: number;
}

/** The part of a commit over several objects that waits for the decision of another object. */
export interface Intent extends Pending {
  readonly checks: readonly StoredCheck[];
  readonly writes: readonly StoredWrite[];
}

/** How many commits use a key, and how. */
interface Uses {
  readonly checked: Set<string>;
  readonly added: Set<string>;
  readonly written: Set<string>;
}

/** The intents of one object, and which keys they lock. Additions of several commits to one counter do not conflict. */
export class Intents {
  readonly #intents = new Map<string, Intent>();
  readonly #uses = new Map<string, Uses>();

  get(id: string): Intent | undefined {
    return this.#intents.get(id);
  }

  add(intent: Intent): void {
    this.#intents.set(intent.id, intent);
    for (const { key } of intent.checks) this.#usesOf(key).checked.add(intent.id);
    for (const { key, add } of intent.writes) {
      this.#usesOf(key)[add === undefined ? "written" : "added"].add(intent.id);
    }
  }

  delete(id: string): void {
    const intent = this.#intents.get(id);
    if (intent === undefined) return;
    this.#intents.delete(id);
    for (const { key } of [...intent.checks, ...intent.writes]) {
      const name = nameOf(key);
      const uses = this.#uses.get(name);
      if (uses === undefined) continue;
      uses.checked.delete(id);
      uses.added.delete(id);
      uses.written.delete(id);
      if (uses.checked.size + uses.added.size + uses.written.size === 0) this.#uses.delete(name);
    }
  }

  /** Those that may change what readers of these keys find. */
  changing(keys: readonly Uint8Array[]): Pending[] {
    if (this.#intents.size === 0) return [];
    return this.#pending(keys.map(nameOf), ["written", "added"]);
  }

  /** Those that may change entries of a range of keys, both ends excluded. */
  changingRange(after: Uint8Array, end: Uint8Array): Pending[] {
    if (this.#intents.size === 0) return [];
    const [from, to] = [nameOf(after), nameOf(end)];
    const names = [...this.#uses.keys()].filter((name) => name > from && name < to);
    return this.#pending(names, ["written", "added"]);
  }

  /** Those that have to be decided before a commit can be made. */
  conflicting(checks: readonly StoredCheck[], writes: readonly StoredWrite[]): Pending[] {
    if (this.#intents.size === 0) return [];
    const of = (keys: readonly { readonly key: Uint8Array }[], uses: readonly (keyof Uses)[]) =>
      this.#pending(keys.map(({ key }) => nameOf(key)), uses);
    const found = [
      ...of(checks, ["written", "added"]),
      ...of(writes.filter(({ add }) => add === undefined), ["checked", "written", "added"]),
      ...of(writes.filter(({ add }) => add !== undefined), ["checked", "written"]),
    ];
    return [...new Map(found.map((pending) => [pending.id, pending])).values()];
  }

  #pending(names: readonly string[], kinds: readonly (keyof Uses)[]): Pending[] {
    const ids = new Set<string>();
    for (const name of names) {
      const uses = this.#uses.get(name);
      for (const kind of uses === undefined ? [] : kinds) uses![kind].forEach((id) => ids.add(id));
    }
    return [...ids].map((id) => {
      const { home, at } = this.#intents.get(id)!;
      return { id, home, at };
    });
  }

  #usesOf(key: Uint8Array): Uses {
    const name = nameOf(key);
    let uses = this.#uses.get(name);
    if (uses === undefined) {
      uses = { checked: new Set(), added: new Set(), written: new Set() };
      this.#uses.set(name, uses);
    }
    return uses;
  }
}

/** A key as text that sorts as its bytes do. */
function nameOf(key: Uint8Array): string {
  return Array.from(key, (byte) => String.fromCharCode(byte)).join("");
}

import type { CrossCommit } from "./cross_commit.ts";
import { encodeValueKey } from "./key.ts";
import type { Commit, Entry, Key, Write } from "./kv_store.ts";
import type { Part } from "./remote_object.ts";
import type { Placement } from "./placement.ts";

/** Milliseconds for which a pointer may lead nowhere: its record may be about to be written. */
const POINTER_MS = 10 * 60_000;

/** How a commit is made over several objects. */
export interface PlannedCommit extends CrossCommit {
  /** What each object writes ahead of it. */
  readonly ahead: ReadonlyMap<string, Part>;
}

/**
 * Divides a commit, which is not empty, among objects. The home is the object that writes the most bytes. What one of the others gets is
 * written ahead if it says nothing by itself, and counters may lag behind: then the home makes the commit alone.
 */
export function planCommit(placement: Placement, commit: Commit): PlannedCommit {
  const { checks = [], writes } = withPointers(placement, commit);
  const objectOf = ({ key }: { readonly key: Key }) => placement.objectOf(key);
  const parts = new Map<string, { checks: Part["checks"][number][]; writes: Write[] }>();
  const partOf = (name: string) => {
    const part = parts.get(name) ?? { checks: [], writes: [] };
    parts.set(name, part);
    return part;
  };
  for (const check of checks) partOf(objectOf(check)).checks.push(check);
  for (const { to, write } of writes) partOf(to ?? objectOf(write)).writes.push(write);
  const home = [...parts].reduce<readonly [string, number] | undefined>((most, [name, part]) => {
    const weight = weightOf(part.writes);
    return most === undefined || weight > most[1] ? [name, weight] : most;
  }, undefined)![0];

  const ahead = new Map<string, Part>();
  const owed: Record<string, number> = {};
  for (const [name, part] of [...parts]) {
    if (name === home || part.checks.length > 0) continue;
    const pointers = new Set<Write>(
      writes.filter(({ to }) => to === name).map(({ write }) => write),
    );
    const isAhead = (write: Write) =>
      "value" in write && (pointers.has(write) || placement.isHint?.(write.key) === true);
    const lags = (write: Write) => "add" in write && placement.mayLag?.(write.key) === true;
    if (!part.writes.every((write) => isAhead(write) || lags(write))) continue;
    parts.delete(name);
    const hints = part.writes.filter(isAhead);
    if (hints.length > 0) ahead.set(name, { checks: [], writes: hints });
    for (const write of part.writes) {
      if (!("add" in write)) continue;
      const key = toHex(encodeValueKey(write.key));
      owed[key] = (owed[key] ?? 0) + write.add;
    }
  }
  return { ahead, home, parts, owed, takesOwed: parts.size > 1 };
}

/** Adds the pointers of what is created or deleted. `to`: the object that a pointer belongs to. */
function withPointers(placement: Placement, { checks = [], writes }: Commit) {
  const created = new Set(
    checks.filter(({ version }) => version === undefined).map(({ key }) => encodeValueKey(key)),
  );
  return {
    checks,
    writes: writes.flatMap((write): { readonly to?: string; readonly write: Write }[] => {
      const to = placement.listedBy?.(write.key);
      const { key } = write;
      if (to === undefined || to === placement.objectOf(key)) return [{ write }];
      if ("delete" in write) return [{ write }, { to, write: { key, delete: true } }];
      if (!created.has(encodeValueKey(key))) return [{ write }];
      return [{ write }, { to, write: { key, value: pointerValue(Date.now()) } }];
    }),
  };
}

function pointerValue(now: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(String(now));
}

/** Whether a pointer that leads nowhere has been there for so long that it never will. */
export function isStale({ value }: Pick<Entry, "value">, now: number): boolean {
  return Number(new TextDecoder().decode(value)) + POINTER_MS < now;
}

/** Bytes, with those of a row for each write. */
function weightOf(writes: readonly Write[]): number {
  const ROW = 1;
  return writes.reduce((sum, write) => sum + ROW + ("value" in write ? write.value.length : 0), 0);
}

function toHex(encoded: string): string {
  return Uint8Array.from(encoded, (byte) => byte.charCodeAt(0)).toHex();
}

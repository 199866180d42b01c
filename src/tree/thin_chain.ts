import { abandonWrite, keysOf } from "../records/blob.ts";
import { CorruptSnapshotError } from "../records/errors.ts";
import { isConversationId } from "../records/ids.ts";
import { manifestKey, nodeKey, prefixKey, refPrefix } from "../records/keys.ts";
import { decodeRecord } from "../records/record.ts";
import type { Check, CommitPart, KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { prefixSchema } from "./prefix_cache.ts";
import { nodeSchema, type StoredNode } from "./response_node.ts";
import { type Chain, manifestSchema } from "./snapshot.ts";
import { isSpaced } from "./spacing.ts";

/** States that one commit removes at the most, of those that are due. With two for each power of two it is one. */
const MOST_REMOVED = 4;

/** States that are kept longer than the spacing wants, and looked at again. A chain forgets of more than these. */
const MOST_OVERDUE = 16;

/**
 * Earlier responses that one commit looks at, of a chain that kept all its states until now: it was imported, or the
 * settings said so.
 */
const MOST_EARLIER = 4;

/** Chunks of one state that the commit removes itself. */
const MOST_CHUNKS = 100;

/** What a turn adds to its chain, and removes from it. */
export interface Thinning {
  readonly chain: Chain;
  /** What removes states. */
  readonly part: CommitPart;
  /** Bytes that the removed states counted for. */
  readonly bytes: number;
  /** The snapshots whose chunks are left to {@linkcode sweepNote}, since there are too many for one commit. */
  readonly noted: readonly string[];
  /** What the state after the prompt of the parent is found by, which the turn makes useless. */
  readonly prompt: string | undefined;
}

/** A state of a chain, as it was read. */
interface Removable {
  readonly checks: readonly Check[];
  readonly writes: readonly Write[];
  readonly bytes: number;
  readonly noted: readonly string[];
}

/**
 * Where a new response stands in its chain, and which older state of the chain its commit removes: that which the
 * {@link isSpaced spacing} no longer wants. Kept are those that cannot be computed again, and those of responses that a
 * conversation names: where it is, or where one of its branches ends.
 *
 * @param parent the response that the new one continues
 * @param perPower see {@linkcode isSpaced}; `Infinity` removes none
 */
export async function thinChain(
  store: KvStore,
  tenant: string,
  parent: StoredNode,
  perPower: number,
  options?: StoreOptions,
): Promise<Thinning> {
  const { depth: before, kept, earlier, prompt } = await chainOf(store, tenant, parent, options);
  const depth = before + 1;
  const nothing = { part: { checks: [], writes: [] }, bytes: 0, noted: [], prompt };
  // A list of all would grow with the chain.
  if (perPower === Infinity) return { chain: { depth, kept: [] }, ...nothing };
  const look = await lookEarlier(store, tenant, earlier, options);
  const wanted = [...look.found, ...kept].filter(([at]) => isSpaced(at, depth, perPower));
  const due = kept.filter(([at]) => !isSpaced(at, depth, perPower));
  const dueEarlier = look.found.filter(([at]) => !isSpaced(at, depth, perPower));
  // The newest may be due for the first time. Of the others, which something named before, another one each time.
  const newest = Math.max(0, due.length - MOST_REMOVED + 1);
  const again = newest === 0 ? -1 : depth % newest;
  const removed: Removable[] = [];
  const overdue: Chain["kept"] = [];
  for (const [index, [at, id]] of due.entries()) {
    const found = index >= newest || index === again
      ? await removable(store, tenant, id, options)
      : "named";
    if (found === "named") overdue.push([at, id]);
    else if (found !== "gone") removed.push(found);
  }
  for (const [at, id] of dueEarlier.toReversed()) {
    const found = await removable(store, tenant, id, options);
    if (found === "named") overdue.unshift([at, id]);
    else if (found !== "gone") removed.push(found);
  }
  return {
    chain: {
      depth,
      kept: [...overdue.slice(-MOST_OVERDUE), ...wanted],
      ...look.next === undefined ? {} : { earlier: look.next },
    },
    part: {
      checks: removed.flatMap(({ checks }) => checks),
      writes: removed.flatMap(({ writes }) => writes),
    },
    bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0),
    noted: removed.flatMap(({ noted }) => noted),
    prompt,
  };
}

/** The chain that a response ends: of an earlier version's, which always have their states, nothing is known. */
async function chainOf(
  store: KvStore,
  tenant: string,
  end: StoredNode,
  options: StoreOptions | undefined,
): Promise<Chain & { readonly prompt?: string | undefined }> {
  // Where the state of the end was removed, what is known is with the latest one that was not.
  for (let [node, steps] = [end, 0];; steps++) {
    const entry = await store.get(manifestKey(tenant, node.manifest), options);
    if (entry !== undefined) {
      const { chain, prompt } = decodeRecord(manifestSchema, entry.value, node.manifest);
      if (chain === undefined) return { depth: steps, kept: [] };
      const own: Chain["kept"] = node.base === undefined ? [] : [[chain.depth, node.id]];
      // With one state for each power of two, the second response is the last that keeps none before it.
      const kept = chain.kept.length > 0 || chain.depth <= 2;
      const earlier = chain.earlier ??
        (kept || node.parent === null ? undefined : [chain.depth - 1, node.parent] as const);
      return {
        depth: chain.depth + steps,
        kept: [...chain.kept, ...own],
        ...earlier === undefined ? {} : { earlier: [...earlier] },
        ...steps === 0 ? { prompt } : {},
      };
    }
    if (node.parent === null) return { depth: steps + 1, kept: [] };
    const parent = await store.get(nodeKey(tenant, node.parent), options);
    if (parent === undefined) {
      throw new CorruptSnapshotError(node.id, `its parent ${node.parent} is missing`);
    }
    node = decodeRecord(nodeSchema, parent.value, node.parent);
  }
}

/**
 * The states of the next responses, towards the beginning, of which nothing is known. Those that cannot be computed again
 * are passed over.
 */
async function lookEarlier(
  store: KvStore,
  tenant: string,
  from: Chain["earlier"],
  options: StoreOptions | undefined,
): Promise<{ readonly found: Chain["kept"]; readonly next?: NonNullable<Chain["earlier"]> }> {
  const found: Chain["kept"] = [];
  let next = from;
  for (let looked = 0; next !== undefined && looked < MOST_EARLIER; looked++) {
    const [depth, id] = next;
    const entry = await store.get(nodeKey(tenant, id), options);
    if (entry === undefined) return { found };
    const { base, manifest, parent } = decodeRecord(nodeSchema, entry.value, id);
    const isKept = base !== undefined &&
      await store.get(manifestKey(tenant, manifest), options) !== undefined;
    if (isKept) found.unshift([depth, id]);
    next = parent === null || depth === 1 ? undefined : [depth - 1, parent];
  }
  return next === undefined ? { found } : { found, next };
}

/** What removes the state of a response, unless it is gone already or a conversation names it. */
async function removable(
  store: KvStore,
  tenant: string,
  id: string,
  options: StoreOptions | undefined,
): Promise<Removable | "gone" | "named"> {
  const entry = await store.get(nodeKey(tenant, id), options);
  if (entry === undefined) return "gone";
  const { manifest, prefix } = decodeRecord(nodeSchema, entry.value, id);
  const [snapshot, found] = await store.getMany(
    [manifestKey(tenant, manifest), prefixKey(tenant, prefix)],
    options,
  );
  if (snapshot === undefined) return "gone";
  for await (const { key } of store.list(refPrefix(tenant, id), options)) {
    if (isConversationId(key.at(-1)!)) return "named";
  }
  const { state, charged } = decodeRecord(manifestSchema, snapshot.value, manifest);
  const leadsHere = found !== undefined &&
    decodeRecord(prefixSchema, found.value, prefix).manifest === manifest;
  const chunks = keysOf(tenant, state);
  const together = chunks.length <= MOST_CHUNKS;
  return {
    checks: [snapshot],
    writes: [
      { key: snapshot.key, delete: true },
      ...leadsHere ? [{ key: found.key, delete: true } as const] : [],
      ...together
        ? chunks.map((key) => ({ key, delete: true } as const))
        : [abandonWrite(tenant, state.id, [{ id: state.id, chunks: chunks.length }])],
    ],
    bytes: charged,
    noted: together ? [] : [state.id],
  };
}

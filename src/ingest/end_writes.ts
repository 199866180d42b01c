import type { Write } from "../store/kv_store.ts";
import { ingestKey, manifestKey } from "../records/keys.ts";
import { abandonWrite } from "../records/staged_chunks.ts";
import { type Ingest, snapshotName } from "./ingest.ts";

/** The writes that end a text: its record goes, and what it consists of is swept. */
export function endWrites(tenant: string, ingest: Ingest): Write[] {
  const { conversation, snapshot } = ingest;
  const places = [0, 1] as const;
  const names = places.map((place) => snapshotName(ingest, place));
  return [
    { key: ingestKey(tenant, conversation), delete: true },
    ...names.map((name): Write => ({ key: manifestKey(tenant, name), delete: true })),
    ...snapshot === null
      ? []
      : [abandonWrite(tenant, names[0]!, names.map((id) => ({ id, chunks: snapshot.chunks })))],
  ];
}

import { totalUsage } from "../../cleanup/recount.ts";
import { databasePath } from "../../open_store.ts";
import type { Config } from "../../settings/config.ts";
import { diskUse } from "../../store/disk_use.ts";
import { DiskWatch } from "../../store/disk_watch.ts";
import type { KvStore } from "../../store/kv_store.ts";
import { formatBytes } from "../progress.ts";
import type { Check } from "./check.ts";

/** What the store keeps for all keys, and for a database on this machine, its size and how full its disk is. */
export async function checkStored(config: Config, store: KvStore): Promise<Check> {
  const name = "stored";
  const { tenants, conversations, responses, bytes, cache } = await totalUsage(store);
  const kept = `${conversations} conversations and ${responses} responses of ${tenants} keys, ` +
    `${formatBytes(bytes)}, and ${formatBytes(cache)} of states that only save work`;
  const path = databasePath(config);
  if (path === undefined) return { name, status: "ok", detail: kept };
  const warnings: string[] = [];
  const watch = new DiskWatch({
    database: path,
    look: () => diskUse(path),
    reserve: config.minFreeBytes,
    warn: (message) => warnings.push(message),
  });
  await watch.look();
  const use = `${path} takes ${formatBytes(watch.use.bytes)}, ${formatBytes(watch.use.free)} free`;
  return {
    name,
    status: warnings.length > 0 ? "warn" : "ok",
    detail: [kept, use, ...warnings].join("; "),
  };
}

import { statfs } from "node:fs/promises";
import type { Config } from "../../settings/config.ts";
import { findNamedModels } from "../find_named_model.ts";
import { inspectModel } from "../inspect/inspection.ts";
import { formatBytes } from "../progress.ts";
import { type Check, messageOf } from "./check.ts";
import { checkMachine } from "./check_machine.ts";
import { checkSettings } from "./check_settings.ts";
import { checkStore } from "./check_store.ts";

/** Space below which a disk is short of it, in bytes. */
const LITTLE_SPACE = 1e9;

/** Checks whether a server would start here with these settings, and run well. */
export async function diagnose(env: Readonly<Record<string, string>>): Promise<Check[]> {
  const { config, checks } = checkSettings(env);
  const machine = await checkMachine(config?.threads ?? 1);
  if (config === undefined) return [...machine, ...checks];
  return [
    ...machine,
    ...checks,
    ...await checkModels(config),
    await checkData(config),
    ...await checkStore(config),
    checkPort(config),
  ];
}

/** Checks each model that is to be served. */
async function checkModels(config: Config): Promise<Check[]> {
  const name = "model";
  try {
    const paths = await findNamedModels(undefined);
    return await Promise.all(paths.map((path) => checkModel(path, config)));
  } catch (error) {
    return [{ name, status: "fail", detail: messageOf(error) }];
  }
}

async function checkModel(path: string, { weights, engine }: Config): Promise<Check> {
  const name = "model";
  try {
    const { name: model, version, memory, suggested_weights } = await inspectModel(path);
    const own = memory.find((row) => row.weights === (weights === "auto" ? "int8" : weights));
    const isOurs = engine === "auto" || engine === "simd";
    if (isOurs && own !== undefined && !own.fits) {
      const remedy = suggested_weights === null
        ? "no type of weights fits"
        : `set TERN_WEIGHTS=${suggested_weights}`;
      const detail = `${model} needs ${formatBytes(own.bytes)} with ${own.weights}: ${remedy}`;
      return { name, status: "fail", detail };
    }
    const size = own === undefined ? "" : `, ${formatBytes(own.bytes)} with ${own.weights}`;
    return { name, status: "ok", detail: `${model}, RWKV-${version}${size}` };
  } catch (error) {
    return { name, status: "fail", detail: messageOf(error) };
  }
}

async function checkData({ dataDirectory }: Config): Promise<Check> {
  const name = "data";
  try {
    await Deno.mkdir(dataDirectory, { recursive: true });
    const file = await Deno.makeTempFile({ dir: dataDirectory });
    await Deno.remove(file);
    const { bavail, bsize } = await statfs(dataDirectory);
    const free = bavail * bsize;
    const detail = `${dataDirectory} is writable, ${formatBytes(free)} free`;
    return { name, status: free < LITTLE_SPACE ? "warn" : "ok", detail };
  } catch (error) {
    return { name, status: "fail", detail: `${dataDirectory}: ${messageOf(error)}` };
  }
}

function checkPort({ host, port }: Config): Check {
  const name = "port";
  try {
    using listener = Deno.listen({ hostname: host, port });
    return { name, status: "ok", detail: `${host}:${listener.addr.port} is free` };
  } catch (error) {
    const detail = error instanceof Deno.errors.AddrInUse
      ? `${host}:${port} is in use, perhaps by a server that runs already`
      : `${host}:${port}: ${messageOf(error)}`;
    return { name, status: "fail", detail };
  }
}

import project from "../../deno.json" with { type: "json" };
import streams from "../../src/std/streams/deno.json" with { type: "json" };
import { copyFolder } from "./copy_folder.ts";
import { findModel } from "../../src/checkpoint/find_file.ts";
import { convertModel } from "../../src/cli/convert/convert_model.ts";
import { readModel } from "../../src/rwkv/read_model.ts";
import { loadConfig, unknownSettings } from "../../src/settings/config.ts";
import { withPlatformStore } from "../../src/settings/deno_deploy.ts";

const ROOT = new URL("../../", import.meta.url);
/** Folders of `src/` that nothing needs there. */
const LEFT_OUT = ["cli", "ui/browser", "engine/simd/kernels", "std/testing"];
const MODELS = new URL("models", ROOT).pathname;

/**
 * Makes the folder that is deployed to Deno Deploy: the server's code, the model packed, and an entry.
 *
 * It has its own deno.json, because the platform need not honour `links` of the repository's.
 *
 * @param env settings: TERN_MODEL and TERN_WEIGHTS say what is packed, and all of them are checked
 * @returns the name of the model
 * @throws {SettingsError} if a setting cannot be used there
 * @throws what keeps the model from being packed
 */
export async function buildForDenoDeploy(
  out: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const settings = withPlatformStore({ ...env, DENO_DEPLOY: "1" });
  const { model, modelsDirectory, weights } = loadConfig(settings);
  unknownSettings(settings);
  await Deno.remove(out, { recursive: true }).catch(() => {});
  await copyFolder(new URL("src", ROOT).pathname, `${out}/src`, { leftOut: LEFT_OUT });
  const path = await findModel(model, [MODELS, modelsDirectory]);
  const { config } = await readModel(path);
  const name = config.name ?? path.replace(/\/+$/, "").split("/").at(-1)!;
  await Deno.mkdir(`${out}/models`, { recursive: true });
  await convertModel(path, `${out}/models/${name}`, {
    to: "packed",
    weights: weights === "auto" ? "int8" : weights,
    force: false,
    signal: new AbortController().signal,
  });
  await Deno.writeTextFile(`${out}/main.ts`, entry(name));
  await Deno.writeTextFile(`${out}/deno.json`, `${JSON.stringify(denoJson(), null, 2)}\n`);
  return name;
}

/** Settings of the platform come before those of the build. */
function entry(model: string): string {
  return `if (!Deno.env.get("TERN_MODEL")) Deno.env.set("TERN_MODEL", ${JSON.stringify(model)});
const { default: server } = await import("./src/deploy.ts");

export default server;
`;
}

function denoJson(): object {
  const { version, compilerOptions, unstable } = project;
  const packages = Object.entries(project.imports).filter(([name]) => !name.startsWith("@std/"));
  const files = Object.entries(streams.exports).map(([name, path]) => [
    `@std/streams${name.slice(1)}`,
    `./src/std/streams/${path.slice(2)}`,
  ]);
  return {
    version,
    imports: Object.fromEntries([...packages, ...files]),
    unstable,
    compilerOptions,
  };
}

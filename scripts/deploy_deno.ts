/**
 * Makes `dist/deno`, which is what is deployed to Deno Deploy. With arguments it also deploys that: they are given to
 * `deno deploy`, as in `deno task deploy:deno --prod --app my-tern`.
 *
 * @module
 */
import { buildForDenoDeploy } from "./deploy/build_for_deno_deploy.ts";
import { UNUSABLE } from "./flags.ts";

const OUT = new URL("../dist/deno", import.meta.url).pathname;

try {
  const name = await buildForDenoDeploy(OUT, Deno.env.toObject());
  console.log(`dist/deno serves ${name}.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(UNUSABLE);
}
if (Deno.args.length === 0) {
  console.log("Deploy it: cd dist/deno && deno deploy create   (the first time)");
  console.log("           deno task deploy:deno --prod         (from then on)");
} else {
  const deploy = new Deno.Command(Deno.execPath(), { args: ["deploy", ...Deno.args], cwd: OUT });
  Deno.exit((await deploy.spawn().status).code);
}

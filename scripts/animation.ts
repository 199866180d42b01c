/**
 * Draws an answer that survives `kill -9`, as an animated SVG of a real run: a server is killed while it streams an answer,
 * another is started over the same database, and the client follows the answer to its end.
 *
 * @module
 */
import { draw } from "./animation/draw.ts";
import { record } from "./animation/record.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const [output = `${ROOT}docs/images/kill.svg`] = Deno.args;

const recording = await record(`${ROOT}models/tern-7m`);
const svg = draw(recording);
await Deno.writeTextFile(output, svg);
const { pieces, killedAt, startedAt, isSame } = recording;
const ms = (time: number) => `${Math.round(time)} ms`;
console.log(
  `${pieces.length} pieces, killed after ${ms(killedAt)}, started again after ${ms(startedAt)}, ` +
    `done after ${ms(pieces.at(-1)!.at)}; ${
      isSame ? "the same" : "not the same"
    } text as without a kill; ` +
    `${svg.length} bytes`,
);
if (!isSame) Deno.exit(1);

import { Command } from "commander";
import type { Inspection } from "../inspect/inspection.ts";
import { formatBytes } from "../progress.ts";
import { columns, type Output, paint, standardOutput, writeJson } from "../terminal.ts";

/** `tern inspect`: what a model is, and whether it runs here. */
export function inspectCommand(): Command {
  return new Command("inspect")
    .summary("show what a model is and whether it fits here")
    .description(
      "Show a model's version, shapes, sizes, vocabulary, template and state, the memory it takes " +
        "with each type of weights and which fit here, and anything odd. Weights are not read.",
    )
    .argument("<model>", "a file, a folder or a name that `tern list` shows")
    .option("--json", "as JSON")
    .action(async (model: string, { json }: { json?: true }) => {
      const { findNamedModel } = await import("../find_named_model.ts");
      const { inspectModel } = await import("../inspect/inspection.ts");
      const inspection = await inspectModel(await findNamedModel(model));
      const output = standardOutput();
      if (json) writeJson(output, inspection);
      else output.write(report(output, inspection));
    });
}

function report(output: Output, found: Inspection): string {
  const label = (text: string) => paint(output, "bold", text);
  const heads = found.head_size === 0 ? "" : `, heads of ${found.head_size}`;
  const sizes = Object.entries(found.sizes).map(([size, n]) => `${size} ${n}`).join(", ");
  const types = Object.entries(found.dtypes).map(([type, n]) => `${n} ${type}`).join(", ");
  const facts = [
    ["model", found.name],
    ["file", `${found.weights_file} (${formatBytes(found.file_bytes)})`],
    ["version", `RWKV-${found.version}, names: ${found.names}`],
    ["shape", `${found.n_layer} layers, width ${found.n_embd}${heads}`],
    ["sizes", sizes],
    ["parameters", `${(found.parameters / 1e6).toFixed(1)} million in ${found.tensors} tensors`],
    ["types", types],
    ["vocabulary", `${found.tokenizer}, ${found.vocab_size} tokens, ${found.vocabulary}`],
    ["template", `${found.chat_template}, stops at ${JSON.stringify(found.stop)}`],
    ["state", `${formatBytes(found.state_bytes)} for each conversation`],
  ].map(([name, value]) => [name!.padEnd(10), value!]);
  const memory = found.memory.map(({ weights, bytes, fits }) => [
    `  ${weights}`.padEnd(10),
    formatBytes(bytes).padStart(8),
    fits ? paint(output, "green", "fits") : paint(output, "red", "does not fit"),
  ]);
  const lines = columns(facts).replace(/^\w+/gm, label) +
    `${label("memory")}      ${
      formatBytes(found.available_bytes)
    } available here, and 4.29 GB at ` +
    `the most\n${columns(memory)}`;
  const odd = found.odd.map((sentence) =>
    `${paint(output, "yellow", "odd")}         ${sentence}\n`
  );
  return lines + odd.join("");
}

import { Command, Option } from "commander";
import { WEIGHT_FORMATS, type WeightFormat } from "../../engine/simd/weight_format.ts";
import { interruptSignal } from "../interrupt.ts";
import { formatBytes, Progress } from "../progress.ts";
import { notice, standardOutput, writeJson } from "../terminal.ts";

const TARGETS = ["packed", "safetensors", "gguf", "onnx"] as const;
const DTYPES = ["f32", "f16", "bf16", "q8_0"] as const;

interface ConvertFlags {
  readonly to?: (typeof TARGETS)[number];
  readonly weights: WeightFormat;
  readonly dtype?: (typeof DTYPES)[number];
  readonly force?: true;
  readonly json?: true;
}

/** `tern convert`: a model in another format. */
export function convertCommand(): Command {
  return new Command("convert")
    .summary("write a model in another format")
    .description(
      "Write a model in another format: a packed folder, which starts fastest; .safetensors with " +
        "the official names; .gguf for llama.cpp; or ONNX. The output is whole or not there.",
    )
    .argument("<model>", "a file, a folder or a name that `tern list` shows")
    .argument("<output>", "a file, or a folder for packed, safetensors and onnx")
    .addOption(
      new Option("--to <format>", "the format (default: by the output's ending, or else packed)")
        .choices(TARGETS),
    )
    .addOption(
      new Option("--weights <type>", "the type of packed weights").choices(WEIGHT_FORMATS)
        .default("int8"),
    )
    .addOption(
      new Option(
        "--dtype <type>",
        "the type of numbers in the other formats (default: as they are)",
      )
        .choices(DTYPES),
    )
    .option("-f, --force", "replace what is there")
    .option("--json", "print where the output is as JSON")
    .action(async (model: string, output: string, flags: ConvertFlags) => {
      const { findNamedModel } = await import("../find_named_model.ts");
      const { convertModel } = await import("../convert/convert_model.ts");
      const ending = /\.(safetensors|gguf)$/.exec(output)?.[1] as
        | "safetensors"
        | "gguf"
        | undefined;
      const to = flags.to ?? ending ?? "packed";
      const path = await findNamedModel(model);
      const { weights, dtype, force = false } = flags;
      await convertModel(path, output.replace(/(?<=.)\/+$/, ""), {
        ...{ to, weights, dtype, force },
        signal: interruptSignal(),
        startProgress: (total) => new Progress(total, "bytes"),
      });
      const bytes = await sizeOf(output);
      if (flags.json) writeJson(standardOutput(), { path: output, to, bytes });
      else notice(`${output}: ${formatBytes(bytes)}`);
    });
}

async function sizeOf(path: string): Promise<number> {
  const { isDirectory, size } = await Deno.stat(path);
  if (!isDirectory) return size;
  let bytes = 0;
  for await (const { name } of Deno.readDir(path)) bytes += await sizeOf(`${path}/${name}`);
  return bytes;
}

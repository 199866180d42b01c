import { Command, InvalidArgumentError } from "commander";
import { interruptSignal } from "../interrupt.ts";
import type { TextLook } from "../look/look_at_text.ts";
import { formatBytes } from "../progress.ts";
import { columns, type Output, paint, standardOutput, writeJson } from "../terminal.ts";

interface LookFlags {
  readonly model?: string;
  readonly top: number;
  readonly json?: true;
}

/** `tern look`: what a model makes of a text, for people who want to understand it. */
export function lookCommand(): Command {
  return new Command("look")
    .summary("show tokens, next tokens, state and decay of a text")
    .description(
      "Read a text token by token and show what the model makes of it: the probability of each token " +
        "after those before it, the likeliest next tokens, and for each layer the size of the state " +
        "and how many tokens it takes to forget half of it. docs/rwkv.md explains the figures.",
    )
    .argument("<text>", "the text as the model reads it, - for standard input")
    .option("-m, --model <model>", "a file, a folder or a name; without it, that of TERN_MODEL")
    .option("--top <count>", "how many next tokens to show", parseCount, 10)
    .option("--json", "as JSON")
    .action(async (argument: string, { model, top, json }: LookFlags) => {
      const text = argument === "-" ? await new Response(Deno.stdin.readable).text() : argument;
      const { loadConfig } = await import("../../settings/config.ts");
      const { findNamedModel } = await import("../find_named_model.ts");
      const { lookAtText } = await import("../look/look_at_text.ts");
      const found = await lookAtText({
        model: await findNamedModel(model),
        text,
        top,
        config: loadConfig(Deno.env.toObject()),
        signal: interruptSignal(),
      });
      const output = standardOutput();
      if (json) writeJson(output, found);
      else output.write(report(output, found));
    });
}

function parseCount(value: string): number {
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= 100) return count;
  throw new InvalidArgumentError("It must be a whole number from 1 to 100.");
}

function report(output: Output, found: TextLook): string {
  const title = (text: string) => `${paint(output, "bold", text)}\n`;
  const { tokens, next, wkv, shift, half_lives: halfLives, version } = found;
  const token = ({ id, text, probability }: TextLook["tokens"][number]) => [
    `${id}`.padStart(6),
    JSON.stringify(text),
    probability === null ? "-" : percent(probability),
  ];
  const heads = version === "4" ? "groups of channels" : "heads";
  const layers = wkv.map((row, layer) => [
    `${layer}`.padStart(6),
    rms(row).padStart(9),
    rms(shift[layer]!.slice(0, 1)).padStart(8),
    rms(shift[layer]!.slice(1)).padStart(11),
    ...halfLives === null ? [] : [0.1, 0.5, 0.9].map((part, i) => {
      const quantiles = halfLives[layer]!;
      const value = quantiles[Math.round(part * (quantiles.length - 1))]!;
      return figure(value).padStart(i === 0 ? 14 : 6);
    }),
  ]);
  const decays = halfLives === null
    ? "The weights are packed: decays cannot be shown.\n"
    : "Half-life: the number of tokens after which half is left of what a channel holds; 10 %, 50 % " +
      "and 90 %\nof the channels forget at least as fast" +
      (found.decays_depend_on_tokens
        ? ", over the tokens of this text.\n"
        : ". RWKV-4 and 5 forget at the same rate in any text.\n");
  return [
    title(`${found.model} (RWKV-${version}) read ${tokens.length} tokens`),
    columns([["    id", "token", "probability after those before it"], ...tokens.map(token)]),
    title("\nLikeliest next tokens"),
    columns([["    id", "token", "probability"], ...next.map(token)]),
    title(`\nState: ${formatBytes(found.bytes)}, however long the text`),
    columns([
      [
        " layer",
        "state RMS",
        "time mix",
        "channel mix",
        ...halfLives === null ? [] : ["half-life 10 %", "  50 %", "  90 %"],
      ],
      ...layers,
    ]),
    `State RMS: the root mean square over all ${
      wkv[0]!.length
    } ${heads}; time mix, channel mix: of ` +
    `their token-shift rows.\n`,
    decays,
  ].join("");
}

function rms(values: readonly number[]): string {
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  return figure(Math.sqrt(squares / values.length));
}

function figure(value: number): string {
  if (value >= 1e6) return ">1e6";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function percent(probability: number): string {
  return probability < 0.0001 ? "<0.01 %" : `${(100 * probability).toFixed(2)} %`;
}

import type { Api } from "./api.ts";
import type { Chat } from "./chat.ts";
import { count, h, shown } from "./dom.ts";
import { type Look, lookAt } from "./look.ts";
import { promptMessages } from "./prompt_messages.ts";
import { logarithmicChart } from "./logarithmic_chart.ts";

/** Tokens whose decays are shown. */
const LAST = 128;

/** What a {@linkcode ForgettingView} asks of the page around it. */
export interface ForgettingPorts {
  readonly api: Api;
  readonly report: (error: unknown) => void;
}

/** Shows how fast each channel forgets, layer by layer. It asks for that only while it is unfolded. */
export class ForgettingView {
  readonly element: HTMLDetailsElement;
  readonly #ports: ForgettingPorts;
  readonly #content = h("div", {});
  #chat: Chat | undefined;
  #loaded = "";

  constructor(ports: ForgettingPorts) {
    this.#ports = ports;
    this.element = h(
      "details",
      { ontoggle: () => void this.update(this.#chat) },
      h("summary", {}, "How fast it forgets"),
      h(
        "p",
        { class: "dim" },
        "The half-life of a channel is the number of tokens after which half is left of what it holds. ",
        "Each line is a layer, with its channels from the fastest to the slowest.",
      ),
      this.#content,
    );
  }

  /** Shows a conversation as it is now, once its answer is complete. */
  async update(chat: Chat | undefined): Promise<void> {
    this.#chat = chat;
    if (chat === undefined || !this.element.open || chat.running !== undefined) return;
    const messages = promptMessages(chat);
    const name = JSON.stringify(messages);
    if (name === this.#loaded) return;
    this.#loaded = name;
    try {
      const found = await lookAt(this.#ports.api, messages, LAST);
      if (name === this.#loaded) this.#show(found);
    } catch (error) {
      this.#loaded = "";
      this.#ports.report(error);
    }
  }

  #show({ half_lives: layers, decays_depend_on_tokens, tokens, left_out, version }: Look): void {
    if (layers === null) {
      const why = "The weights of this model are packed, so that its decays cannot be read.";
      return this.#content.replaceChildren(h("p", { class: "dim" }, why));
    }
    const about = decays_depend_on_tokens
      ? `RWKV-${version} decides with each token how much to keep: these are the decays of the ` +
        `last ${count(Math.min(LAST, tokens.length))} tokens of this conversation.`
      : `RWKV-${version} has one decay for each channel: it is the same in every text.`;
    this.#content.replaceChildren(...shown([
      logarithmicChart(layers, {
        label: summary(layers),
        x: "channels, the fastest first",
        y: "half-life in tokens",
      }),
      table(layers),
      h("p", { class: "dim" }, about),
      left_out > 0
        ? h(
          "p",
          { class: "dim" },
          `${count(left_out)} earlier tokens were not read again for this.`,
        )
        : null,
    ]));
  }
}

function table(layers: readonly (readonly number[])[]): HTMLElement {
  const cell = (row: readonly number[], part: number) => h("td", {}, tokens(at(row, part)));
  return h(
    "table",
    { class: "numbers" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ...["Layer", "10 %", "Median", "90 %"].map((name) => h("th", { scope: "col" }, name)),
      ),
    ),
    h(
      "tbody",
      {},
      ...layers.map((row, layer) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, String(layer)),
          ...[0.1, 0.5, 0.9].map((part) => cell(row, part)),
        )
      ),
    ),
  );
}

function at(row: readonly number[], part: number): number {
  return row[Math.round(part * (row.length - 1))]!;
}

function tokens(value: number): string {
  if (value >= 1e6) return "over 1 million";
  return value >= 100 ? count(Math.round(value)) : value.toPrecision(2);
}

function summary(layers: readonly (readonly number[])[]): string {
  const median = (row: readonly number[]) => tokens(at(row, 0.5));
  return `Half-lives of the channels of ${layers.length} layers. The median is ${
    median(layers[0]!)
  } tokens in the first layer, ${median(layers.at(-1)!)} in the last.`;
}

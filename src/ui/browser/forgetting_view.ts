import type { Api } from "./api.ts";
import type { Chat } from "./chat.ts";
import { count, h, shown } from "./dom.ts";
import { type Look, lookAt } from "./look.ts";
import { promptMessages } from "./prompt_messages.ts";
import { logarithmicChart } from "./logarithmic_chart.ts";

/** Number of tokens whose decays are shown. */
const LAST = 128;

/** Dependencies of a {@linkcode ForgettingView}. */
export interface ForgettingPorts {
  readonly api: () => Api;
  readonly report: (error: unknown) => void;
}

/** Shows the half-lives of the channels of each layer. Loads them only while it is expanded. */
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
        "The half-life of a channel is the number of tokens after which half of its content is left. ",
        "Each line is a layer, with its channels from the fastest to the slowest.",
      ),
      this.#content,
    );
  }

  /** Shows the current state of a conversation, unless an answer is running. */
  async update(chat: Chat | undefined): Promise<void> {
    this.#chat = chat;
    if (chat === undefined || !this.element.open || chat.running !== undefined) return;
    const messages = promptMessages(chat);
    const name = JSON.stringify(messages);
    if (name === this.#loaded) return;
    this.#loaded = name;
    try {
      const found = await lookAt(this.#ports.api(), messages, LAST);
      if (name === this.#loaded) this.#show(found);
    } catch (error) {
      this.#loaded = "";
      this.#ports.report(error);
    }
  }

  #show({ half_lives: layers, decays_depend_on_tokens, tokens, left_out, version }: Look): void {
    if (layers === null) {
      const why = "The decays cannot be read, because the weights of this model are packed.";
      return this.#content.replaceChildren(h("p", { class: "dim" }, why));
    }
    const about = decays_depend_on_tokens
      ? `In RWKV-${version} the decay depends on the token: these are the decays of the ` +
        `last ${count(Math.min(LAST, tokens.length))} tokens of this conversation.`
      : `In RWKV-${version} each channel has a fixed decay, the same for every text.`;
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

import type { Api } from "./api.ts";
import { askForKey, askIn, field } from "./dialogs.ts";
import { h } from "./dom.ts";
import { OptionInputs } from "./option_inputs.ts";
import { loadPreferences, type Preferences, savePreferences } from "./preferences.ts";
import type { Model } from "./wire.ts";

/** Sampling fields of requests: name, label, hint, minimum, maximum and step. */
const SAMPLING = [
  [
    "temperature",
    "Temperature",
    "0 always takes the likeliest token; higher is more random",
    0,
    2,
    0.05,
  ],
  ["top_p", "Top-p", "Samples from the likeliest tokens with this total probability", 0, 1, 0.05],
  ["top_k", "Top-k", "Samples from this many of the likeliest tokens; 0: from all", 0, 1000, 1],
  ["presence_penalty", "Presence penalty", "Penalises tokens that already occurred", -2, 2, 0.1],
  [
    "frequency_penalty",
    "Frequency penalty",
    "Penalises tokens in proportion to their occurrences",
    -2,
    2,
    0.1,
  ],
  [
    "max_output_tokens",
    "Maximum answer length, in tokens",
    "A longer answer can be continued",
    1,
    1e6,
    1,
  ],
  [
    "seed",
    "Seed",
    "The same seed gives the same answer; empty: random",
    0,
    4294967295,
    1,
  ],
] as const;

/** Names of fields in a model's defaults that differ from those of requests. */
const DEFAULTS: Readonly<Record<string, string>> = { max_output_tokens: "max_tokens" };

/** The user's choices: the preferences, and the system prompt of this conversation. */
export interface Chosen {
  readonly preferences: Preferences;
  readonly instructions: string;
}

/**
 * Shows the settings.
 *
 * @param defaults the sampling fields that the model uses where the user chose none
 * @returns `undefined` if the user cancelled
 */
export async function settingsDialog(
  api: Api,
  defaults: Model["default_sampling"],
  instructions: string,
): Promise<Chosen | undefined> {
  const { sampling, ...stored } = loadPreferences();
  const options = new OptionInputs(stored);
  const system = h("textarea", { rows: 4, maxlength: 20_000 });
  system.value = instructions;
  const inputs = SAMPLING.map(([name, label, hint, min, max, step]) => {
    const input = h("input", {
      type: "number",
      name,
      min,
      max,
      step,
      placeholder: defaults[DEFAULTS[name] ?? name] ?? "",
    });
    input.value = sampling[name] === undefined ? "" : String(sampling[name]);
    return { name, input, element: field(label, input, hint) };
  });
  const keep = h("input", { type: "checkbox" });
  const keyButton = h("button", {
    type: "button",
    onclick: async () => {
      const key = await askForKey(false);
      if (key !== undefined) api.key = key;
    },
  }, api.key === "" ? "Enter an API key" : "Change the API key");
  const answer = await askIn("Settings", [
    h(
      "div",
      { class: "settings" },
      field(
        "System prompt of this conversation",
        system,
        "Read before all messages",
      ),
      h("label", { class: "check" }, keep, h("span", {}, "Also use it for new conversations")),
      options.element,
      h(
        "fieldset",
        {},
        h("legend", {}, "Sampling (empty: default)"),
        ...inputs.map(({ element }) => element),
      ),
      h("p", {}, keyButton),
      h(
        "details",
        {},
        h("summary", {}, "Keyboard shortcuts"),
        h(
          "dl",
          { class: "keys" },
          ...[
            ["Enter", "Send"],
            ["Shift+Enter", "New line"],
            ["Escape", "Stop the answer"],
            ["Arrow up", "Edit the last message, if the box is empty"],
            ["Ctrl+K", "Search conversations"],
            ["Ctrl+Shift+O", "New chat"],
            ["Ctrl+I", "Open or close the inspector"],
          ].flatMap(([key, what]) => [h("dt", {}, key!), h("dd", {}, what!)]),
        ),
      ),
    ),
  ], [{ name: "Save" }]);
  if (answer === undefined) return undefined;
  const chosen = inputs.flatMap(({ name, input }) =>
    input.value === "" || !Number.isFinite(input.valueAsNumber) ? [] : [[name, input.valueAsNumber]]
  );
  const preferences = savePreferences({
    ...options.value,
    sampling: Object.fromEntries(chosen),
    ...keep.checked ? { instructions: system.value.trim() } : {},
  });
  return { preferences, instructions: system.value.trim() };
}

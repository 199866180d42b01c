import type { Api } from "./api.ts";
import { askForKey, askIn, field } from "./dialogs.ts";
import { h } from "./dom.ts";
import { loadPreferences, type Preferences, savePreferences } from "./preferences.ts";
import type { Model } from "./wire.ts";

/** Sampling fields of requests, and what they say to the user. */
const SAMPLING = [
  [
    "temperature",
    "Temperature",
    "0 takes the likeliest token; higher is more surprising",
    0,
    2,
    0.05,
  ],
  ["top_p", "Top-p", "Keeps the likeliest tokens that together reach this", 0, 1, 0.05],
  ["top_k", "Top-k", "Keeps this many of the likeliest tokens; 0 keeps all", 0, 1000, 1],
  ["presence_penalty", "Presence penalty", "Against words that were said already", -2, 2, 0.1],
  ["frequency_penalty", "Frequency penalty", "The same, for each time they were said", -2, 2, 0.1],
  [
    "max_output_tokens",
    "Longest answer, in tokens",
    "The answer can be continued after that",
    1,
    1e6,
    1,
  ],
  [
    "seed",
    "Seed",
    "The same seed gives the same answer; empty: a new one each time",
    0,
    4294967295,
    1,
  ],
] as const;

/** The names of fields in a model's defaults, where they differ. */
const DEFAULTS: Readonly<Record<string, string>> = { max_output_tokens: "max_tokens" };

/** What the user chose: the preferences, and the system prompt of this conversation. */
export interface Chosen {
  readonly preferences: Preferences;
  readonly instructions: string;
}

/** Lets the user choose how answers are made. @returns `undefined` if nothing is to change */
export async function settingsDialog(
  api: Api,
  models: readonly Model[],
  current: string,
  instructions: string,
): Promise<Chosen | undefined> {
  const { sampling } = loadPreferences();
  const system = h("textarea", { rows: 4, maxlength: 20_000 });
  system.value = instructions;
  const model = h("select", {});
  for (const { id } of models) model.append(h("option", { value: id }, id));
  model.value = current;
  const defaults = models.find(({ id }) => id === current)?.default_sampling ?? {};
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
        "Read before everything else that is said",
      ),
      h("label", { class: "check" }, keep, h("span", {}, "Also use it for new conversations")),
      field("Model", model),
      h(
        "fieldset",
        {},
        h("legend", {}, "Sampling (empty: as the model has it)"),
        ...inputs.map(({ element }) => element),
      ),
      h("p", {}, keyButton),
      h(
        "details",
        {},
        h("summary", {}, "Keys on the keyboard"),
        h(
          "dl",
          { class: "keys" },
          ...[
            ["Enter", "Send"],
            ["Shift+Enter", "A new line"],
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
    model: model.value,
    sampling: Object.fromEntries(chosen),
    ...keep.checked ? { instructions: system.value.trim() } : {},
  });
  return { preferences, instructions: system.value.trim() };
}

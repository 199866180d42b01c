import { field } from "./dialogs.ts";
import { h } from "./dom.ts";
import type { Preferences } from "./preferences.ts";
import { schemaOf, toolsOf } from "./request_options.ts";

/** The efforts of requests, and their labels. */
const EFFORTS = [
  ["", "As the server decides"],
  ["none", "Answer at once"],
  ["low", "Think a little"],
  ["medium", "Think"],
  ["high", "Think long"],
] as const;

const TOOL_EXAMPLE = [{
  name: "get_weather",
  description: "The weather of a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string", maxLength: 30 } },
    required: ["city"],
  },
}];

const SCHEMA_EXAMPLE = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 30 },
    age: { type: "integer", minimum: 0, maximum: 120 },
  },
  required: ["name", "age"],
};

/** The choices of {@linkcode OptionInputs}. */
export type Options = Pick<Preferences, "effort" | "tools" | "mustCall" | "schema">;

/** Inputs for thinking, functions and structured output. */
export class OptionInputs {
  readonly #effort = h("select", {});
  readonly #mustCall = h("input", { type: "checkbox" });
  readonly #tools = jsonBox(toolsOf);
  readonly #schema = jsonBox(schemaOf);
  readonly element: HTMLElement;

  constructor({ effort, tools, mustCall, schema }: Options) {
    for (const [value, label] of EFFORTS) this.#effort.append(h("option", { value }, label));
    this.#effort.value = effort;
    this.#tools.value = tools;
    this.#schema.value = schema;
    this.#mustCall.checked = mustCall;
    const open = tools !== "" || schema !== "";
    this.element = h(
      "div",
      {},
      field("Thinking", this.#effort, "For models that were trained to think"),
      h(
        "details",
        { open },
        h("summary", {}, "Functions and structured output"),
        field("Functions, as JSON", this.#tools, "The page shows calls; you enter the results"),
        exampleButton(this.#tools, "Example functions", TOOL_EXAMPLE),
        h(
          "label",
          { class: "check" },
          this.#mustCall,
          h("span", {}, "The model must call one of them"),
        ),
        field("JSON Schema of answers", this.#schema, "Empty: answers are text"),
        exampleButton(this.#schema, "Example schema", SCHEMA_EXAMPLE),
      ),
    );
  }

  get value(): Options {
    return {
      effort: this.#effort.value,
      tools: this.#tools.value.trim(),
      mustCall: this.#mustCall.checked,
      schema: this.#schema.value.trim(),
    };
  }
}

/** A box for JSON that is invalid while `read` throws. */
function jsonBox(read: (text: string) => unknown): HTMLTextAreaElement {
  const box = h("textarea", { rows: 4, class: "mono", spellcheck: "false", maxlength: 100_000 });
  box.oninput = () => {
    try {
      read(box.value);
      box.setCustomValidity("");
    } catch (error) {
      box.setCustomValidity((error as Error).message);
    }
  };
  return box;
}

function exampleButton(box: HTMLTextAreaElement, name: string, example: object): HTMLElement {
  const onclick = () => {
    box.value = JSON.stringify(example, null, 2);
    box.dispatchEvent(new Event("input"));
  };
  return h("p", {}, h("button", { type: "button", class: "small", onclick }, name));
}

import { h } from "./dom.ts";

/**
 * Shows a dialog and waits for the user's choice.
 *
 * @param buttons the choices. Enter selects the last one
 * @returns the name of the chosen button, or `undefined` if the dialog was closed
 */
export function askIn(
  title: string,
  body: readonly (Node | string)[],
  buttons: readonly { readonly name: string; readonly danger?: boolean }[],
): Promise<string | undefined> {
  const answer = Promise.withResolvers<string | undefined>();
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  let chosen: string | undefined;
  const close = (name?: string) => {
    chosen = name;
    dialog.close();
  };
  const form = h(
    "form",
    {
      onsubmit: (event: SubmitEvent) => {
        event.preventDefault();
        close(buttons.at(-1)?.name);
      },
    },
    h("h2", { id }, title),
    ...body,
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", onclick: () => close() }, "Cancel"),
      ...buttons.map(({ name, danger }, index) =>
        index === buttons.length - 1
          ? h("button", { type: "submit", class: danger ? "danger" : "primary" }, name)
          : h("button", { type: "button", onclick: () => close(name) }, name)
      ),
    ),
  );
  const dialog = h("dialog", { "aria-labelledby": id }, form);
  dialog.onclose = () => {
    dialog.remove();
    answer.resolve(chosen);
  };
  document.body.append(dialog);
  dialog.showModal();
  return answer.promise;
}

/** A form field with a label. */
export function field(label: string, input: HTMLElement, hint?: string): HTMLElement {
  return h(
    "label",
    { class: "field" },
    h("span", {}, label),
    input,
    hint === undefined ? null : h("small", {}, hint),
  );
}

/** Asks for a line of text. @returns `undefined` if the user cancelled */
export async function askForText(
  title: string,
  label: string,
  value: string,
  button: string,
): Promise<string | undefined> {
  const input = h("input", { type: "text", maxlength: 200 });
  input.value = value;
  const answer = askIn(title, [field(label, input)], [{ name: button }]);
  input.select();
  return await answer === undefined ? undefined : input.value;
}

/** Asks for an API key. @returns `undefined` if the user gave none */
export async function askForKey(refused: boolean): Promise<string | undefined> {
  const input = h("input", { type: "password", autocomplete: "current-password", required: true });
  const why = refused
    ? "The server does not accept the key."
    : "This server requires an API key. It is stored in this browser.";
  const answer = await askIn("API key", [h("p", {}, why), field("Key", input)], [{
    name: "Save",
  }]);
  return answer === undefined || input.value.trim() === "" ? undefined : input.value.trim();
}

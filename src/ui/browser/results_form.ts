import { field } from "./dialogs.ts";
import { h } from "./dom.ts";
import { type FunctionCall, type InputItem, resultOf } from "./wire.ts";

/** A form for the results of an answer's calls, which are sent together. */
export function resultsForm(
  calls: readonly FunctionCall[],
  onSend: (results: readonly InputItem[]) => void,
): HTMLElement {
  const boxes = calls.map(() => h("textarea", { rows: 2, required: true, class: "mono" }));
  const form = h(
    "form",
    {
      class: "results",
      onsubmit: (event: SubmitEvent) => {
        event.preventDefault();
        onSend(calls.map((call, i) => resultOf(call, boxes[i]!.value)));
      },
    },
    ...calls.map(({ name }, i) => field(`Result of ${name}`, boxes[i]!)),
    h(
      "button",
      { type: "submit", class: "small primary" },
      calls.length === 1 ? "Send the result" : "Send the results",
    ),
  );
  for (const box of boxes) {
    box.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    };
  }
  return form;
}

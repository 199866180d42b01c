import { h } from "./dom.ts";
import type { StateObject } from "./wire.ts";

/** Size of a cell in pixels. */
const CELL = 14;

/** Draws the root mean square of each head's state: rows are layers, columns are heads. */
export function heatMap(
  { version, wkv, shift }: Pick<StateObject, "version" | "wkv" | "shift">,
): HTMLElement {
  const rows = wkv.length;
  const columns = (wkv[0]?.length ?? 0) + (shift[0]?.length ?? 0) + 1;
  const canvas = h("canvas", {
    width: columns * CELL,
    height: rows * CELL,
    role: "img",
    "aria-label": summary(wkv),
  });
  const context = canvas.getContext("2d")!;
  const draw = (values: readonly (readonly number[])[], left: number) => {
    const logs = values.flat().filter((value) => value > 0).map(Math.log);
    const [low, high] = [Math.min(...logs), Math.max(...logs)];
    values.forEach((row, layer) =>
      row.forEach((value, column) => {
        const part = value > 0 && high > low ? (Math.log(value) - low) / (high - low) : 0;
        context.fillStyle = color(part);
        context.fillRect((left + column) * CELL, layer * CELL, CELL - 1, CELL - 1);
      })
    );
  };
  draw(wkv, 0);
  // Token shift has a different magnitude, so it has its own scale.
  draw(shift, (wkv[0]?.length ?? 0) + 1);
  const heads = version === "4" ? "16 groups of channels" : `${wkv[0]?.length} heads`;
  return h(
    "figure",
    { class: "heat" },
    canvas,
    h(
      "figcaption",
      { class: "dim" },
      `RWKV-${version}: ${rows} layers from top to bottom, ${heads} from left to right; the two columns on the right are the token shift of time mix and channel mix. Root mean squares on a logarithmic scale.`,
    ),
  );
}

function summary(wkv: readonly (readonly number[])[]): string {
  const means = wkv.map((row) => row.reduce((sum, value) => sum + value, 0) / row.length);
  const largest = means.indexOf(Math.max(...means));
  return `Size of the state in ${wkv.length} layers of ${
    wkv[0]?.length
  } heads. On average it is largest in layer ${largest}.`;
}

/** A color scale from dark blue (0) to yellow (1). */
function color(part: number): string {
  return `oklch(${0.25 + 0.6 * part} ${0.06 + 0.1 * part} ${270 - 180 * part})`;
}

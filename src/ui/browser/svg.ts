const SVG = "http://www.w3.org/2000/svg";

/** Creates an SVG element. */
export function svg(
  name: string,
  attributes: Readonly<Record<string, unknown>>,
  ...children: readonly Element[]
): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, String(value));
  }
  made.append(...children);
  return made;
}

/** Creates a text of a chart. @param anchor the part of the text at `x`: `start`, `middle` or `end` */
export function svgText(x: number, y: number, content: string, anchor: string): SVGElement {
  const made = svg("text", { x, y, "text-anchor": anchor });
  made.textContent = content;
  return made;
}

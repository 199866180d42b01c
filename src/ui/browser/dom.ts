/** A child of an element. `null`, `undefined` and `false` are skipped. */
export type Child = Node | string | null | undefined | false;

/** Attributes and event handlers. Functions named `on...` are handlers; everything else is an attribute. */
export type Props = Readonly<Record<string, unknown>>;

/** Creates an element. Strings are inserted as text, never as HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2), value as EventListener);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...shown(children));
  return element;
}

/** The children without skipped ones. */
export function shown(children: readonly Child[]): (Node | string)[] {
  return children.filter((child) => child !== null && child !== undefined && child !== false);
}

/**
 * The element of the page's shell with the given id.
 *
 * @throws {TypeError} if there is no such element of this type
 */
export function byId<E extends HTMLElement>(id: string, type: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new TypeError(`The page has no ${type.name} with the id ${id}`);
}

/** A button with an icon and an accessible label. */
export function iconButton(
  name: IconName,
  label: string,
  onclick: (event: MouseEvent) => void,
  props: Props = {},
): HTMLButtonElement {
  const button = h("button", {
    type: "button",
    class: "icon",
    "aria-label": label,
    title: label,
    onclick,
    ...props,
  });
  button.append(icon(name));
  return button;
}

const SVG = "http://www.w3.org/2000/svg";

/** Icons, as SVG paths on a 24 x 24 grid. */
const ICONS = {
  copy: "M9 9h10v10H9zM5 15V5h10",
  check: "M5 12l5 5L19 7",
  edit: "M4 20l1-4L16 5l3 3L8 19z",
  again: "M20 11a8 8 0 1 0-2 6M20 5v6h-6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  forward: "M5 5l8 7-8 7zM17 5v14",
  left: "M15 6l-6 6 6 6",
  right: "M9 6l6 6-6 6",
  pin: "M9 3h6l-1 7 3 3v2H7v-2l3-3zM12 15v6",
  close: "M6 6l12 12M18 6L6 18",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof ICONS;

/** An icon that assistive technology ignores. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Copies a text to the clipboard, even if the page is not served over TLS. */
export async function copyText(text: string): Promise<void> {
  if (globalThis.isSecureContext) return await navigator.clipboard.writeText(text);
  const area = h("textarea", { class: "hidden", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Formats a number with thousands separators. */
export function count(n: number): string {
  return n.toLocaleString("en");
}

/** Formats a number of bytes in the largest unit in which it is at least 1. */
export function bytes(n: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  for (; n >= 1000 && unit < units.length - 1; unit++) n /= 1000;
  return `${n < 10 && unit > 0 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

import SwaggerUi from "swagger-ui-dist/swagger-ui-es-bundle.js";
import style from "swagger-ui-dist/swagger-ui.css" with { type: "text" };

/** The type of the used part of Swagger UI, which ships no types. */
const show: (options: {
  readonly url: string;
  readonly domNode: HTMLElement;
  readonly deepLinking: boolean;
  readonly docExpansion: "list" | "none";
  readonly defaultModelsExpandDepth: number;
  readonly displayRequestDuration: boolean;
  readonly tryItOutEnabled: boolean;
}) => unknown = SwaggerUi;

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// The content security policy forbids inline styles, but not style sheets constructed by the page's script.
const sheet = new CSSStyleSheet();
sheet.replaceSync(style);
document.adoptedStyleSheets.push(sheet);

show({
  url: "/openapi.json",
  domNode: document.getElementById("reference")!,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  tryItOutEnabled: true,
});

import SwaggerUi from "swagger-ui-dist/swagger-ui-es-bundle.js";
import style from "swagger-ui-dist/swagger-ui.css" with { type: "text" };

/** What is used of Swagger UI, which has no types of its own. */
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

// The policy allows no style in the page; a sheet made by its own script is no such style.
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

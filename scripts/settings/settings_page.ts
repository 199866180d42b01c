import { SETTINGS } from "../../src/settings/settings.ts";
import { markdownTable } from "../markdown_table.ts";

/** The settings as a page of documentation, in Markdown. */
export function settingsPage(): string {
  const rows = Object.values(SETTINGS).map((setting) => [
    `\`${setting.env}\``,
    setting.default === "" ? "" : `\`${setting.default}\``,
    setting.meaning,
    setting.allowed,
  ]);
  return `# Settings

The server is set up by environment variables. One that is absent or empty has its default. If any
value cannot be used, the server says so of all of them and does not start.

${markdownTable([["Variable", "Default", "Meaning", "Allowed"], ...rows])}
`;
}

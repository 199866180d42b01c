/**
 * Writes docs/settings.md, the page of all settings, anew.
 *
 * @module
 */
import { settingsPage } from "./settings/settings_page.ts";

await Deno.writeTextFile(new URL("../docs/settings.md", import.meta.url), settingsPage());

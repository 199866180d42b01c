/**
 * Writes models/official.json, the published models that `tern pull` knows by name, from a list of tab-separated values:
 * bytes, file, SHA-256, time of release, page of the file, tags.
 *
 *     deno run --allow-read --allow-write=models scripts/official_models.ts LIST.tsv
 *
 * @module
 */
import { z } from "zod";
import type { OfficialModel } from "../src/cli/official_models.ts";

const OUTPUT = new URL("../models/official.json", import.meta.url);

const rowSchema = z.tuple([
  z.string().regex(/^\d+$/).transform(Number),
  z.string().regex(/^[^/\\]+\.(pth|gguf|st|safetensors)$/),
  z.string().regex(/^[0-9a-f]{64}$/),
  z.string().regex(/^\d{4}-\d\d-\d\dT/),
  z.url(),
  z.string(),
]);

/** Where a file is downloaded from, given the page that shows it. */
function downloadUrl(page: string): string {
  const url = new URL(page);
  url.search = "";
  url.pathname = url.pathname.replace("/file/view/", "/resolve/").replace("/blob/", "/resolve/");
  return url.href;
}

/** The name of a file without its ending, date and context length, which users need not type. */
function shortName(file: string): string {
  return file.replace(/\.[a-z]+$/, "").replace(/-20\d{6}/, "").replace(/-ctx\d+k?/, "");
}

const [list] = Deno.args;
if (list === undefined) {
  console.error("Usage: deno run -A scripts/official_models.ts LIST.tsv");
  Deno.exit(2);
}
const lines = (await Deno.readTextFile(list)).trim().split("\n");
const rows = lines.map((line) => rowSchema.parse(line.split("\t")));
const models: OfficialModel[] = [];
const taken = new Set<string>();
// The newest first, so that it has the short name if there are several.
for (
  const [bytes, file, sha256, released, page, tags] of rows.toSorted((a, b) => b[3] < a[3] ? -1 : 1)
) {
  const url = downloadUrl(page);
  if (decodeURIComponent(url.split("/").at(-1)!) !== file) {
    console.error(`${file}: left out, its page is another file's: ${page}`);
    continue;
  }
  const short = shortName(file);
  const name = taken.has(short.toLowerCase()) ? file.replace(/\.[a-z]+$/, "") : short;
  taken.add(name.toLowerCase());
  models.push({
    name,
    file,
    bytes,
    sha256,
    released: released.slice(0, 10),
    url,
    tags: tags.split(","),
  });
}
// A model a line, so that changes of the list can be reviewed.
const json = models.map((model) => JSON.stringify(model)).join(",\n");
await Deno.writeTextFile(OUTPUT, `[\n${json}\n]\n`);
console.log(`${models.length} models`);

import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import project from "../../deno.json" with { type: "json" };
import { startServer } from "../../scripts/start_server.ts";
import { createProgram } from "../../src/cli/program.ts";

const ROOT = new URL("../../", import.meta.url);

/** The README, and the pages of docs/. */
const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  ...Array.from(Deno.readDirSync(new URL("docs/", ROOT)), ({ name }) => `docs/${name}`)
    .filter((path) => path.endsWith(".md")).sort(),
];

const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

/** What a program needs to be in the `PATH`. */
async function hasPrograms(...names: readonly string[]): Promise<boolean> {
  for (const name of names) {
    const found = await new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).output();
    if (found.success) continue;
    console.warn(`SKIPPED: ${name} is missing, so the commands of the README are not run`);
    return false;
  }
  return true;
}

/** The code blocks and the code spans of a page. */
function codeOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```\w*\n([^]*?)^```/gm)].map(([, code]) => code!);
  const indented = page.split("\n").filter((line) => /^ {4}\S/.test(line));
  const spans = [...page.replaceAll(/^```[^]*?^```/gm, "").matchAll(/`([^`]+)`/g)];
  return [...blocks, ...indented, ...spans.map(([, code]) => code!)];
}

/** GitHub's anchor of a heading. */
function anchorOf(heading: string): string {
  return heading.replaceAll(/[`*]|\[|\]\([^)]*\)/g, "").trim().toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-");
}

describe("The pages of the documentation", () => {
  const program = createProgram();
  const commands = new Set(program.commands.map((command) => command.name()));

  for (const path of PAGES) {
    it(`${path} names only tasks and commands that exist`, async () => {
      for (const code of codeOf(await read(path))) {
        for (const [, task] of code.matchAll(/\bdeno(?:@[\d.]+)? task ([a-z][\w:-]*)/g)) {
          assert.ok(task! in project.tasks, `deno task ${task}`);
        }
        for (const [, command] of code.matchAll(/(?:^|\btask )tern ([a-z][\w-]*)/gm)) {
          assert.ok(commands.has(command!) || command === "help", `tern ${command}`);
        }
      }
    });

    it(`${path} has links that lead somewhere`, async () => {
      const page = (await read(path)).replaceAll(/^```[^]*?^```/gm, "");
      for (const [, target] of page.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target!)) continue;
        const [file, anchor] = target!.split("#");
        const url = new URL(file === "" ? path : `${path}/../${file}`, ROOT);
        const found = await Deno.stat(url).catch(() => undefined);
        assert.ok(found !== undefined, `${target} does not exist`);
        if (anchor === undefined || !url.pathname.endsWith(".md")) continue;
        const headings = (await Deno.readTextFile(url)).matchAll(/^#+ (.*)$/gm);
        const anchors = Array.from(headings, ([, heading]) => anchorOf(heading!));
        assert.ok(anchors.includes(anchor), `${target}: no such heading`);
      }
    });
  }
});

const readme = await read("README.md");
const ignore = !await hasPrograms("bash", "curl", "jq");

describe("README.md", () => {
  let server: Awaited<ReturnType<typeof startServer>>;

  beforeAll(async () => {
    server = await startServer({
      model: new URL("models/tern-7m", ROOT).pathname,
      store: "memory",
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** A code block, with the address of the test's server. */
  const block = (start: string) => {
    const at = readme.indexOf(start);
    assert.ok(at > 0, start);
    const { host } = new URL(server.url);
    const [code] = /^[^]*?(?=^```)/m.exec(readme.slice(at)) ?? [];
    return code!.replaceAll(/(127\.0\.0\.1|localhost):8000/g, host);
  };

  const run = async (script: string) => {
    const { success, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", `set -euo pipefail\n${script}`],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };

  it("is shorter than 150 lines", () => {
    assert.ok(readme.split("\n").length < 150);
  });

  it("has the figures that its command prints", { ignore }, async () => {
    const script = block("CHAT=$(curl");
    const [, printed] = /^# (\{.*\})$/m.exec(script) ?? [];
    const found = (await run(script)).trim();
    assert.equal(found, printed);
    const { last, all } = JSON.parse(found);
    const table = readme.slice(0, readme.indexOf("CHAT="));
    for (const [name, row] of [["the 20th answer", last], ["all 20 answers", all]]) {
      const [again, state] = (row as number[]).map((n) => n.toLocaleString("en"));
      assert.match(table, new RegExp(`${name} +\\| ${again} +\\| ${state} `));
    }
  });

  it("has a client in TypeScript that runs", async () => {
    const code = block('import OpenAI from "openai"');
    const folder = await Deno.makeTempDir({ dir: new URL("tests/docs/", ROOT).pathname });
    try {
      await Deno.writeTextFile(`${folder}/client.ts`, code);
      const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--config",
          new URL("tests/deno.json", ROOT).pathname,
          `${folder}/client.ts`,
        ],
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      assert.match(new TextDecoder().decode(stdout), /\w/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("continues a stored response by its id", { ignore }, async () => {
    const first = await fetch(`${server.url}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: server.model, input: "My name is Sarah." }),
    });
    const { id } = await first.json();
    const answer = await run(
      block("curl http://127.0.0.1:8000/v1/responses").replace("resp_...", id),
    );
    const { previous_response_id, status } = JSON.parse(answer);
    assert.deepEqual([previous_response_id, status], [id, "completed"]);
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { tryContainer } from "../../scripts/container.ts";
import { only, parseDockerfile } from "../../scripts/deploy/dockerfile.ts";

const DOCKERFILE = new URL("../../Dockerfile", import.meta.url);

describe("the Dockerfile", () => {
  it("has steps that lead to a server that answers, and ends in order", async () => {
    const folder = await Deno.makeTempDir();
    const { bytes } = await tryContainer(folder);
    assert(bytes < 100_000_000, `${bytes}`);
    await Deno.remove(folder, { recursive: true });
  });

  it("takes the Deno that the documents name, and no root", async () => {
    const instructions = parseDockerfile(await Deno.readTextFile(DOCKERFILE));
    const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
    const version = /deno@([\d.]+)/.exec(readme)?.[1];
    assert.equal(only(instructions, "FROM"), `denoland/deno:${version}`);
    assert.equal(only(instructions, "USER"), "deno");
  });
});

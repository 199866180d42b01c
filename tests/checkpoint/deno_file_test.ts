import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openFile } from "../../src/checkpoint/deno_file.ts";

async function withFile(bytes: Uint8Array, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

describe("openFile", () => {
  it("gives each of many reads at once its own bytes", async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 31 >> 3);
    await withFile(bytes, async (path) => {
      const file = await openFile(path);
      const offsets = Array.from({ length: 100 }, (_, i) => i * 7919 % 90_000);
      const reads = await Promise.all(offsets.map((offset) => file.read(offset, 10_000)));
      for (const [i, offset] of offsets.entries()) {
        assert.deepEqual(reads[i], bytes.slice(offset, offset + 10_000));
      }
      file.close();
    });
  });

  it("refuses to read what is not there, and goes on", async () => {
    await withFile(new Uint8Array([1, 2, 3]), async (path) => {
      const file = await openFile(path);
      assert.equal(file.size, 3);
      for (
        const [offset, length] of [[0, 4], [3, 1], [4, 0], [-1, 1], [0, -1], [0, 1e15], [0.5, 1]]
      ) {
        await assert.rejects(file.read(offset!, length!), {
          name: "TruncatedFileError",
          file: path,
        });
      }
      assert.deepEqual(await file.read(1, 2), new Uint8Array([2, 3]));
      assert.deepEqual(await file.read(3, 0), new Uint8Array());
      file.close();
    });
  });

  it("notices that the file has become shorter", async () => {
    await withFile(new Uint8Array(100), async (path) => {
      const file = await openFile(path);
      await Deno.truncate(path, 50);
      await assert.rejects(file.read(0, 100), { name: "TruncatedFileError", size: 50 });
      assert.equal((await file.read(0, 50)).length, 50);
      file.close();
    });
  });

  it("says that there is no file, or that it is a folder", async () => {
    const folder = await Deno.makeTempDir();
    try {
      await assert.rejects(openFile(`${folder}/none`), { name: "CheckpointError", why: /no such/ });
      await assert.rejects(openFile(folder), { name: "CheckpointError", why: /folder/ });
    } finally {
      await Deno.remove(folder);
    }
  });
});

import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  CROSSING_ERRORS,
  type CrossingError,
  EngineError,
  packError,
  unpackError,
} from "../../src/engine/crossing_error.ts";
import { OutOfMemoryError } from "../../src/engine/simd/out_of_memory_error.ts";
import { ERRORS } from "./errors_to_throw.ts";

/** Has another thread throw an error, and gives what it sends. */
async function thrownElsewhere(index: number): Promise<CrossingError> {
  const url = new URL("./throwing_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<CrossingError>) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(index);
    });
  } finally {
    worker.terminate();
  }
}

describe("an error that leaves the engine's thread", () => {
  for (const [index, make] of ERRORS.entries()) {
    const thrown = make();
    const { constructor } = thrown;

    it(`keeps its class, message and fields: ${thrown.name}`, async () => {
      const error = unpackError(await thrownElsewhere(index));
      assert.ok(error instanceof constructor);
      assert.equal(error.constructor, constructor);
      assert.ok(Error.isError(error));
      assert.equal(error.name, thrown.name);
      assert.equal(error.message, thrown.message);
      assert.deepEqual({ ...error }, { ...thrown });
      assert.match(error.stack ?? "", /errors_to_throw\.ts/);
    });
  }

  it("is tested for every class", () => {
    const tested = new Set<unknown>(ERRORS.map((make) => make().constructor));
    assert.deepEqual(CROSSING_ERRORS.filter((each) => !tested.has(each)), []);
  });

  it("is named after its class", () => {
    for (const make of ERRORS) {
      const error = make();
      assert.equal(error.name, error.constructor.name);
    }
  });

  it("brings the errors that caused it", async () => {
    const index = ERRORS.findIndex((make) => make().name === "EngineStoppedError");
    const { cause } = unpackError(await thrownElsewhere(index));
    assert.ok(cause instanceof OutOfMemoryError);
    assert.equal(cause.bytes, 2 ** 33);
  });

  it("keeps its name where its class is unknown, or where it is no error", () => {
    const error = unpackError(packError(new DOMException("enough", "AbortError")));
    assert.ok(error instanceof EngineError);
    assert.equal(error.name, "AbortError");
    assert.equal(error.message, "enough");
    assert.equal(unpackError(packError("crashed")).message, "crashed");
  });

  it("has a class in the list, for every class of the rooms that run there", async () => {
    const listed = new Set<string>(CROSSING_ERRORS.map(({ name }) => name));
    const missing: string[] = [];
    for (const room of ["checkpoint", "engine", "rwkv", "sampling"]) {
      for await (const text of sources(new URL(`../../src/${room}/`, import.meta.url))) {
        for (const [, name] of text.matchAll(/^export class (\w+Error) extends /gm)) {
          if (!listed.has(name!)) missing.push(name!);
        }
      }
    }
    // Of these, one is what an unknown error becomes, and one is thrown where the server reads its model's folder.
    assert.deepEqual(missing.sort(), ["EngineError", "ModelFolderError"]);
  });
});

async function* sources(folder: URL): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) yield* sources(url);
    else if (name.endsWith(".ts")) yield await Deno.readTextFile(url);
  }
}

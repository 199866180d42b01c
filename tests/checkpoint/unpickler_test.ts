import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { PickleGlobal, unpickle } from "../../src/checkpoint/unpickler.ts";
import { latin1, pickle } from "./fixtures.ts";

const globals = new Map([
  ["collections.OrderedDict", new PickleGlobal("collections.OrderedDict", () => new Map())],
  ["torch.FloatStorage", new PickleGlobal("torch.FloatStorage")],
]);

function load(bytes: Uint8Array): unknown {
  return unpickle(bytes, { file: "made", globals, persistentLoad: (id) => ({ id }) });
}

const invalid = { name: "InvalidCheckpointError" };

describe("unpickle", () => {
  const values: Record<string, [string, unknown]> = {
    "none and booleans": [pickle.tuple("N", "\x88", "\x89"), [null, true, false]],
    "small integers": [pickle.tuple("K\xff", "M\xff\xff", "J\xff\xff\xff\xff"), [255, 65535, -1]],
    "long integers": [
      pickle.tuple("\x8a\0", "\x8a\x01\x80", pickle.int(2n ** 40n), pickle.int(2n ** 62n)),
      [0, -128, 2 ** 40, 2n ** 62n],
    ],
    "floats": ["G\xc0\x04\0\0\0\0\0\0", -2.5],
    "text": [pickle.text("naïve 😀"), "naïve 😀"],
    "tuples": [pickle.tuple(")", "K\x01\x85", "K\x01K\x02\x86", "K\x01K\x02K\x03\x87"), [
      [],
      [1],
      [1, 2],
      [1, 2, 3],
    ]],
    "lists": ["]K\x01a(K\x02K\x03e", [1, 2, 3]],
    "dicts": ["}K\x01K\x02s(K\x03K\x04u", new Map([[1, 2], [3, 4]])],
    "what is put away and recalled": ["]q\x01(h\x01r\0\x01\0\0j\0\x01\0\0t\x86".slice(0, -1), [
      [],
      [],
    ]],
    "objects stored elsewhere": ["K\x07Q", { id: 7 }],
    "calls of what may be called": [pickle.orderedDict(), new Map()],
  };
  for (const [name, [value, expected]] of Object.entries(values)) {
    it(`reads ${name}`, () => assert.deepEqual(load(pickle.file(value)), expected));
  }

  const dangerous = {
    "os.system": pickle.call(pickle.global("os", "system"), pickle.text("echo gone")),
    "builtins.eval": pickle.call(pickle.global("builtins", "eval"), pickle.text("1")),
    "builtins.getattr": pickle.global("builtins", "getattr"),
    "torch.hub.load": pickle.global("torch.hub", "load"),
    "collections.OrderedDict.__class__": pickle.global("collections", "OrderedDict.__class__"),
    "toString.constructor": pickle.global("toString", "constructor"),
  };
  for (const [global, value] of Object.entries(dangerous)) {
    it(`refuses ${global} by its name`, () => {
      const error = { name: "UnsafePickleError", global };
      assert.throws(() => load(pickle.file(value)), error);
    });
  }

  const broken: Record<string, string> = {
    "nothing": "",
    "no end": "\x80\x02N",
    "an end with nothing on the stack": "\x80\x02.",
    "another protocol": "\x80\x04N.",
    "an unknown opcode": "\x80\x02\xff.",
    "the opcode that makes an object without a list": "\x80\x02)\x81.",
    "a string longer than the file": "\x80\x02X\xff\xff\xff\xffabc.",
    "a string that is not UTF-8": "\x80\x02X\x01\0\0\0\xff.",
    "a number that is cut": "\x80\x02G\0\0.",
    "a name without its end": "\x80\x02ctorch",
    "a tuple without a mark": "\x80\x02NNt.",
    "a value from below the mark": "\x80\x02N(\x85.",
    "what was never put away": "\x80\x02h\x05.",
    "something put away out of nothing": "\x80\x02q\x05.",
    "a key without a value": "\x80\x02}(Nu.",
    "an item of a number": "\x80\x02K\x01NNs.",
    "an append to a dict": "\x80\x02}Na.",
    "attributes of a number": "\x80\x02K\x01}b.",
    "a call of a number": "\x80\x02K\x01)R.",
    "a call of a class that may only be named": "\x80\x02ctorch\nFloatStorage\n)R.",
    "a call without arguments": "\x80\x02ccollections\nOrderedDict\nNR.",
  };
  for (const [name, bytes] of Object.entries(broken)) {
    it(`refuses ${name}`, () => assert.throws(() => load(latin1(bytes)), invalid));
  }

  it("does not follow a list that holds itself", () => {
    const list = load(pickle.file("]q\0h\0a"));
    assert.ok(Array.isArray(list));
    assert.equal(list[0], list);
  });

  it("stops a pickle that only fills the memory", () => {
    const bytes = new Uint8Array(4_000_000).fill("}".charCodeAt(0));
    assert.throws(() => load(bytes), { ...invalid, why: /steps/ });
  });
});

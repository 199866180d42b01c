import { describe, it } from "@std/testing/bdd";
import { assertSpyCall, assertSpyCalls, MockError, spy, stub } from "@std/testing/mock";
import assert, { AssertionError } from "node:assert/strict";

class Counter {
  #count = 0;
  add(n: number): number {
    return this.#count += n;
  }
  fail(): never {
    throw new RangeError("out of counting");
  }
}

describe("spy", () => {
  it("calls the function and records arguments and return values", () => {
    const double = spy((n: number) => 2 * n);
    assert.equal([1, 2, 3].map((n) => double(n)).join(), "2,4,6");
    assertSpyCalls(double, 3);
    assertSpyCall(double, 2, { args: [3], returned: 6 });
  });

  it("records calls when no function is given", () => {
    const callback = spy();
    callback("a", 1);
    assertSpyCall(callback, 0, { args: ["a", 1], returned: undefined });
  });

  it("calls the method with its receiver, records what it throws, and is undone by disposal", () => {
    const counter = new Counter();
    {
      using add = spy(counter, "add");
      using fail = spy(counter, "fail");
      assert.equal(counter.add(5), 5);
      assert.throws(() => counter.fail(), RangeError);
      assertSpyCall(add, 0, { self: counter, args: [5], returned: 5 });
      assertSpyCall(fail, 0, { error: { Class: RangeError, msgIncludes: "counting" } });
    }
    assert.equal(counter.add, Counter.prototype.add);
    assert.equal(Object.hasOwn(counter, "add"), false);
  });

  it("rejects a property that is not a method, a second spy, and a second restore", () => {
    const target = { size: 1, run: () => {} };
    assert.throws(() => spy(target, "size"), MockError);
    const run = spy(target, "run");
    assert.throws(() => spy(target, "run"), MockError);
    run.restore();
    assert.throws(() => run.restore(), MockError);
    assert.throws(() => spy(() => {}).restore(), MockError);
  });
});

describe("stub", () => {
  it("replaces a method and restores it", () => {
    const counter = new Counter();
    const add = stub(counter, "add", (n) => -n);
    assert.equal(counter.add(3), -3);
    assertSpyCalls(add, 1);
    add.restore();
    assert.equal(counter.add(3), 3);
    assertSpyCalls(add, 1);
  });

  it("returns undefined when no replacement is given", () => {
    const target = { read: (): string | undefined => "text" };
    using _read = stub(target, "read");
    assert.equal(target.read(), undefined);
  });
});

describe("assertions on spies", () => {
  it("fail when the count, an argument or a return value differs", () => {
    const double = spy((n: number) => 2 * n);
    double(1);
    assert.throws(() => assertSpyCalls(double, 2), AssertionError);
    assert.throws(() => assertSpyCall(double, 0, { args: [2] }), AssertionError);
    assert.throws(() => assertSpyCall(double, 0, { returned: 3 }), AssertionError);
    assert.throws(() => assertSpyCall(double, 1), AssertionError);
  });
});

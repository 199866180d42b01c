import assert, { AssertionError } from "node:assert/strict";

/** Thrown when spying on a property that is not a method, spying on a method twice, or restoring it twice. */
export class MockError extends Error {
  override readonly name = "MockError";
}

/** A recorded call. */
export interface SpyCall<Self = unknown, Args extends unknown[] = unknown[], Return = unknown> {
  /** The arguments of the call. */
  args: Args;
  /** What the call returned. */
  returned?: Return;
  /** What the call threw. */
  error?: Error;
  /** The receiver (`this`) of the call. */
  self?: Self;
}

/** A function that records its calls. */
export interface Spy<Self = unknown, Args extends unknown[] = unknown[], Return = unknown> {
  (this: Self, ...args: Args): Return;
  /** The function that the spy wraps. */
  original: (this: Self, ...args: Args) => Return;
  /** The calls so far, oldest first. */
  calls: SpyCall<Self, Args, Return>[];
  /** Whether the original method was restored. */
  restored: boolean;
  /** Restores the original method. */
  restore(): void;
}

/** A method that records its calls. Disposing of it restores the original. */
export interface MethodSpy<Self = unknown, Args extends unknown[] = unknown[], Return = unknown>
  extends Spy<Self, Args, Return>, Disposable {}

/** A replaced method that records its calls. */
export interface Stub<Self = unknown, Args extends unknown[] = unknown[], Return = unknown>
  extends MethodSpy<Self, Args, Return> {
  /** The replacement. */
  fake: (this: Self, ...args: Args) => Return;
}

type Method<Self, Args extends unknown[], Return> = (this: Self, ...args: Args) => Return;

// `never[]` accepts a method with any arguments.
type ArgsOf<F> = F extends (...args: infer Args extends never[]) => unknown ? Args : never;
type ReturnOf<F> = F extends (...args: never[]) => infer Return ? Return : never;

/** Wraps `fake` so that each call is recorded in `calls`. */
function recorder<Self, Args extends unknown[], Return>(
  fake: Method<Self, Args, Return>,
  calls: SpyCall<Self, Args, Return>[],
): Method<Self, Args, Return> {
  return function (this: Self, ...args: Args): Return {
    const call: SpyCall<Self, Args, Return> = { args };
    if (this) call.self = this;
    try {
      return call.returned = fake.apply(this, args);
    } catch (error) {
      call.error = error as Error;
      throw error;
    } finally {
      calls.push(call);
    }
  };
}

function functionSpy<Self, Args extends unknown[], Return>(
  original: Method<Self, Args, Return>,
): Spy<Self, Args, Return> {
  const calls: SpyCall<Self, Args, Return>[] = [];
  const restore = () => {
    throw new MockError("Cannot restore: function cannot be restored");
  };
  return Object.assign(recorder(original, calls), { original, calls, restored: false, restore });
}

function replaceMethod<Self extends object, Prop extends keyof Self>(
  self: Self,
  property: Prop,
  replacement?: Method<Self, ArgsOf<Self[Prop]>, ReturnOf<Self[Prop]>>,
): Stub<Self, ArgsOf<Self[Prop]>, ReturnOf<Self[Prop]>> {
  const method = self[property];
  if (typeof method !== "function") {
    throw new MockError("Cannot spy: property is not an instance method");
  }
  if ("calls" in method && "restored" in method) {
    throw new MockError("Cannot spy: already spying on instance method");
  }
  type Original = Method<Self, ArgsOf<Self[Prop]>, ReturnOf<Self[Prop]>>;
  const original = method as unknown as Original;
  const fake = replacement ?? original;
  const calls: SpyCall<Self, ArgsOf<Self[Prop]>, ReturnOf<Self[Prop]>>[] = [];
  const own = Object.getOwnPropertyDescriptor(self, property);
  const restore = () => {
    if (stub.restored) throw new MockError("Cannot restore: instance method already restored");
    if (own) Object.defineProperty(self, property, own);
    else delete self[property];
    stub.restored = true;
  };
  const stub = Object.assign(recorder(fake, calls), {
    original,
    fake,
    calls,
    restored: false,
    restore,
    [Symbol.dispose]: restore,
  });
  Object.defineProperty(self, property, {
    configurable: true,
    enumerable: own?.enumerable ?? true,
    writable: true,
    value: stub,
  });
  return stub;
}

/** Creates a function that only records its calls. */
export function spy(): Spy<unknown, unknown[], undefined>;
/** Creates a function that records its calls and passes them on to `func`. */
export function spy<Self, Args extends unknown[], Return>(
  func: (this: Self, ...args: Args) => Return,
): Spy<Self, Args, Return>;
/**
 * Records the calls of a method until it is restored.
 *
 * @throws {MockError} If the property is not a method, or is already spied on.
 *
 * @example
 * ```ts
 * import { assertSpyCalls, spy } from "@std/testing/mock";
 *
 * const clock = { now: () => 42 };
 * using now = spy(clock, "now");
 * clock.now();
 * assertSpyCalls(now, 1);
 * ```
 */
export function spy<Self extends object, Prop extends keyof Self>(
  self: Self,
  property: Prop,
): MethodSpy<Self, ArgsOf<Self[Prop]>, ReturnOf<Self[Prop]>>;
export function spy(target?: object, property?: PropertyKey): unknown {
  if (target === undefined) return functionSpy(() => undefined);
  if (property === undefined) return functionSpy(target as Method<unknown, unknown[], unknown>);
  return replaceMethod(target, property as never);
}

/**
 * Replaces a method with `func`, by default one that returns `undefined`, and records its calls until it is restored.
 *
 * @throws {MockError} If the property is not a method, or is already spied on.
 */
export function stub<Self extends object, Prop extends keyof Self>(
  self: Self,
  property: Prop,
  func?: (this: Self, ...args: ArgsOf<Self[Prop]>) => ReturnOf<Self[Prop]>,
): Stub<Self, ArgsOf<Self[Prop]>, ReturnOf<Self[Prop]>> {
  return replaceMethod(self, property, func ?? (() => undefined as ReturnOf<Self[Prop]>));
}

/** Asserts that a spy was called exactly `expectedCalls` times. */
export function assertSpyCalls<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  expectedCalls: number,
): void {
  assert.equal(
    spy.calls.length,
    expectedCalls,
    `Expected ${expectedCalls} calls of the spy, got ${spy.calls.length}`,
  );
}

/** The expectations of {@linkcode assertSpyCall}. Absent fields are not compared. */
export interface ExpectedSpyCall<Self, Args extends unknown[], Return> {
  /** The leading arguments. */
  args?: [...Args, ...unknown[]];
  /** The receiver (`this`) of the call. */
  self?: Self;
  /** What the call returned. */
  returned?: Return;
  /** What the call threw. */
  error?: {
    /** The class of the error. */
    Class?: new (...args: never[]) => Error;
    /** A substring of its message. */
    msgIncludes?: string;
  };
}

/** Asserts that a spy was called at least `callIndex + 1` times, and compares the call at that index. */
export function assertSpyCall<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  callIndex: number,
  expected: ExpectedSpyCall<Self, Args, Return> = {},
): void {
  const call = spy.calls[callIndex];
  if (!call) {
    throw new AssertionError({
      message: `Expected call ${callIndex} of the spy, but it has ${spy.calls.length} calls`,
    });
  }
  if (expected.args) assert.deepStrictEqual(call.args, expected.args);
  if ("self" in expected) assert.deepStrictEqual(call.self, expected.self);
  if ("returned" in expected) {
    if (call.error) {
      throw new AssertionError({ message: `Expected a return, but it threw: ${call.error}` });
    }
    assert.deepStrictEqual(call.returned, expected.returned);
  }
  if (expected.error) {
    const { Class = Error, msgIncludes = "" } = expected.error;
    assert.ok(call.error instanceof Class, `Expected ${Class.name}, got ${call.error}`);
    assert.ok(
      call.error.message.includes(msgIncludes),
      `"${call.error.message}" lacks "${msgIncludes}"`,
    );
  }
}

/** The body of a test. */
type Body = (t: Deno.TestContext) => void | Promise<void>;

type Hook = () => void | Promise<void>;

type HookName = "beforeAll" | "afterAll" | "beforeEach" | "afterEach";

/** Options of both suites and tests: those of `Deno.test`. */
type Options = Pick<
  Deno.TestDefinition,
  "ignore" | "sanitizeExit" | "sanitizeOps" | "sanitizeResources"
>;

/** A group of tests, for {@linkcode describe}. */
export interface DescribeDefinition extends Options {
  /** The name of the group. */
  name: string;
  /** Declares the tests of the group. */
  fn: () => void;
}

/** One test, for {@linkcode it}. */
export interface ItDefinition extends Options {
  /** The name of the test. */
  name: string;
  /** The body of the test. */
  fn: Body;
}

interface Suite {
  readonly definition: DescribeDefinition;
  readonly steps: (Suite | ItDefinition)[];
  readonly hooks: Readonly<Record<HookName, Hook[]>>;
}

/** A function that declares a group of tests. */
export interface Describe {
  (name: string, fn: () => void): void;
  (definition: DescribeDefinition): void;
  (name: string, options: Options, fn: () => void): void;
}

/** A function that declares a test. */
export interface It {
  (name: string, fn: Body): void;
  (definition: ItDefinition): void;
  (name: string, options: Options, fn: Body): void;
}

let current: Suite | undefined;

function toDefinition<Fn>(
  first: string | (Options & { name: string; fn: Fn }),
  second?: Fn | Options,
  third?: Fn,
): Options & { name: string; fn: Fn } {
  if (typeof first !== "string") return first;
  if (third !== undefined) return { ...second, name: first, fn: third };
  return { name: first, fn: second as Fn };
}

function declareSuite(definition: DescribeDefinition): void {
  const hooks = { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] };
  const suite: Suite = { definition, steps: [], hooks };
  const parent = current;
  current = suite;
  try {
    const returned: unknown = definition.ignore ? undefined : definition.fn();
    if (returned instanceof Promise) {
      throw new TypeError(
        'Returning a Promise from "describe" is not supported: tests must be defined synchronously',
      );
    }
  } finally {
    current = parent;
  }
  if (parent) parent.steps.push(suite);
  else Deno.test({ ...definition, fn: (t) => runSuite(suite, [], t) });
}

function declareTest(definition: ItDefinition): void {
  if (current) current.steps.push(definition);
  else Deno.test(definition);
}

async function runSuite(suite: Suite, ancestors: readonly Suite[], t: Deno.TestContext) {
  const path = [...ancestors, suite];
  for (const hook of suite.hooks.beforeAll) await hook();
  try {
    for (const step of suite.steps) {
      await t.step(
        "steps" in step
          ? { ...step.definition, fn: (t) => runSuite(step, path, t) }
          : { ...step, fn: (t) => runTest(step, path, t) },
      );
    }
  } finally {
    for (const hook of suite.hooks.afterAll) await hook();
  }
}

/** Runs a test inside the hooks of its suites, outermost first. */
async function runTest(test: ItDefinition, [suite, ...inner]: Suite[], t: Deno.TestContext) {
  if (!suite) return await test.fn(t);
  for (const hook of suite.hooks.beforeEach) await hook();
  try {
    await runTest(test, inner, t);
  } finally {
    for (const hook of suite.hooks.afterEach) await hook();
  }
}

function addHook(name: HookName, hook: Hook): void {
  if (!current) throw new Error(`${name} is only supported inside a describe`);
  current.hooks[name].push(hook);
}

function describeWith(options: Options): Describe {
  return (...args: Parameters<typeof toDefinition<() => void>>) =>
    declareSuite({ ...toDefinition(...args), ...options });
}

function itWith(options: Options): It {
  return (...args: Parameters<typeof toDefinition<Body>>) =>
    declareTest({ ...toDefinition(...args), ...options });
}

/**
 * Declares a group of tests. A top-level group is one `Deno.test`; its tests and nested groups are its steps.
 *
 * @example
 * ```ts ignore
 * import { describe, it } from "@std/testing/bdd";
 * import assert from "node:assert/strict";
 *
 * describe("addition", () => {
 *   it("is commutative", () => assert.equal(1 + 2, 2 + 1));
 * });
 * ```
 */
export const describe: Describe & { readonly ignore: Describe; readonly skip: Describe } = Object
  .assign(
    describeWith({}),
    { ignore: describeWith({ ignore: true }), skip: describeWith({ ignore: true }) },
  );

/** Declares a test: a step of the enclosing {@linkcode describe}, or a `Deno.test` at the top level. */
export const it: It & { readonly ignore: It; readonly skip: It } = Object.assign(
  itWith({}),
  { ignore: itWith({ ignore: true }), skip: itWith({ ignore: true }) },
);

/** Runs once before the tests of the group. */
export function beforeAll(fn: Hook): void {
  addHook("beforeAll", fn);
}

/** Runs once after the tests of the group, whether they pass or fail. */
export function afterAll(fn: Hook): void {
  addHook("afterAll", fn);
}

/** Runs before each test of the group and its nested groups, outer groups first. */
export function beforeEach(fn: Hook): void {
  addHook("beforeEach", fn);
}

/** Runs after each test of the group and its nested groups, inner groups first. */
export function afterEach(fn: Hook): void {
  addHook("afterEach", fn);
}

import { z } from "zod";

const severity = z.object({ id: z.string() });

/** What llmprobe writes with `--json`, as far as it is looked at here. */
export const reportSchema = z.object({
  conformance: z.object({
    warnings: z.array(severity),
    nits: z.array(severity),
    results: z.array(z.object({
      id: z.string(),
      name: z.string(),
      outcome: z.string(),
      reason: z.string().optional(),
      failures: z.array(z.object({ id: z.string(), severity: z.string(), message: z.string() })),
    })),
  }),
  coverage: z.object({
    entries: z.array(z.object({ id: z.string(), supported: z.boolean() })),
  }),
});

/** What llmprobe writes with `--json`, as far as it is looked at here. */
export type Report = z.infer<typeof reportSchema>;

/** How each row came out: of the checks (`check/ID`), of what is covered (`covers/ID`), of smaller faults (`fault/ID`). */
export const rowsSchema = z.record(z.string(), z.string());

/** How each row came out. */
export type Rows = z.infer<typeof rowsSchema>;

/** From best to worst. What was not run says nothing, and neither does what the model would not do. */
const OUTCOMES = ["pass", "inconclusive", "skipped", "unsupported", "warn", "fail"];

/** The rows of a report. */
export function rowsOf({ conformance, coverage }: Report): Rows {
  return Object.fromEntries([
    ...conformance.results.map(({ id, outcome }) => [`check/${id}`, outcome]),
    ...[...conformance.warnings, ...conformance.nits].map(({ id }) => [`fault/${id}`, "warn"]),
    ...coverage.entries.map(({ id, supported }) =>
      [`covers/${id}`, supported ? "pass" : "unsupported"] as const
    ),
  ]);
}

/**
 * What got worse, in words.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(worsened({ "check/a": "pass" }, { "check/a": "fail" }), ["check/a: pass is now fail"]);
 * assert.deepEqual(worsened({ "check/a": "fail" }, { "check/a": "pass" }), []);
 * ```
 */
export function worsened(before: Rows, now: Rows): string[] {
  const rank = (outcome: string | undefined) =>
    outcome === undefined ? 0 : (OUTCOMES.indexOf(outcome) + 1 || OUTCOMES.length + 1);
  const changed = Object.entries(now)
    // A fault that was not there before is new; a check that was not is not worse than nothing.
    .filter(([id, outcome]) =>
      rank(outcome) > rank(before[id]) && (id in before || OUTCOMES.indexOf(outcome) > 3)
    )
    .map(([id, outcome]) => `${id}: ${before[id] ?? "nothing"} is now ${outcome}`);
  const gone = Object.keys(before)
    .filter((id) => !id.startsWith("fault/") && !(id in now))
    .map((id) => `${id}: is gone`);
  return [...changed, ...gone];
}

/** The failures of a report that no server may have, less those that are known of. */
export function mustFailures({ conformance }: Report, before: Rows): string[] {
  const results = conformance.results.filter(({ id }) => before[`check/${id}`] !== "fail");
  return results.flatMap(({ id, failures }) =>
    failures.filter(({ severity }) => severity === "MUST")
      .map((failure) => `check/${id}: ${failure.message}`)
  );
}

/** Rows that do not pass: each is to be accounted for in the documentation. */
export function unaccounted(rows: Rows, page: string): string[] {
  return Object.entries(rows)
    .filter(([, outcome]) => outcome !== "pass")
    .map(([id]) => id)
    .filter((id) => !accounts(page).some((pattern) => pattern.test(id)));
}

/** The ids between backticks of a page: `check/messages-*` stands for all that begin so. */
function accounts(page: string): RegExp[] {
  return [...page.matchAll(/`((?:check|covers|fault)\/[\w*-]+)`/g)]
    .map(([, id]) => new RegExp(`^${id!.replaceAll("*", ".*")}$`));
}

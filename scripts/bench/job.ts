import { z } from "zod";

const model = z.enum(["tern-7m", "random-0.1b"]);

/** What one process is to measure. */
export const jobSchema = z.discriminatedUnion("bench", [
  z.strictObject({ bench: z.literal("load"), model }),
  z.strictObject({
    bench: z.literal("decode"),
    model,
    /** Sequences of one step. */
    batch: z.int().min(1),
    steps: z.int().min(1),
  }),
  z.strictObject({
    bench: z.literal("prefill"),
    model,
    /** Tokens of one read. */
    tokens: z.int().min(1),
    reads: z.int().min(1),
  }),
  z.strictObject({
    bench: z.literal("long"),
    /** The lengths at which the run is looked at, rising. */
    marks: z.array(z.int().min(1)).min(2),
  }),
  z.strictObject({
    bench: z.literal("http"),
    /** How often the server and the bare engine take turns. */
    rounds: z.int().min(1),
    /** Tokens of each turn, at least. */
    tokens: z.int().min(1),
  }),
]);

/** What one process is to measure. */
export type Job = z.infer<typeof jobSchema>;

/** The names of the benches. */
export const BENCHES = [
  "load",
  "decode",
  "prefill",
  "long",
  "http",
] as const satisfies readonly Job["bench"][];

/** A job, and how many processes measure it one after the other. */
export interface PlannedJob {
  readonly job: Job;
  readonly processes: number;
}

/** All jobs, or with `quick` a few that take little, on the embedded model only. */
export function planJobs(quick: boolean): PlannedJob[] {
  const once = (job: Job): PlannedJob => ({ job, processes: 1 });
  const embedded = "tern-7m";
  const large = "random-0.1b";
  if (quick) {
    return [
      once({ bench: "load", model: embedded }),
      once({ bench: "decode", model: embedded, batch: 1, steps: 200 }),
      once({ bench: "prefill", model: embedded, tokens: 64, reads: 10 }),
      once({ bench: "long", marks: [1_000, 10_000] }),
      once({ bench: "http", rounds: 2, tokens: 300 }),
    ];
  }
  return [
    { job: { bench: "load", model: embedded }, processes: 5 },
    { job: { bench: "load", model: large }, processes: 3 },
    once({ bench: "decode", model: embedded, batch: 1, steps: 1_000 }),
    once({ bench: "decode", model: embedded, batch: 4, steps: 500 }),
    once({ bench: "decode", model: large, batch: 1, steps: 100 }),
    once({ bench: "decode", model: large, batch: 4, steps: 40 }),
    once({ bench: "prefill", model: embedded, tokens: 64, reads: 50 }),
    once({ bench: "prefill", model: embedded, tokens: 256, reads: 20 }),
    once({ bench: "prefill", model: large, tokens: 64, reads: 8 }),
    once({ bench: "prefill", model: large, tokens: 256, reads: 4 }),
    once({ bench: "long", marks: [1_000, 10_000, 100_000] }),
    once({ bench: "http", rounds: 20, tokens: 300 }),
  ];
}

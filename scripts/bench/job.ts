import { z } from "zod";
import { WEIGHT_FORMATS } from "../../src/engine/simd/weight_format.ts";

const model = z.enum(["tern-7m", "random-29m", "random-0.1b"]);

/** What runs the model. */
const variant = {
  engine: z.enum(["ort", "native", "simd"]),
  weights: z.enum(WEIGHT_FORMATS),
} as const;

/** A model, and the file that holds it. */
const source = { model, file: z.string() } as const;

/** Where what is stored may go. */
export const STORES = ["memory", "deno-kv", "sqlite", "redis"] as const;

/** What one process is to measure. */
export const jobSchema = z.discriminatedUnion("bench", [
  z.strictObject({
    bench: z.literal("cold start"),
    ...variant,
    /** How often the server is started. */
    starts: z.int().min(1),
  }),
  z.strictObject({ bench: z.literal("load"), ...variant, ...source }),
  z.strictObject({
    bench: z.literal("decode"),
    ...variant,
    ...source,
    /** One after the other; `batch` are the sequences of one step. */
    runs: z.array(z.strictObject({ batch: z.int().min(1), steps: z.int().min(1) })).min(1),
  }),
  z.strictObject({
    bench: z.literal("prefill"),
    ...variant,
    ...source,
    /** One after the other; `tokens` are those of one read. */
    runs: z.array(z.strictObject({ tokens: z.int().min(1), reads: z.int().min(1) })).min(1),
  }),
  z.strictObject({
    bench: z.literal("beside"),
    ...variant,
    ...source,
    /** Tokens of the prompt that is read beside a stream. */
    tokens: z.int().min(1),
    /** How often one is read. */
    prompts: z.int().min(1),
  }),
  z.strictObject({
    bench: z.literal("threads"),
    ...variant,
    ...source,
    /** How many threads compute: an engine for each. */
    threads: z.array(z.int().min(1)).min(1),
    /** Processes that keep a core busy each meanwhile. */
    busy: z.int().min(0),
    /** How often they take turns. */
    rounds: z.int().min(1),
  }),
  z.strictObject({
    bench: z.literal("long"),
    ...variant,
    ...source,
    /** The lengths at which the run is looked at, rising. */
    marks: z.array(z.int().min(1)).min(2),
  }),
  z.strictObject({
    bench: z.literal("http"),
    ...variant,
    ...source,
    /** How often the server and the bare engine take turns. */
    rounds: z.int().min(1),
    /** Tokens of each turn, at least. */
    tokens: z.int().min(1),
  }),
  z.strictObject({
    bench: z.literal("streams"),
    ...variant,
    ...source,
    /** Answers that are streamed at the same time. */
    streams: z.int().min(2),
    /** Tokens of each. */
    tokens: z.int().min(2),
    /** How often the server and the bare engine take turns. */
    rounds: z.int().min(1),
  }),
  z.strictObject({
    bench: z.literal("durability"),
    ...variant,
    ...source,
    store: z.enum(STORES),
    /** One after the other; `streams` are answers at once, and each pair is one that is stored and one that is not. */
    answers: z.array(z.strictObject({
      tokens: z.int().min(2),
      streams: z.int().min(1),
      pairs: z.int().min(1),
    })),
    /** Turns of one token. */
    turns: z.int().min(1),
  }),
]);

/** What one process is to measure. */
export type Job = z.infer<typeof jobSchema>;

/** The job of one bench. */
export type JobOf<Bench extends Job["bench"]> = Job & { readonly bench: Bench };

/** What runs the model, and what matrices are kept in. */
export type Variant = Pick<Job, "engine" | "weights">;

/** What is measured side by side. The ratios are to the first. */
export const VARIANTS = [
  { engine: "ort", weights: "f32" },
  { engine: "ort", weights: "int8" },
  { engine: "native", weights: "f32" },
  { engine: "native", weights: "int8" },
  { engine: "simd", weights: "f32" },
  { engine: "simd", weights: "bf16" },
  { engine: "simd", weights: "int8" },
  { engine: "simd", weights: "int4" },
] as const satisfies readonly Variant[];

/** What the server takes by itself. */
export const SERVED = { engine: "simd", weights: "int8" } as const satisfies Variant;

/** The names of the benches. */
export const BENCHES = [
  "cold start",
  "load",
  "decode",
  "prefill",
  "beside",
  "threads",
  "long",
  "http",
  "streams",
  "durability",
] as const satisfies readonly Job["bench"][];

/** Jobs that are measured side by side: in turn, so often. */
export interface PlannedJobs {
  readonly jobs: readonly Job[];
  readonly rounds: number;
}

/** The files of the models. Those of random weights are absent if nothing needs them. */
export interface ModelFiles {
  readonly embedded: string;
  readonly medium: string;
  readonly large: string;
}

/** What a plan depends on. */
export interface PlanOptions {
  /** A few jobs that take little, on the embedded model only. */
  readonly quick: boolean;
  readonly files: ModelFiles;
  readonly variants: readonly Variant[];
  readonly stores: readonly (typeof STORES)[number][];
}

/** All jobs: about fifteen minutes on an idle machine, half of them for the large model. */
export function planJobs({ quick, files, variants, stores }: PlanOptions): PlannedJobs[] {
  type Measure = DistributiveOmit<Job, "engine" | "weights">;
  const compare = (measure: Measure, rounds: number): PlannedJobs => ({
    jobs: variants.map((variant) => ({ ...measure, ...variant }) as Job),
    rounds,
  });
  const served = (measure: Measure): PlannedJobs => ({
    jobs: [{ ...measure, ...SERVED } as Job],
    rounds: 1,
  });
  type Durability = Pick<JobOf<"durability">, "model" | "file" | "answers" | "turns">;
  const durable = (measure: Durability, rounds: number): PlannedJobs => ({
    jobs: stores.map((store) => ({
      bench: "durability",
      ...SERVED,
      store,
      ...measure,
    })),
    rounds,
  });
  const small = { model: "tern-7m", file: files.embedded } as const;
  const medium = { model: "random-29m", file: files.medium } as const;
  const large = { model: "random-0.1b", file: files.large } as const;
  type Threads = JobOf<"threads">;
  const threads = (
    job: Omit<Threads, "bench" | "threads" | "busy" | "rounds"> & Partial<Threads>,
  ): PlannedJobs => ({
    jobs: [{ bench: "threads", threads: [1, 2], busy: 0, rounds: 5, ...job }],
    rounds: 1,
  });
  if (quick) {
    return [
      compare({ bench: "cold start", starts: 1 }, 1),
      compare({ bench: "load", ...small }, 1),
      compare({ bench: "decode", ...small, runs: [{ batch: 1, steps: 200 }] }, 1),
      compare({ bench: "prefill", ...small, runs: [{ tokens: 64, reads: 10 }] }, 1),
      served({ bench: "beside", ...small, tokens: 512, prompts: 1 }),
      threads({ ...small, ...SERVED, rounds: 1 }),
      served({ bench: "long", ...small, marks: [1_000, 10_000] }),
      served({ bench: "http", ...small, rounds: 2, tokens: 300 }),
      served({ bench: "streams", ...small, streams: 4, rounds: 1, tokens: 50 }),
      durable({ ...small, answers: [{ tokens: 100, streams: 1, pairs: 2 }], turns: 2 }, 1),
    ];
  }
  const decode = (single: number, several: number) => ({
    bench: "decode" as const,
    runs: [{ batch: 1, steps: single }, { batch: 8, steps: several }],
  });
  const prefill = (short: number, long: number) => ({
    bench: "prefill" as const,
    runs: [{ tokens: 64, reads: short }, { tokens: 256, reads: long }],
  });
  return [
    compare({ bench: "cold start", starts: 3 }, 3),
    compare({ bench: "load", ...small }, 5),
    compare({ bench: "load", ...large }, 3),
    compare({ ...decode(500, 100), ...small }, 3),
    compare({ ...decode(40, 10), ...large }, 3),
    compare({ ...prefill(20, 6), ...small }, 3),
    compare({ ...prefill(4, 2), ...large }, 2),
    served({ bench: "beside", ...small, tokens: 2_048, prompts: 3 }),
    served({ bench: "beside", ...large, tokens: 2_048, prompts: 3 }),
    threads({ ...small, ...SERVED }),
    threads({ ...small, engine: "simd", weights: "f32" }),
    threads({ ...medium, ...SERVED }),
    threads({ ...large, ...SERVED }),
    threads({ ...small, ...SERVED, threads: [1, 2, 4], busy: 1, rounds: 3 }),
    threads({ ...small, ...SERVED, threads: [1, 2, 4], busy: 2, rounds: 3 }),
    served({ bench: "long", ...small, marks: [1_000, 10_000, 100_000, 1_000_000] }),
    served({ bench: "http", ...small, rounds: 20, tokens: 300 }),
    served({ bench: "streams", ...small, streams: 16, rounds: 9, tokens: 300 }),
    served({ bench: "streams", ...large, streams: 32, rounds: 3, tokens: 60 }),
    durable({
      ...large,
      answers: [{ tokens: 200, streams: 1, pairs: 8 }],
      turns: 8,
    }, 1),
    durable({
      ...small,
      answers: [
        { tokens: 200, streams: 1, pairs: 15 },
        { tokens: 500, streams: 1, pairs: 8 },
        { tokens: 1_000, streams: 1, pairs: 4 },
        { tokens: 200, streams: 8, pairs: 4 },
      ],
      turns: 15,
    }, 2),
  ];
}

type DistributiveOmit<T, Keys extends PropertyKey> = T extends unknown ? Omit<T, Keys> : never;

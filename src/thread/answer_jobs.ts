/// <reference lib="deno.worker" />
import type { Job, JobReply } from "./work_thread.ts";

/** Lets the module of a Worker answer the jobs of a `WorkThread`. */
export function answerJobs<Task, Result>(work: (task: Task) => Promise<Result> | Result): void {
  self.onmessage = async ({ data: { id, task } }: MessageEvent<Job<Task>>) => {
    let reply: JobReply<Result>;
    try {
      reply = { id, result: await work(task) };
    } catch (error) {
      reply = { id, error: error instanceof Error ? error.stack ?? error.message : String(error) };
    }
    self.postMessage(reply);
  };
}

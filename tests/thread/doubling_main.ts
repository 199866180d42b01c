/**
 * A thread that doubles numbers. It refuses negative ones, and dies of one.
 *
 * @module
 */
import { answerJobs } from "../../src/thread/answer_jobs.ts";

answerJobs((number: number) => {
  if (number < 0) throw new RangeError("there are no negative numbers here");
  if (number === 666) {
    setTimeout(() => {
      throw new Error("died");
    });
  }
  return number === 666 ? new Promise<number>(() => {}) : 2 * number;
});

/** Numbers of 8 bytes in a cache line of 64. */
const LINE = 8;

/**
 * Bytes a second that one thread reads from an array of this size, over and over: one number of each cache line, which
 * makes the memory deliver all of it. A model as large as the array cannot step faster than that; one that fits into a
 * cache is measured in the cache.
 *
 * @returns one sample a pass
 */
export function readBandwidth(bytes: number, passes: number): number[] {
  const numbers = new Float64Array(Math.ceil(bytes / 8)).fill(1);
  sumLines(numbers); // compiles it
  return Array.from({ length: passes }, () => {
    const started = performance.now();
    const sum = sumLines(numbers);
    const seconds = (performance.now() - started) / 1000;
    if (sum === 0) throw new RangeError("The array is empty");
    return numbers.byteLength / seconds;
  });
}

/** Two sums, so that an addition need not wait for the one before it. */
function sumLines(numbers: Float64Array): number {
  let even = 0;
  let odd = 0;
  for (let i = 0; i + LINE < numbers.length; i += 2 * LINE) {
    even += numbers[i]!;
    odd += numbers[i + LINE]!;
  }
  return even + odd;
}

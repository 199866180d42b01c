/** Lets a processor rest that looks at one place again and again, where the runtime can say so. */
const pause: () => void = (Atomics as { pause?: () => void }).pause ?? (() => {});

/** So often it looks at first without a rest: most that wait within a run, do so for less than a millionth of a second. */
const EAGER_LOOKS = 100;
/** Looks from one look at the clock to the next. */
const LOOKS = 16;

/**
 * Looks until something is so, for so many milliseconds.
 *
 * @returns whether it is
 */
export function lookUntil(isSo: () => boolean, ms: number): boolean {
  for (let look = 0; look < EAGER_LOOKS; look++) {
    if (isSo()) return true;
  }
  const end = performance.now() + ms;
  do {
    for (let look = 0; look < LOOKS; look++) {
      if (isSo()) return true;
      pause();
    }
  } while (performance.now() < end);
  return false;
}

/** Outcome of a run. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Prints the closing line that continuous integration reads. */
export function printCount({ passed, failed, skipped }: Count): void {
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
}

/** One thing that must hold, with the figure by which it was checked. */
export interface Invariant {
  /** Stable, lower-case, with dashes. */
  readonly name: string;
  readonly holds: boolean;
  /** What was compared, for people: counts and sums. */
  readonly figure: string;
  /** What does not hold, at most {@link FAULTS_MAX}. */
  readonly faults: readonly string[];
}

/** Everything recomputed. */
export interface AuditReport {
  readonly atMs: number;
  /** True when every invariant holds. */
  readonly holds: boolean;
  readonly invariants: readonly Invariant[];
}

/** More than this of one kind are not listed: the first ones tell. */
const FAULTS_MAX = 20;

/** Gathers what does not hold. */
export class Faults {
  readonly #list: string[] = [];
  #count = 0;

  add(fault: string): void {
    this.#count++;
    if (this.#list.length < FAULTS_MAX) this.#list.push(fault);
  }

  /** Adds a fault when two figures differ. */
  compare(what: string, found: bigint | number, expected: bigint | number): void {
    if (found !== expected) this.add(`${what} is ${found}, ${expected} expected`);
  }

  /** The invariant with what was gathered. */
  result(name: string, figure: string): Invariant {
    const more = this.#count - this.#list.length;
    const faults = more > 0 ? [...this.#list, `and ${more} more`] : this.#list;
    return { name, holds: this.#count === 0, figure, faults };
  }
}

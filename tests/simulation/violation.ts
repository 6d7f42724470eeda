/** Something that must always be true is not. */
export class Violation extends Error {
  /** Which rule, as `one header, one target`. */
  readonly rule: string;

  constructor(rule: string, detail: string) {
    super(`${rule}: ${detail}`);
    this.rule = rule;
  }
}

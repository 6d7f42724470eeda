import { PoolError } from "../../base/mod.ts";

/** Bytes that are not what they should be; the message says which part, where and why. */
export class ZcashFormatError extends PoolError {
  /** Which part, e.g. `transaction.inputs[2].scriptSig`. */
  readonly part: string;
  /** Where in the bytes that were given, counted from their start. */
  readonly offset: number;

  constructor(part: string, offset: number, problem: string) {
    super("zcash-format", `Cannot read ${part} at byte ${offset}: ${problem}`);
    this.part = part;
    this.offset = offset;
  }
}

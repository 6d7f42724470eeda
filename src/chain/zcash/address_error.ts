import { PoolError } from "../../base/mod.ts";

/** Why a text is no address that can be paid. */
export type AddressFault = "malformed" | "wrong-network" | "unsupported";

/** A text that cannot be used as a payee; the message says what is expected, not what was given. */
export class AddressError extends PoolError {
  readonly fault: AddressFault;
  /** The message without its beginning, for a sentence of another's. */
  readonly reason: string;

  constructor(fault: AddressFault, reason: string, options?: ErrorOptions) {
    super(`address-${fault}`, `Cannot use the address: ${reason}`, options);
    this.fault = fault;
    this.reason = reason;
  }
}

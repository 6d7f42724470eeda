import { PoolError } from "../../base/mod.ts";

/** Why a text is no address that can be paid. */
export type AddressFault = "malformed" | "wrong-network" | "unsupported";

/** A text that cannot be used as a payee; the message says what is expected, not what was given. */
export class AddressError extends PoolError {
  readonly fault: AddressFault;

  constructor(fault: AddressFault, message: string, options?: ErrorOptions) {
    super(`address-${fault}`, `Cannot use the address: ${message}`, options);
    this.fault = fault;
  }
}

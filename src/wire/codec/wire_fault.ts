/**
 * The bytes are no value of the type that was read. It knows nothing of messages and fields:
 * the declaration that reads turns it into a ProtocolError that says where.
 */
export class WireFault extends Error {
  /** Where inside the field, for example `[3]`; empty for the field itself. */
  readonly within: string;

  constructor(reason: string, within = "") {
    super(reason);
    this.name = "WireFault";
    this.within = within;
  }
}

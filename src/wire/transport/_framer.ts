/** How units stand on a stream of bytes. */
export interface Framer<Unit> {
  /** Whole units as their user made them to bytes for the wire, in the order of the calls. */
  encode(units: Uint8Array): Uint8Array;
  /**
   * Takes the next bytes of the stream and yields the units that they complete; the bytes may be
   * overwritten when the iteration has ended.
   *
   * @throws {ProtocolError} behind the units that came whole, when the stream is broken.
   */
  decode(chunk: Uint8Array): Iterable<Unit>;
}

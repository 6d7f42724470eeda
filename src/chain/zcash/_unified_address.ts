import { AddressError } from "./address_error.ts";
import { ByteReader } from "./byte_reader.ts";
import { F4_JUMBLE_LENGTH_MIN, f4JumbleInverse } from "./_f4_jumble.ts";
import { ZcashFormatError } from "./format_error.ts";

/** The text prefix stands at the end of the payload once more, filled up with zeros (ZIP 316). */
const PADDING_LENGTH = 16;

/** The greatest typecode that ZIP 316 allows. */
const TYPECODE_MAX = 0x0200_0000;

const P2PKH = 0;
const P2SH = 1;
const SAPLING = 2;
const ORCHARD = 3;

/** Lengths of the receivers that are known; others may have any. */
const RECEIVER_LENGTHS = new Map([[P2PKH, 20], [P2SH, 20], [SAPLING, 43], [ORCHARD, 43]]);

/** What stands in a Unified Address; typecodes that are not known here are left out. */
export interface UnifiedReceivers {
  /** 20 bytes. */
  readonly p2pkh?: Uint8Array;
  /** 20 bytes. */
  readonly p2sh?: Uint8Array;
  /** 43 bytes. */
  readonly sapling?: Uint8Array;
  /** 43 bytes; from NU6.3 on paid in Ironwood. */
  readonly orchard?: Uint8Array;
}

/**
 * Reads the payload of a Unified Address of revision 0 (ZIP 316).
 *
 * @param payload what the Bech32m text holds, still jumbled.
 * @param prefix the text's prefix in lower case, without its `1`.
 * @throws {AddressError} when a rule of ZIP 316 does not hold.
 */
export function readUnifiedReceivers(payload: Uint8Array, prefix: string): UnifiedReceivers {
  if (payload.length < F4_JUMBLE_LENGTH_MIN) throw malformed("it is too short");
  const bytes = f4JumbleInverse(payload);
  const end = bytes.length - PADDING_LENGTH;
  const padding = new Uint8Array(PADDING_LENGTH);
  padding.set(new TextEncoder().encode(prefix));
  if (!bytes.subarray(end).every((byte, i) => byte === padding[i])) {
    throw malformed("it was damaged, or made for another network");
  }
  const items = readItems(bytes.subarray(0, end));
  checkKinds(items);
  return {
    ...receiver("p2pkh", items.get(P2PKH)),
    ...receiver("p2sh", items.get(P2SH)),
    ...receiver("sapling", items.get(SAPLING)),
    ...receiver("orchard", items.get(ORCHARD)),
  };
}

function readItems(bytes: Uint8Array): Map<number, Uint8Array> {
  const reader = new ByteReader(bytes);
  const items = new Map<number, Uint8Array>();
  let last = -1;
  try {
    while (reader.remaining > 0) {
      const typecode = reader.compactSize("typecode");
      if (typecode > TYPECODE_MAX) throw malformed("a receiver has no possible type");
      if (typecode <= last) throw malformed("its receivers are not in order");
      const data = reader.sized("receiver");
      const length = RECEIVER_LENGTHS.get(typecode);
      if (length !== undefined && data.length !== length) {
        throw malformed("a receiver does not have its length");
      }
      items.set(typecode, data);
      last = typecode;
    }
  } catch (cause) {
    if (!(cause instanceof ZcashFormatError)) throw cause;
    throw malformed("its receivers cannot be read", { cause });
  }
  return items;
}

function checkKinds(items: ReadonlyMap<number, Uint8Array>): void {
  if (items.has(P2PKH) && items.has(P2SH)) throw malformed("it has two transparent receivers");
  if (!items.has(SAPLING) && !items.has(ORCHARD)) {
    throw malformed("it has no shielded receiver that is known");
  }
}

function receiver(name: keyof UnifiedReceivers, data: Uint8Array | undefined): UnifiedReceivers {
  return data === undefined ? {} : { [name]: data };
}

function malformed(reason: string, options?: ErrorOptions): AddressError {
  return new AddressError("malformed", `no valid Unified Address: ${reason}`, options);
}

import { AddressError } from "./address_error.ts";
import { ByteReader } from "./byte_reader.ts";
import { F4_JUMBLE_LENGTH_MIN, f4JumbleInverse } from "./_f4_jumble.ts";
import { ZcashFormatError } from "./format_error.ts";

/** The text prefix stands at the end of the payload once more, filled up with zeros (ZIP 316). */
const PADDING_LENGTH = 16;

/** The greatest typecode that ZIP 316 allows. */
const TYPECODE_MAX = 0x0200_0000;

const P2PKH = 0x00;
const P2SH = 0x01;
const SAPLING = 0x02;
const ORCHARD = 0x03;
const EXPIRY_HEIGHT = 0xe0;
const EXPIRY_TIME = 0xe1;

/** Items that are no receivers but say something about the address. */
const METADATA = { min: 0xc0, max: 0xfc };

/** Metadata from here on changes what the address means: who does not know it must not pay. */
const MUST_UNDERSTAND_MIN = 0xe0;

/** Lengths of the items that are known; others may have any. */
const ITEM_LENGTHS = new Map([
  [P2PKH, 20],
  [P2SH, 20],
  [SAPLING, 43],
  [ORCHARD, 43],
  [EXPIRY_HEIGHT, 4],
  [EXPIRY_TIME, 8],
]);

/** What the prefix of a Unified Address says of its content. */
export interface UnifiedForm {
  /**
   * 0: the first form, with a shielded receiver and without conditions; 2: with conditions such as an
   * expiry. Revision 1 was withdrawn before anything used it.
   */
  readonly revision: 0 | 2;
  /** Whether a transparent receiver may be in it: in `u` and `tu`, not in `zu`. */
  readonly transparent: boolean;
}

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

/** Until when a Unified Address may be paid, both included; it has one, both or none of them. */
export interface AddressExpiry {
  readonly height?: number;
  /** Unix seconds, unsigned 64 bits. */
  readonly time?: bigint;
}

/** What a Unified Address holds. */
export interface UnifiedContent {
  readonly receivers: UnifiedReceivers;
  readonly expiry: AddressExpiry | undefined;
}

/**
 * Reads the payload of a Unified Address of revision 0 or 2 (ZIP 316).
 *
 * @param payload what the Bech32m text holds, still jumbled.
 * @param prefix the text's prefix in lower case, without its `1`.
 * @throws {AddressError} `malformed` when a rule of ZIP 316 does not hold, `unsupported` when the
 *   address sets a condition that is not known here or has no receiver that is.
 */
export function readUnified(
  payload: Uint8Array,
  prefix: string,
  form: UnifiedForm,
): UnifiedContent {
  if (payload.length < F4_JUMBLE_LENGTH_MIN) throw malformed("it is too short");
  const bytes = f4JumbleInverse(payload);
  const end = bytes.length - PADDING_LENGTH;
  const padding = new Uint8Array(PADDING_LENGTH);
  padding.set(new TextEncoder().encode(prefix));
  if (!bytes.subarray(end).every((byte, i) => byte === padding[i])) {
    throw malformed("it was damaged, or made for another network");
  }
  const items = readItems(bytes.subarray(0, end));
  checkMetadata(items, form);
  checkReceivers(items, form);
  return {
    receivers: {
      ...receiver("p2pkh", items.get(P2PKH)),
      ...receiver("p2sh", items.get(P2SH)),
      ...receiver("sapling", items.get(SAPLING)),
      ...receiver("orchard", items.get(ORCHARD)),
    },
    expiry: readExpiry(items),
  };
}

function readItems(bytes: Uint8Array): Map<number, Uint8Array> {
  const reader = new ByteReader(bytes);
  const items = new Map<number, Uint8Array>();
  let last = -1;
  try {
    while (reader.remaining > 0) {
      const typecode = reader.compactSize("typecode");
      if (typecode > TYPECODE_MAX) throw malformed("an item has no possible type");
      if (typecode <= last) throw malformed("its items are not in order");
      const data = reader.sized("item");
      const length = ITEM_LENGTHS.get(typecode);
      if (length !== undefined && data.length !== length) {
        throw malformed("an item does not have its length");
      }
      items.set(typecode, data);
      last = typecode;
    }
  } catch (cause) {
    if (!(cause instanceof ZcashFormatError)) throw cause;
    throw malformed("its items cannot be read", { cause });
  }
  return items;
}

function checkMetadata(items: ReadonlyMap<number, Uint8Array>, { revision }: UnifiedForm): void {
  const conditions = [...items.keys()].filter((typecode) =>
    typecode >= MUST_UNDERSTAND_MIN && typecode <= METADATA.max
  );
  if (revision === 0 && conditions.length > 0) {
    throw malformed("its form cannot have the conditions that it sets");
  }
  if (conditions.every((typecode) => ITEM_LENGTHS.has(typecode))) return;
  throw new AddressError(
    "unsupported",
    "it sets a condition that is not known here, so that it must not be paid (ZIP 316)",
  );
}

function checkReceivers(items: ReadonlyMap<number, Uint8Array>, form: UnifiedForm): void {
  const transparent = items.has(P2PKH) || items.has(P2SH);
  const shielded = items.has(SAPLING) || items.has(ORCHARD);
  if (items.has(P2PKH) && items.has(P2SH)) throw malformed("it has two transparent receivers");
  if (transparent && !form.transparent) {
    throw malformed("its form cannot have the transparent receiver that is in it");
  }
  if (form.revision === 0 && !shielded) {
    throw malformed("it has no shielded receiver that is known");
  }
  if (transparent || shielded) return;
  const isReceiver = (typecode: number) => typecode < METADATA.min || typecode > METADATA.max;
  if (![...items.keys()].some(isReceiver)) throw malformed("it has no receiver");
  throw new AddressError("unsupported", "it has no receiver that is known here");
}

function receiver(name: keyof UnifiedReceivers, data: Uint8Array | undefined): UnifiedReceivers {
  return data === undefined ? {} : { [name]: data };
}

function readExpiry(items: ReadonlyMap<number, Uint8Array>): AddressExpiry | undefined {
  const height = items.get(EXPIRY_HEIGHT);
  const time = items.get(EXPIRY_TIME);
  if (height === undefined && time === undefined) return undefined;
  return {
    ...(height === undefined ? {} : { height: view(height).getUint32(0, true) }),
    ...(time === undefined ? {} : { time: view(time).getBigUint64(0, true) }),
  };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function malformed(reason: string, options?: ErrorOptions): AddressError {
  return new AddressError("malformed", `no valid Unified Address: ${reason}`, options);
}

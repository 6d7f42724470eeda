import { HEADER_LENGTH } from "../../base/mod.ts";
import { ByteReader } from "./byte_reader.ts";
import { ZcashFormatError } from "./format_error.ts";
import { parseTransaction } from "./transaction.ts";

/**
 * The id of a block's coinbase: 32 bytes, internal order.
 *
 * @param block serialized, with a header of 1,487 bytes.
 * @returns undefined where the coinbase has a form that is not known here.
 */
export function coinbaseTxidOf(block: Uint8Array): Uint8Array | undefined {
  try {
    const reader = new ByteReader(block, HEADER_LENGTH);
    reader.compactSize("block.transactions");
    return parseTransaction(block, reader.offset).txid;
  } catch (error) {
    if (error instanceof ZcashFormatError) return undefined;
    throw error;
  }
}

import { concatBytes } from "../../src/base/mod.ts";
import {
  type BlockHeader,
  encodeCompactSize,
  encodeHeaderPrefix,
} from "../../src/chain/zcash/mod.ts";

/** A whole header: 1,487 bytes with a solution of 1,344. */
export function encodeBlockHeader(header: BlockHeader): Uint8Array {
  const size = encodeCompactSize(header.solution.length);
  return concatBytes(encodeHeaderPrefix(header), header.nonce, size, header.solution);
}

import { displayHash } from "../../base/mod.ts";
import { heightOf, NO_BODY, readBody, reportCoinbase, reportRoots } from "./_inspect_body.ts";
import { reportHeader, reportWork } from "./_inspect_header.ts";
import type { BlockReport } from "./block_report.ts";
import { BLOCK_LENGTH_RULE } from "./block_length.ts";
import { decodeBlockHeader } from "./block_header.ts";
import { ZcashFormatError } from "./format_error.ts";

/**
 * Looks at a block of any network and age, from the first to NU7. Never throws: bytes that are no
 * block give a report that says where they break off.
 *
 * @param verifyEquihash takes the 1,487 bytes of a header and tells whether the solution is right.
 */
export function inspectBlock(
  bytes: Uint8Array,
  verifyEquihash: (header: Uint8Array) => boolean,
): BlockReport {
  const faults: string[] = [];
  if (bytes.length > BLOCK_LENGTH_RULE) {
    faults.push(`The block has ${bytes.length} bytes, at most ${BLOCK_LENGTH_RULE} are allowed.`);
  }
  const decoded = readHeader(bytes, faults);
  const header = decoded?.header;
  const headerBytes = bytes.subarray(0, decoded?.length ?? 0);
  const work = reportWork(header, headerBytes, verifyEquihash, faults);
  const body = decoded === undefined ? NO_BODY : readBody(bytes, decoded.length, faults);
  const roots = body.complete && header !== undefined
    ? reportRoots(header, body.transactions, faults)
    : { merkleRootValid: null, authDataRoot: null };
  const coinbase = body.transactions[0];
  const height = header && coinbase ? heightOf(header, coinbase, faults) : null;
  // All that may find a fault has been called by here: the verdict comes last.
  return {
    verdict: faults.length === 0 ? "sound" : "broken",
    faults,
    size: bytes.length,
    height,
    ...reportHeader(header, headerBytes),
    ...work,
    ...roots,
    transactionCount: body.count,
    txids: body.transactions.map((tx) => displayHash(tx.txid)),
    authDigests: body.transactions.map((tx) => displayHash(tx.authDigest)),
    coinbase: coinbase === undefined ? null : reportCoinbase(coinbase),
  };
}

function readHeader(
  bytes: Uint8Array,
  faults: string[],
): ReturnType<typeof decodeBlockHeader> | undefined {
  try {
    return decodeBlockHeader(bytes);
  } catch (error) {
    if (!(error instanceof ZcashFormatError)) throw error;
    faults.push(`${error.message}.`);
    return undefined;
  }
}

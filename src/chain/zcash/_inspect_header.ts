import { bytesToHex, displayHash, HEADER_LENGTH, u256FromLe, u256ToLe } from "../../base/mod.ts";
import type { BlockHeader } from "./block_header.ts";
import type { BlockReport } from "./block_report.ts";
import { sha256d } from "./hashes.ts";
import { BitsError, targetFromBits } from "./target.ts";

type HeaderReport = Pick<
  BlockReport,
  | "hash"
  | "version"
  | "previousBlockHash"
  | "merkleRoot"
  | "blockCommitments"
  | "time"
  | "bits"
  | "nonce"
  | "solutionLength"
>;

type WorkReport = Pick<BlockReport, "target" | "powValid" | "equihashValid" | "equihashNote">;

/** What stands in a header, in words; all null when there is none. */
export function reportHeader(header: BlockHeader | undefined, bytes: Uint8Array): HeaderReport {
  return {
    hash: header === undefined ? null : displayHash(sha256d(bytes)),
    version: header?.version ?? null,
    previousBlockHash: header === undefined ? null : displayHash(header.previousBlockHash),
    merkleRoot: header === undefined ? null : displayHash(header.merkleRoot),
    blockCommitments: header === undefined ? null : displayHash(header.blockCommitments),
    time: header?.time ?? null,
    bits: header === undefined ? null : header.bits.toString(16).padStart(8, "0"),
    nonce: header === undefined ? null : bytesToHex(header.nonce),
    solutionLength: header?.solution.length ?? null,
  };
}

/** Whether a header has the work that it claims. */
export function reportWork(
  header: BlockHeader | undefined,
  bytes: Uint8Array,
  verifyEquihash: (header: Uint8Array) => boolean,
  faults: string[],
): WorkReport {
  if (header === undefined) {
    const equihashNote = "not checked: there is no header";
    return { target: null, powValid: null, equihashValid: null, equihashNote };
  }
  return {
    ...reportTarget(header, bytes, faults),
    ...reportEquihash(bytes, verifyEquihash, faults),
  };
}

function reportTarget(
  header: BlockHeader,
  bytes: Uint8Array,
  faults: string[],
): Pick<WorkReport, "target" | "powValid"> {
  try {
    const target = targetFromBits(header.bits);
    const powValid = u256FromLe(sha256d(bytes)) <= target;
    if (!powValid) faults.push("The hash is above the target: there is not enough work.");
    return { target: displayHash(u256ToLe(target)), powValid };
  } catch (error) {
    if (!(error instanceof BitsError)) throw error;
    faults.push(`${error.message}.`);
    return { target: null, powValid: false };
  }
}

function reportEquihash(
  bytes: Uint8Array,
  verifyEquihash: (header: Uint8Array) => boolean,
  faults: string[],
): Pick<WorkReport, "equihashValid" | "equihashNote"> {
  if (bytes.length !== HEADER_LENGTH) {
    const equihashNote = "not checked: the solution is one of Equihash (48,5), which only the " +
      "genesis block of Regtest has; (200,9) is supported";
    return { equihashValid: null, equihashNote };
  }
  const equihashValid = verifyEquihash(bytes);
  if (!equihashValid) faults.push("The solution does not solve Equihash (200,9).");
  return { equihashValid, equihashNote: null };
}

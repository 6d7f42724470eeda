import { concatBytes, displayHash } from "../../src/base/mod.ts";
import { bytesToHex } from "../../src/base/mod.ts";
import {
  encodeCompactSize,
  encodeOutput,
  encodeU32,
  parseAddress,
  parseTransaction,
} from "../../src/chain/zcash/mod.ts";

/** One who is paid. */
export interface TwinRecipient {
  readonly address: string;
  readonly amountZat: bigint;
  readonly memoHex?: string;
}

/** A transaction of the wallet twin, with what only a wallet knows of it. */
export interface TwinTransaction {
  readonly txid: string;
  readonly hex: string;
  readonly expiryHeight: number;
  readonly feeZat: bigint;
  readonly recipients: readonly TwinRecipient[];
}

/**
 * Bytes of a v6 transaction that spends shielded funds: its transparent outputs and balance are
 * real, its proofs and signatures are numbers that make it unique.
 */
export function payoutTransaction(
  recipients: readonly TwinRecipient[],
  options: { readonly expiryHeight: number; readonly feeZat: bigint; readonly serial: number },
): TwinTransaction {
  const { expiryHeight, feeZat, serial } = options;
  const outputs = recipients.flatMap(({ address, amountZat }) => {
    const script = openScript(address);
    return script === undefined ? [] : [encodeOutput({ valueZat: amountZat, script })];
  });
  const inTheOpen = recipients.reduce(
    (sum, { address, amountZat }) => openScript(address) === undefined ? sum : sum + amountZat,
    0n,
  );
  const actions = Math.max(2, recipients.length - outputs.length + 1);
  const bytes = concatBytes(
    encodeU32(0x8000_0006),
    encodeU32(0xd884_b698),
    encodeU32(0x7719_0ad9),
    encodeU32(0),
    encodeU32(expiryHeight),
    encodeCompactSize(0),
    encodeCompactSize(outputs.length),
    ...outputs,
    // No Sapling spends or outputs, no Orchard actions; all is in Ironwood.
    Uint8Array.of(0, 0, 0),
    ironwoodBundle(actions, inTheOpen + feeZat, serial),
  );
  const txid = displayHash(parseTransaction(bytes).txid);
  return { txid, hex: bytesToHex(bytes), expiryHeight, feeZat, recipients };
}

/** What an output to a transparent or TEX address carries. */
function openScript(address: string): Uint8Array | undefined {
  const { scriptPubKey, texScript } = parseAddress(address);
  return scriptPubKey ?? texScript;
}

function ironwoodBundle(actions: number, balanceZat: bigint, serial: number): Uint8Array {
  const balance = new Uint8Array(8);
  new DataView(balance.buffer).setBigInt64(0, balanceZat, true);
  const body = new Uint8Array(820 * actions);
  new DataView(body.buffer).setUint32(0, serial, true);
  return concatBytes(
    encodeCompactSize(actions),
    body,
    Uint8Array.of(3),
    balance,
    new Uint8Array(32),
    encodeCompactSize(4),
    new Uint8Array(4),
    new Uint8Array(64 * actions),
    new Uint8Array(64),
  );
}

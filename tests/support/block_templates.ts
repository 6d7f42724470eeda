import { bytesToHex, concatBytes, displayHash, hexToBytes } from "../../src/base/mod.ts";
import {
  authDataRoot,
  type BlockTemplate,
  encodeCompactSize,
  hashBlockCommitments,
  heightPush,
  merkleRoot,
  p2shScript,
  parseTransaction,
  type TemplateTransaction,
} from "../../src/chain/zcash/mod.ts";

/** Where the node's miner_address of a made template points. */
export const NODE_SCRIPT: Uint8Array = p2shScript(new Uint8Array(20).fill(0x0c));

/** A funding stream's output of a made template. */
export const STREAM_SCRIPT: Uint8Array = p2shScript(new Uint8Array(20).fill(0x71));

const HISTORY_ROOT = new Uint8Array(32).fill(0x5a);

/** What a made template may differ in. */
export interface MadeTemplate {
  readonly height?: number;
  readonly version?: 4 | 5 | 6;
  /** What the node puts after the height push. */
  readonly nodeMark?: Uint8Array;
  readonly outputs?: readonly { readonly valueZat: bigint; readonly script: Uint8Array }[];
  readonly transactions?: readonly TemplateTransaction[];
  readonly coinbaseFee?: bigint;
  /** A whole coinbase instead of one made from the above. */
  readonly coinbase?: Uint8Array;
  readonly sizeLimit?: number;
  readonly sigopLimit?: number;
}

/** A transaction of any size and price; its bytes are not those of a real one. */
export function madeTransaction(
  serial: number,
  options: { length?: number; fee?: bigint; sigops?: number } = {},
): TemplateTransaction {
  const seed = (byte: number) => {
    const hash = new Uint8Array(32).fill(byte);
    new DataView(hash.buffer).setUint32(0, serial, true);
    return hash;
  };
  return {
    data: new Uint8Array(options.length ?? 250).fill(serial & 0xff),
    txid: seed(0x11),
    authDigest: seed(0x22),
    fee: options.fee ?? 10_000n,
    sigops: options.sigops ?? 1,
  };
}

/** A template that adds up, as a node of the given kind would hand it out. */
export function madeTemplate(made: MadeTemplate = {}): BlockTemplate {
  const height = made.height ?? 1000;
  const transactions = made.transactions ?? [];
  const coinbase = made.coinbase ?? madeCoinbase(height, made);
  const { txid, authDigest } = parseTransaction(coinbase);
  const authRoot = authDataRoot([authDigest, ...transactions.map((tx) => tx.authDigest)]);
  return {
    height,
    version: 4,
    previousBlockHash: new Uint8Array(32).fill(0xab),
    bits: 0x2007ffff,
    target: 0x7ffffn << 232n,
    minTime: 1_795_000_000,
    curTime: 1_795_000_100,
    maxTime: 1_795_005_400,
    chainHistoryRoot: HISTORY_ROOT,
    blockCommitments: hashBlockCommitments(HISTORY_ROOT, authRoot),
    merkleRoot: merkleRoot([txid, ...transactions.map((tx) => tx.txid)]),
    authDataRoot: authRoot,
    coinbase,
    coinbaseTxid: txid,
    coinbaseAuthDigest: authDigest,
    coinbaseFee: made.coinbaseFee ?? transactions.reduce((sum, tx) => sum + tx.fee, 0n),
    transactions,
    sizeLimit: made.sizeLimit ?? 2_000_000,
    sigopLimit: made.sigopLimit ?? 20_000,
    longPollId: "0".repeat(46),
    submitOld: undefined,
  };
}

/** A template as JSON, as getblocktemplate answers it. */
export function templateJson(template: BlockTemplate): Record<string, unknown> {
  const blockcommitmentshash = displayHash(template.blockCommitments);
  return {
    capabilities: ["proposal"],
    version: template.version,
    previousblockhash: displayHash(template.previousBlockHash),
    blockcommitmentshash,
    defaultroots: {
      merkleroot: displayHash(template.merkleRoot),
      chainhistoryroot: displayHash(template.chainHistoryRoot),
      authdataroot: displayHash(template.authDataRoot),
      blockcommitmentshash,
    },
    transactions: template.transactions.map((tx) => ({
      data: bytesToHex(tx.data),
      hash: displayHash(tx.txid),
      authdigest: displayHash(tx.authDigest),
      depends: [],
      fee: Number(tx.fee),
      sigops: tx.sigops,
      required: false,
    })),
    coinbasetxn: {
      data: bytesToHex(template.coinbase),
      hash: displayHash(template.coinbaseTxid),
      authdigest: displayHash(template.coinbaseAuthDigest),
      depends: [],
      fee: -Number(template.coinbaseFee),
      sigops: 0,
      required: true,
    },
    longpollid: template.longPollId,
    target: template.target.toString(16).padStart(64, "0"),
    mintime: template.minTime,
    mutable: ["time"],
    noncerange: "00000000ffffffff",
    sigoplimit: template.sigopLimit,
    sizelimit: template.sizeLimit,
    curtime: template.curTime,
    bits: template.bits.toString(16).padStart(8, "0"),
    height: template.height,
    maxtime: template.maxTime,
  };
}

const HEADERS = {
  4: "0400008085202f89",
  5: "050000800a27a726d90a1977",
  6: "0600008098b684d8d90a1977",
} as const;

function madeCoinbase(height: number, made: MadeTemplate): Uint8Array {
  const version = made.version ?? 6;
  const mark = made.nodeMark ?? hexToBytes("04f09fa693");
  const outputs = made.outputs ?? [
    { valueZat: 41_666_668n + (made.coinbaseFee ?? feesOf(made)), script: NODE_SCRIPT },
    { valueZat: 4_166_666n, script: STREAM_SCRIPT },
  ];
  const script = concatBytes(heightPush(height), mark);
  const transparent = concatBytes(
    Uint8Array.of(1),
    new Uint8Array(32),
    hexToBytes("ffffffff"),
    sized(script),
    hexToBytes("ffffffff"),
    encodeCompactSize(outputs.length),
    ...outputs.flatMap(({ valueZat, script }) => [i64(valueZat), sized(script)]),
  );
  const times = concatBytes(u32(0), u32(height));
  const start = hexToBytes(HEADERS[version]);
  return version === 4
    ? concatBytes(start, transparent, times, new Uint8Array(11))
    : concatBytes(start, times, transparent, new Uint8Array(version === 5 ? 3 : 4));
}

function feesOf(made: MadeTemplate): bigint {
  return (made.transactions ?? []).reduce((sum, tx) => sum + tx.fee, 0n);
}

function sized(bytes: Uint8Array): Uint8Array {
  return concatBytes(encodeCompactSize(bytes.length), bytes);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function i64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return bytes;
}

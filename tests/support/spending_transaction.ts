import { concatBytes, hexToBytes } from "../../src/base/mod.ts";
import {
  encodeCompactSize,
  encodeInput,
  encodeOutput,
  encodeU32,
  p2shScript,
  parseTransaction,
  type Transaction,
} from "../../src/chain/zcash/mod.ts";

const HEADS = { 4: "0400008085202f89", 5: "050000800a27a726", 6: "0600008098b684d8" } as const;

/** Of the coinbase of a made template, as a number and little-endian. */
const BRANCH_ID = 0x7719_0ad9;

/** What a made transaction may differ in. */
export interface SpendingWish {
  readonly version?: 4 | 5 | 6;
  /** What it spends; output 0 of a transaction that nobody knows, numbered, unless given. */
  readonly spends?: readonly { readonly txid: Uint8Array; readonly index: number }[];
  /** The scriptSig, by which two transactions from v5 on differ in their auth digest alone. */
  readonly signature?: Uint8Array;
  readonly outputs?: number;
  readonly outputScript?: Uint8Array;
  readonly branchId?: number;
  readonly expiryHeight?: number;
}

/** A transparent transaction that can be read, and that only a node could find fault with. */
export function spendingTransaction(serial: number, wish: SpendingWish = {}): Transaction {
  const { version = 5, branchId = BRANCH_ID, expiryHeight = 0, outputs = 1 } = wish;
  const previousTxid = new Uint8Array(32).fill(0x77);
  new DataView(previousTxid.buffer).setUint32(0, serial);
  const spends = wish.spends ?? [{ txid: previousTxid, index: 0 }];
  const script = wish.signature ?? Uint8Array.of(1, 0x51);
  const outputScript = wish.outputScript ?? p2shScript(new Uint8Array(20).fill(0x44));
  const transparent = concatBytes(
    encodeCompactSize(spends.length),
    ...spends.map(({ txid, index }) =>
      encodeInput({
        ...{ previousTxid: txid, previousIndex: index },
        ...{ script, sequence: 0xffff_ffff },
      })
    ),
    encodeCompactSize(outputs),
    ...Array.from(
      { length: outputs },
      () => encodeOutput({ valueZat: 1_000n, script: outputScript }),
    ),
  );
  const times = concatBytes(encodeU32(0), encodeU32(expiryHeight));
  const start = hexToBytes(HEADS[version]);
  return parseTransaction(
    version === 4 ? concatBytes(start, transparent, times, new Uint8Array(11)) : concatBytes(
      ...[start, encodeU32(branchId), times, transparent],
      new Uint8Array(version === 5 ? 3 : 4),
    ),
  );
}

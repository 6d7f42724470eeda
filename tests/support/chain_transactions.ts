/**
 * Transactions for a Regtest node that anyone may make: they spend outputs to the script hash of
 * OP_TRUE, which needs no signature.
 *
 * @module
 */
import type { ZebraNode } from "./zebra.ts";

/** P2SH of the one-byte script OP_TRUE. */
const ANYONE_SCRIPT = "a914da1745e9b549bd0bfa1a569971c77eba30cd5a4b87";
/** Pushes that script. */
const ANYONE_INPUT_SCRIPT = "0151";

/** An output that nobody has spent. */
export interface Unspent {
  /** Display order. */
  readonly txid: string;
  readonly index: number;
  readonly valueZat: number;
}

/** A transaction that was taken into the mempool. */
export interface SentTransaction {
  readonly txid: string;
  readonly feeZat: number;
  readonly unspent: readonly Unspent[];
}

/** The miner's output of the block at this height, which was mined to OP_TRUE. */
export async function minerOutput(node: ZebraNode, height: number): Promise<Unspent> {
  const block = await node.rpc("getblock", String(height), 2) as {
    tx: { txid: string; vout: { valueZat: number }[] }[];
  };
  const [coinbase] = block.tx;
  return { txid: coinbase?.txid ?? "", index: 0, valueZat: coinbase?.vout[0]?.valueZat ?? 0 };
}

/** Spends the outputs to as many new ones, and hands the transaction to the node. */
export async function send(
  node: ZebraNode,
  spent: readonly Unspent[],
  options: { readonly feeZat: number; readonly outputs?: number; readonly version?: 5 | 6 },
): Promise<SentTransaction> {
  const { feeZat, outputs = 1, version = 5 } = options;
  const { nextBlock } = (await node.client().getBlockchainInfo()).consensus;
  const total = spent.reduce((sum, { valueZat }) => sum + valueZat, 0) - feeZat;
  const values = Array.from(
    { length: outputs },
    (_, index) => Math.floor(total / outputs) + (index === 0 ? total % outputs : 0),
  );
  const hex = [
    version === 5 ? "050000800a27a726" : "0600008098b684d8",
    little(nextBlock, 4),
    little(0, 4),
    little(0, 4),
    little(spent.length, 1),
    ...spent.map(({ txid, index }) =>
      `${reversed(txid)}${little(index, 4)}02${ANYONE_INPUT_SCRIPT}ffffffff`
    ),
    little(outputs, 1),
    ...values.map((value) => `${little(value, 8)}17${ANYONE_SCRIPT}`),
    // No Sapling spends and outputs, no Orchard actions, and in v6 no Ironwood actions.
    version === 5 ? "000000" : "00000000",
  ].join("");
  const txid = await node.rpc("sendrawtransaction", hex) as string;
  const unspent = values.map((valueZat, index) => ({ txid, index, valueZat }));
  return { txid, feeZat, unspent };
}

function little(value: number, bytes: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value), true);
  return new Uint8Array(view.buffer, 0, bytes).toHex();
}

function reversed(hex: string): string {
  return Uint8Array.fromHex(hex).reverse().toHex();
}

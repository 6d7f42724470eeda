/**
 * The calls about single transactions and the mempool.
 *
 * @module
 */
import {
  bytesToHex,
  displayHash,
  equalBytes,
  hashFromDisplay,
  hexToBytes,
} from "../../base/mod.ts";
import type { Chain } from "./_chain.ts";
import type { ChainBlock } from "./_chain_block.ts";
import { outputKey } from "./_check_transaction.ts";
import { dependencies, type Mempool } from "./_mempool.ts";
import { booleanParam, integerParam, textParam, verbosityParam } from "./_params.ts";
import { BlockRefusal } from "./_refusal.ts";
import type { RpcMethods } from "./_rpc.ts";
import { RpcError } from "./_rpc_error.ts";
import { toZec } from "./_rpc_mining.ts";
import { parseTransaction, type Transaction, type TransactionOutput } from "./_transaction.ts";
import { WireError } from "./_wire.ts";

/** Where a transaction is mined. */
interface Place {
  readonly chain: Chain;
  readonly block: ChainBlock;
}

/** getrawmempool, gettxout and their relatives. */
export function transactionMethods(chain: Chain, mempool: Mempool): RpcMethods {
  return {
    getrawmempool: (params) =>
      booleanParam(params, 0, false)
        ? mempoolToJson(mempool, chain.tip.height)
        : mempool.transactions.map(({ transaction }) => displayHash(transaction.txid)),
    getmempoolinfo: () => {
      const bytes = mempool.transactions.reduce((sum, p) => sum + p.transaction.bytes.length, 0);
      return { size: mempool.transactions.length, bytes, usage: bytes };
    },
    gettxout: (params) => txOut(chain, mempool, params),
    getrawtransaction: (params) => rawTransaction(chain, mempool, params),
    sendrawtransaction: (params) => send(mempool, textParam(params, 0)),
    getstandardfee: () => ({ standard_fee: 1000, version: 0 }),
  };
}

function send(mempool: Mempool, hex: string): string {
  const position = hex.search(/[^0-9a-fA-F]/);
  if (position >= 0) {
    throw new RpcError(-22, `Invalid character '${hex[position]}' at position ${position}`);
  }
  if (hex.length % 2 !== 0) throw new RpcError(-22, "Odd number of digits");
  try {
    const transaction = parseTransaction(hexToBytes(hex));
    mempool.add(transaction);
    return displayHash(transaction.txid);
  } catch (error) {
    if (error instanceof WireError) {
      const short = error.message.includes("UnexpectedEof");
      throw new RpcError(-22, short ? "io error: failed to fill whole buffer" : error.message);
    }
    if (error instanceof BlockRefusal) throw new RpcError(-25, error.message);
    throw error;
  }
}

function mempoolToJson(mempool: Mempool, height: number) {
  const transactions = mempool.transactions.map((pending) => pending.transaction);
  const depends = dependencies(transactions);
  return Object.fromEntries(mempool.transactions.map(({ transaction, feeZat }, i) => [
    displayHash(transaction.txid),
    {
      size: transaction.bytes.length,
      fee: toZec(feeZat),
      time: 0,
      height,
      depends: (depends[i] ?? []).map((position) => {
        const parent = transactions[position - 1];
        return parent === undefined ? "" : displayHash(parent.txid);
      }),
    },
  ]));
}

/** A transaction of the best chain with its block. The blocks kept are few enough to walk. */
function findMined(
  chain: Chain,
  txid: Uint8Array,
): { transaction: Transaction; block: ChainBlock } | undefined {
  for (const block of chain.tip.lineage(Infinity)) {
    const transaction = block.transactions.find((candidate) => equalBytes(candidate.txid, txid));
    if (transaction !== undefined) return { transaction, block };
  }
  return undefined;
}

function rawTransaction(chain: Chain, mempool: Mempool, params: readonly unknown[]): unknown {
  const txid = hashParam(params, 0);
  const verbosity = verbosityParam(params, 1, 0, 1);
  const pending = mempool.transactions.find((p) => equalBytes(p.transaction.txid, txid));
  const mined = pending === undefined ? findMined(chain, txid) : undefined;
  const transaction = pending?.transaction ?? mined?.transaction;
  if (transaction === undefined) {
    throw new RpcError(-5, "Transaction not found in mempool or best chain");
  }
  if (verbosity === 0) return bytesToHex(transaction.bytes);
  return transactionToJson(transaction, mined && { chain, block: mined.block });
}

/** A transaction in the real node's form, without what only shielded transactions have. */
export function transactionToJson(transaction: Transaction, place: Place | undefined) {
  const mined = place && {
    in_active_chain: true,
    height: place.block.height,
    confirmations: place.chain.tip.height - place.block.height + 1,
    blockhash: displayHash(place.block.hash),
    time: place.block.time,
    blocktime: place.block.time,
  };
  return {
    ...mined,
    hex: bytesToHex(transaction.bytes),
    txid: displayHash(transaction.txid),
    authdigest: displayHash(transaction.authDigest),
    version: transaction.version,
    overwintered: true,
    locktime: transaction.lockTime,
    expiryheight: transaction.expiryHeight,
    size: transaction.bytes.length,
    vin: transaction.inputs.map((input) =>
      transaction.coinbase ? { coinbase: bytesToHex(input.scriptSig), sequence: input.sequence } : {
        txid: displayHash(input.previousTxid),
        vout: input.previousIndex,
        scriptSig: { asm: "", hex: bytesToHex(input.scriptSig) },
        sequence: input.sequence,
      }
    ),
    vout: transaction.outputs.map((output, n) => ({
      value: toZec(output.valueZat),
      valueZat: Number(output.valueZat),
      n,
      scriptPubKey: { asm: "", hex: bytesToHex(output.script) },
    })),
  };
}

/** An output that nothing has spent, or null. Outputs of coinbases are never spent here. */
function txOut(chain: Chain, mempool: Mempool, params: readonly unknown[]): unknown {
  const txid = hashParam(params, 0);
  const index = integerParam(params, 1, undefined);
  const withMempool = booleanParam(params, 2, true);
  const pending = withMempool
    ? mempool.transactions.find((p) => equalBytes(p.transaction.txid, txid))
    : undefined;
  const mined = findMined(chain, txid);
  const transaction = pending?.transaction ?? mined?.transaction;
  const key = outputKey(txid, index);
  const unspent = withMempool ? mempool.spendable() : chain.tip.unspent;
  const output: TransactionOutput | undefined = unspent.get(key) ??
    (transaction?.coinbase ? transaction.outputs[index] : undefined);
  if (output === undefined) return null;
  return {
    bestblock: displayHash(chain.tip.hash),
    confirmations: mined === undefined ? 0 : chain.tip.height - mined.block.height + 1,
    value: toZec(output.valueZat),
    scriptPubKey: { asm: "", hex: bytesToHex(output.script) },
    version: transaction?.version ?? 6,
    coinbase: transaction?.coinbase ?? false,
  };
}

/** The hash of a transaction from its text. @throws {RpcError} */
function hashParam(params: readonly unknown[], index: number): Uint8Array {
  const text = textParam(params, index);
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new RpcError(-8, "Invalid hash");
  return hashFromDisplay(text);
}

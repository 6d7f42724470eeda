/**
 * The calls that ask for blocks and for the state of the chain.
 *
 * @module
 */
import { bytesToHex, displayHash, hashFromDisplay } from "../../base/mod.ts";
import type { Chain } from "./_chain.ts";
import type { ChainBlock } from "./_chain_block.ts";
import { targetAfter } from "./_check_block.ts";
import { expandBits } from "./_compact_bits.ts";
import { booleanParam, integerParam, textParam, verbosityParam } from "./_params.ts";
import type { RpcMethods } from "./_rpc.ts";
import { RpcError } from "./_rpc_error.ts";
import { toZec } from "./_rpc_mining.ts";
import { transactionToJson } from "./_rpc_transaction.ts";
import { activations, branchIdAt } from "./_rules.ts";

// The roots of the empty note commitment trees as the real node shows them, each in its own order.
const EMPTY_SAPLING_ROOT = "3e49b5f954aa9d3545bc6c37744661eea48d7c34e3000d82b7f0010c30f4c2fb";
const EMPTY_ORCHARD_ROOT = "ae2935f1dfd8a24aed7c70df7de3a668eb7a49b1319880dde2bbd9031ae5d82f";

/** getblockchaininfo, getblock and their relatives. */
export function chainMethods(chain: Chain): RpcMethods {
  return {
    getblockchaininfo: () => chainInfo(chain),
    getbestblockhash: () => displayHash(chain.tip.hash),
    getbestblockheightandhash: () => ({ height: chain.tip.height, hash: [...chain.tip.hash] }),
    getblockcount: () => chain.tip.height,
    getblockhash: (params) => displayHash(blockAt(chain, integerParam(params, 0, undefined)).hash),
    getblockheader: (params) => {
      const block = findBest(chain, textParam(params, 0));
      return booleanParam(params, 1, true)
        ? headerToJson(chain, block)
        : bytesToHex(block.headerBytes);
    },
    getblock: (params) => {
      const verbosity = verbosityParam(params, 1, 1, 2);
      const block = findBest(chain, textParam(params, 0), verbosity);
      return verbosity === 0 ? bytesToHex(block.bytes) : blockToJson(chain, block, verbosity);
    },
    getdifficulty: () => nextDifficulty(chain),
  };
}

function blockAt(chain: Chain, height: number): ChainBlock {
  const block = chain.at(height < 0 ? chain.tip.height + 1 + height : height);
  if (block !== undefined) return block;
  throw new RpcError(
    -1,
    height < 0
      ? "Provided negative index ends up with a negative height"
      : "Provided index is greater than the current tip",
  );
}

/** A block of the best chain by hash or by height in decimal. */
function findBest(chain: Chain, text: string, verbosity = 1): ChainBlock {
  if (/^-?[0-9]{1,10}$/.test(text)) {
    const height = Number(text);
    const block = chain.at(height < 0 ? chain.tip.height + 1 + height : height);
    if (block !== undefined) return block;
    throw new RpcError(-8, verbosity === 0 ? "Block not found" : "block height not in best chain");
  }
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new RpcError(
      -8,
      "parse error: could not convert the input string to a hash or height",
    );
  }
  const block = chain.find(hashFromDisplay(text));
  if (block !== undefined && chain.isBest(block)) return block;
  throw verbosity === 0
    ? new RpcError(-8, "Block not found")
    : new RpcError(-5, "block height not in best chain");
}

function headerToJson(chain: Chain, block: ChainBlock) {
  const { header } = block;
  const next = chain.at(block.height + 1);
  return {
    hash: displayHash(block.hash),
    confirmations: chain.tip.height - block.height + 1,
    height: block.height,
    version: header.version,
    merkleroot: displayHash(header.merkleRoot),
    blockcommitments: displayHash(header.blockCommitments),
    finalsaplingroot: EMPTY_SAPLING_ROOT,
    time: header.time,
    nonce: displayHash(header.nonce),
    solution: bytesToHex(header.solution),
    bits: hex8(header.bits),
    difficulty: difficulty(chain, expandBits(header.bits) ?? 0n),
    ...previous(block),
    ...(next === undefined ? {} : { nextblockhash: displayHash(next.hash) }),
  };
}

function previous({ header }: ChainBlock) {
  const none = header.previousBlockHash.every((byte) => byte === 0);
  return none ? {} : { previousblockhash: displayHash(header.previousBlockHash) };
}

function blockToJson(chain: Chain, block: ChainBlock, verbosity: number) {
  const tx = verbosity === 2 && block.transactions.length > 0
    ? block.transactions.map((transaction) => transactionToJson(transaction, { chain, block }))
    : block.txids.map(displayHash);
  return {
    ...headerToJson(chain, block),
    size: block.bytes.length,
    finalorchardroot: EMPTY_ORCHARD_ROOT,
    nTx: block.txids.length,
    tx,
    ...supplyToJson(block, block.parent),
    trees: {},
  };
}

function chainInfo(chain: Chain) {
  const { tip, rules } = chain;
  // The genesis block is older than every upgrade.
  const branch = (height: number) => hex8(height < 1 ? 0 : branchIdAt(rules, height));
  return {
    chain: "test",
    blocks: tip.height,
    headers: tip.height,
    difficulty: nextDifficulty(chain),
    verificationprogress: 1,
    chainwork: 0,
    pruned: false,
    size_on_disk: 0,
    commitments: 0,
    bestblockhash: displayHash(tip.hash),
    estimatedheight: tip.height,
    ...supplyToJson(tip, undefined),
    upgrades: Object.fromEntries(
      activations(rules).map(({ name, branchId, height }) => [
        hex8(branchId),
        {
          name,
          activationheight: height,
          status: tip.height >= height ? "active" : "pending",
        },
      ]),
    ),
    consensus: { chaintip: branch(tip.height), nextblock: branch(tip.height + 1) },
  };
}

const POOLS = ["transparent", "sprout", "sapling", "orchard", "lockbox", "ironwood"] as const;

/** The supply and its pools after a block; with what the block added when its parent is given. */
function supplyToJson(block: ChainBlock, parent: ChainBlock | undefined) {
  const amounts = (of: ChainBlock) => ({
    transparent: of.pools.transparentZat,
    lockbox: of.pools.lockboxZat,
  });
  const now: Partial<Record<string, bigint>> = amounts(block);
  const before: Partial<Record<string, bigint>> = parent === undefined ? now : amounts(parent);
  const valuePools = POOLS.map((id) => {
    const amount = now[id] ?? 0n;
    const delta = amount - (before[id] ?? 0n);
    return {
      id,
      ...value(amount),
      ...(parent === undefined ? {} : { valueDelta: toZec(delta), valueDeltaZat: Number(delta) }),
    };
  });
  return {
    chainSupply: value(block.pools.transparentZat + block.pools.lockboxZat),
    valuePools,
  };
}

function value(zat: bigint) {
  return { chainValue: toZec(zat), chainValueZat: Number(zat), monitored: zat !== 0n };
}

/** The difficulty of the block to come. */
export function nextDifficulty(chain: Chain): number {
  return difficulty(chain, targetAfter(chain.tip, chain.rules));
}

/** How much harder than the chain's easiest a target is; only for show. */
function difficulty(chain: Chain, target: bigint): number {
  // 128 bits are more than a float can hold and leave no division by zero.
  return Number(chain.rules.powLimit >> 128n) / Number(target >> 128n);
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, "0");
}

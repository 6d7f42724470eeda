import { concatBytes, HEADER_LENGTH } from "../../base/mod.ts";
import {
  authDataBranch,
  type BlockSubsidy,
  type BlockTemplate,
  type CheckedTemplate,
  checkTemplate,
  checkTransactionList,
  type CoinbaseMarks,
  encodeCompactSize,
  encodeHeaderPrefix,
  hashBlockCommitments,
  merkleBranch,
  TemplateError,
  type TemplateTransaction,
  type Transaction,
  type TransparentOutput,
} from "../zcash/mod.ts";
import { choosePayee } from "./_payee.ts";
import { makePoolCoinbase } from "./_pool_coinbase.ts";
import type { CoinbaseSplit } from "./coinbase_split.ts";

/**
 * Work that comes from one template: the same for every channel but for nonce and target. The whole
 * block is within the node's limits of bytes and signature operations, the coinbase with all of its
 * outputs counted.
 */
export interface JobTemplate {
  /** Counts the templates of this process. */
  readonly serial: number;
  readonly height: number;
  readonly version: number;
  /** 32 bytes, internal order, like all hashes here. */
  readonly previousBlockHash: Uint8Array;
  readonly merkleRoot: Uint8Array;
  /** hashBlockCommitments. */
  readonly blockCommitments: Uint8Array;
  /** The node's curtime, Unix seconds: the header time of jobs that are sent at once. */
  readonly time: number;
  /** The node takes header times of minTime to maxTime. */
  readonly minTime: number;
  readonly maxTime: number;
  readonly bits: number;
  /** A header hash at most this is a block. */
  readonly networkTarget: bigint;
  /** The pool's coinbase, serialized. */
  readonly coinbase: Uint8Array;
  readonly coinbaseTxid: Uint8Array;
  /** What the coinbase pays the pool: the miner's part of the subsidy and the collected fees. */
  readonly minerValueZat: bigint;
  /**
   * The coinbase's outputs among which that is divided, to the zatoshi; none where it is paid in a
   * shielded output.
   */
  readonly minerOutputs: readonly TransparentOutput[];
  /** The collected fees alone. */
  readonly feesZat: bigint;
  /** Transactions of the block, the coinbase not counted. */
  readonly transactionCount: number;
  /** True for a coinbase-only block, which a node hands out first on a new tip. */
  readonly empty: boolean;
  /**
   * `unchecked-shielded`: nobody but the node knows whom the coinbase pays; `unread`: nor how much,
   * since its form is not known here. Then both values are 0, so that nothing is paid from them.
   */
  readonly payee: "checked" | "unchecked-shielded" | "unread";
  /** Why the coinbase could not be read; undefined where it was. */
  readonly unread: TemplateError | undefined;
  /** What the block holds beside its coinbase. */
  readonly body: BlockBody;

  /**
   * The same block with a coinbase that somebody else made, and with their transactions where they
   * are given: roots and commitments are computed anew, nothing of either is checked.
   *
   * @throws {RangeError} for a template whose coinbase could not be read.
   */
  withCoinbase(declared: DeclaredCoinbase): JobTemplate;

  /** The work that {@link withSplit} was asked for; this one where it was not made so. */
  readonly undivided: JobTemplate;

  /**
   * The same template with its miner's value divided otherwise; time and serial are this one's. In a
   * full block more outputs may cost transactions, and {@link minerValueZat} then falls.
   *
   * @throws {TemplateError} `too-large` when the block has too little room.
   * @throws {RangeError} where the miner is paid in a shielded output, or the coinbase could not be
   *   read, or is not the pool's.
   */
  withSplit(divided: DividedCoinbase): JobTemplate;

  /**
   * The same work with a later header time, for a chain on which nothing else happens.
   *
   * @param time Unix seconds; held to {@link maxTime}.
   * @returns this one when its time is not earlier.
   */
  atTime(time: number): JobTemplate;

  /**
   * The first 108 bytes of a header: version to bits.
   *
   * @param time Unix seconds, unsigned 32 bits.
   */
  headerPrefix(time: number): Uint8Array;

  /**
   * The whole block.
   *
   * @param header 1,487 bytes, with nonce and solution.
   * @throws {RangeError} when it has another length.
   */
  encodeBlock(header: Uint8Array): Uint8Array;
}

/** A block beside its coinbase, and the node's limits for the whole. */
export interface BlockBody {
  readonly transactions: readonly BlockTransaction[];
  /** 32 bytes: the chain's history up to the parent. */
  readonly chainHistoryRoot: Uint8Array;
  /** Greatest size of the whole block in bytes. */
  readonly sizeLimit: number;
  /** Greatest number of signature operations in the whole block. */
  readonly sigopLimit: number;
}

/** A transaction of a block; what it pays is known only of those that the node chose. */
export type BlockTransaction = Omit<TemplateTransaction, "fee">;

/** A coinbase that is not the pool's own. */
export interface DeclaredCoinbase {
  readonly coinbase: Transaction;
  /** Those of its outputs that pay the pool. */
  readonly poolOutputs: readonly TransparentOutput[];
  /** What stands behind it, in block order; the template's own unless given. */
  readonly transactions?: readonly BlockTransaction[];
}

/** The pool's own coinbase, divided otherwise. */
export interface DividedCoinbase {
  readonly split: CoinbaseSplit;
  /**
   * Of the coinbase's input, unsigned 32 bits. From v5 on an id commits to it and not to the
   * scriptSig: without one of its own, a coinbase with the same outputs has the same id.
   */
  readonly sequence: number;
}

/** What {@link makeJobTemplate} needs besides the template. */
export interface JobTemplateOptions extends CoinbaseMarks {
  /**
   * Whom the block pays the miner's part. Left out when the pool's address is shielded: then the
   * node must pay it, and the pool cannot see whether it does.
   */
  readonly split?: CoinbaseSplit;
  /**
   * What the node's getblocksubsidy says of this height. When given, the miner's output and those
   * of the funding streams must hold exactly that.
   */
  readonly subsidy?: BlockSubsidy;
  /**
   * What is done with a coinbase whose form is not known here; refused unless given. The node's own
   * pays the node's miner address, which must then be the pool's.
   */
  readonly unknownCoinbase?: "refuse" | "as-the-node-made-it";
  /** Of the coinbase's input; the node's own unless given. */
  readonly sequence?: number;
  readonly serial: number;
}

/**
 * Makes work of a template: the miner's output becomes those of the split, the scriptSig gets the
 * pool's marks, and id, roots and commitment are computed anew. `README.md` of this room says how the
 * miner's output is found, what is refused, and what happens to a coinbase of an unknown form.
 *
 * @throws {TemplateError} when the template does not add up, pays someone else, is of an unknown form,
 *   or the block would be too large.
 * @throws {RangeError} when process bytes or tag do not have their lengths.
 */
export function makeJobTemplate(
  template: BlockTemplate,
  options: JobTemplateOptions,
): JobTemplate {
  try {
    return new Job(poolsParts(template, checkTemplate(template), options));
  } catch (error) {
    const unread = error instanceof TemplateError && error.fault === "unknown-form";
    if (!unread || options.unknownCoinbase !== "as-the-node-made-it") throw error;
    checkTransactionList(template);
    return new Job(nodesParts(template, options.serial, error));
  }
}

function poolsParts(
  template: BlockTemplate,
  checked: CheckedTemplate,
  options: JobTemplateOptions,
): JobParts {
  const payee = choosePayee(checked.coinbase, template, options);
  const made = makePoolCoinbase(template, checked, payee, options);
  const { coinbase, transactions, lostFeesZat, minerOutputs } = made;
  const complete = transactions === template.transactions;
  const trees = complete ? checked : treesOf(transactions);
  return {
    serial: options.serial,
    template,
    coinbase,
    transactions,
    merkleRoot: trees.merkleBranch.root(coinbase.txid),
    blockCommitments: hashBlockCommitments(
      template.chainHistoryRoot,
      trees.authDataBranch.root(coinbase.authDigest),
    ),
    trees,
    made: { checked, options },
    payee: payee.kind,
    minerValueZat: payee.valueZat - lostFeesZat,
    minerOutputs,
    feesZat: template.coinbaseFee - lostFeesZat,
    unread: undefined,
  };
}

function treesOf(transactions: readonly BlockTransaction[]): BlockTrees {
  return {
    merkleBranch: merkleBranch(transactions.map((tx) => tx.txid)),
    authDataBranch: authDataBranch(transactions.map((tx) => tx.authDigest)),
  };
}

/** The block as the node made it: nothing in it is changed, and nothing is known of its value. */
function nodesParts(template: BlockTemplate, serial: number, unread: TemplateError): JobParts {
  const { coinbase: bytes, coinbaseTxid: txid, merkleRoot, blockCommitments } = template;
  return {
    serial,
    template,
    coinbase: { bytes, txid },
    transactions: template.transactions,
    merkleRoot,
    blockCommitments,
    trees: undefined,
    made: undefined,
    payee: "unread",
    minerValueZat: 0n,
    minerOutputs: [],
    feesZat: 0n,
    unread,
  };
}

/** A coinbase's way up to both roots. */
type BlockTrees = Pick<CheckedTemplate, "merkleBranch" | "authDataBranch">;

/** What a job is put together from. */
interface JobParts {
  readonly serial: number;
  /** Of its jobs, where that is later than the template's. */
  readonly time?: number;
  readonly template: BlockTemplate;
  readonly coinbase: Pick<Transaction, "bytes" | "txid">;
  readonly transactions: readonly BlockTransaction[];
  readonly merkleRoot: Uint8Array;
  readonly blockCommitments: Uint8Array;
  /** The coinbase's way up both trees; undefined where the coinbase could not be read. */
  readonly trees: BlockTrees | undefined;
  /** What the pool's own coinbase was made from; undefined for one of somebody else. */
  readonly made:
    | { readonly checked: CheckedTemplate; readonly options: JobTemplateOptions }
    | undefined;
  readonly undivided?: JobTemplate;
  readonly payee: JobTemplate["payee"];
  readonly minerValueZat: bigint;
  readonly minerOutputs: readonly TransparentOutput[];
  readonly feesZat: bigint;
  readonly unread: TemplateError | undefined;
}

class Job implements JobTemplate {
  readonly serial: number;
  readonly height: number;
  readonly version: number;
  readonly previousBlockHash: Uint8Array;
  readonly merkleRoot: Uint8Array;
  readonly blockCommitments: Uint8Array;
  readonly time: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly bits: number;
  readonly networkTarget: bigint;
  readonly coinbase: Uint8Array;
  readonly coinbaseTxid: Uint8Array;
  readonly minerValueZat: bigint;
  readonly minerOutputs: readonly TransparentOutput[];
  readonly feesZat: bigint;
  readonly transactionCount: number;
  readonly empty: boolean;
  readonly payee: JobTemplate["payee"];
  readonly unread: TemplateError | undefined;
  readonly body: BlockBody;
  readonly #parts: JobParts;

  constructor(parts: JobParts) {
    const { template, coinbase } = parts;
    this.#parts = parts;
    this.serial = parts.serial;
    this.height = template.height;
    this.version = template.version;
    this.previousBlockHash = template.previousBlockHash;
    this.merkleRoot = parts.merkleRoot;
    this.blockCommitments = parts.blockCommitments;
    this.time = parts.time ?? template.curTime;
    this.minTime = template.minTime;
    this.maxTime = template.maxTime;
    this.bits = template.bits;
    this.networkTarget = template.target;
    this.coinbase = coinbase.bytes;
    this.coinbaseTxid = coinbase.txid;
    this.minerValueZat = parts.minerValueZat;
    this.minerOutputs = parts.minerOutputs;
    this.feesZat = parts.feesZat;
    this.transactionCount = parts.transactions.length;
    this.empty = parts.transactions.length === 0;
    this.payee = parts.payee;
    this.unread = parts.unread;
    const { chainHistoryRoot, sizeLimit, sigopLimit } = template;
    this.body = { transactions: parts.transactions, chainHistoryRoot, sizeLimit, sigopLimit };
  }

  withCoinbase({ coinbase, poolOutputs, transactions }: DeclaredCoinbase): JobTemplate {
    if (this.#parts.trees === undefined) {
      throw new RangeError("Cannot change a coinbase: that of the template could not be read");
    }
    const trees = transactions === undefined ? this.#parts.trees : treesOf(transactions);
    const minerValueZat = poolOutputs.reduce((sum, { valueZat }) => sum + valueZat, 0n);
    const subsidyZat = this.minerValueZat - this.feesZat;
    return new Job({
      ...this.#parts,
      made: undefined,
      coinbase,
      trees,
      transactions: transactions ?? this.#parts.transactions,
      merkleRoot: trees.merkleBranch.root(coinbase.txid),
      blockCommitments: hashBlockCommitments(
        this.body.chainHistoryRoot,
        trees.authDataBranch.root(coinbase.authDigest),
      ),
      minerValueZat,
      minerOutputs: poolOutputs,
      // What the pool gets is subsidy first: pay per share then owes the lesser of the two.
      feesZat: minerValueZat > subsidyZat ? minerValueZat - subsidyZat : 0n,
    });
  }

  withSplit(divided: DividedCoinbase): JobTemplate {
    const { made, template } = this.#parts;
    if (made === undefined || made.options.split === undefined) {
      throw new RangeError(
        "Cannot divide a coinbase: it is not made here, or pays a shielded output",
      );
    }
    const options = { ...made.options, ...divided };
    const { undivided, time } = this;
    return new Job({ ...poolsParts(template, made.checked, options), undivided, time });
  }

  get undivided(): JobTemplate {
    return this.#parts.undivided ?? this;
  }

  atTime(time: number): JobTemplate {
    const later = Math.min(time, this.maxTime);
    return later > this.time ? new Job({ ...this.#parts, time: later }) : this;
  }

  headerPrefix(time: number): Uint8Array {
    const { version, previousBlockHash, merkleRoot, blockCommitments, bits } = this;
    return encodeHeaderPrefix({
      version,
      previousBlockHash,
      merkleRoot,
      blockCommitments,
      time,
      bits,
    });
  }

  encodeBlock(header: Uint8Array): Uint8Array {
    if (header.length !== HEADER_LENGTH) {
      throw new RangeError(
        `Cannot make a block: a header of ${HEADER_LENGTH} bytes expected, received ` +
          `${header.length}`,
      );
    }
    return concatBytes(
      header,
      encodeCompactSize(this.transactionCount + 1),
      this.coinbase,
      ...this.#parts.transactions.map((tx) => tx.data),
    );
  }
}

/**
 * The coinbase of a block: read from the node's template, written again with the pool's payees and
 * marks. Everything that depends on height or upgrade (version, branch id, expiry height, required
 * outputs, shielded parts) is kept byte for byte as the node made it.
 *
 * @module
 */
import { concatBytes, displayHash, equalBytes } from "../../base/mod.ts";
import {
  authDataBranch,
  type FirstLeafBranch,
  hashBlockCommitments,
  merkleBranch,
} from "./block_roots.ts";
import type { BlockTemplate } from "./block_template.ts";
import { encodeCompactSize } from "./compact_size.ts";
import { ZcashFormatError } from "./format_error.ts";
import {
  COINBASE_SCRIPT_LENGTH_MAX,
  COINBASE_SCRIPT_LENGTH_MIN,
  heightPush,
  pushScript,
} from "./script.ts";
import { TemplateError, type TemplateFault } from "./template_error.ts";
import { parseTransaction, type Transaction } from "./transaction.ts";
import {
  encodeInput,
  encodeOutput,
  MAX_MONEY_ZAT,
  type TransparentInput,
  type TransparentOutput,
} from "./transparent.ts";

/** Bytes that tell one process start of a pool from every other. */
const PROCESS_BYTES_LENGTH = 8;

/** The pool's marks in a coinbase's scriptSig. */
export interface CoinbaseMarks {
  /** {@link PROCESS_BYTES_LENGTH} bytes: makes the headers of this process its own. */
  readonly processBytes: Uint8Array;
  /** 0 to 75 bytes by which people know the pool. */
  readonly tag: Uint8Array;
}

/** A template whose parts were seen to fit each other. */
export interface CheckedTemplate {
  readonly coinbase: Transaction;
  /** The one input of the coinbase. */
  readonly input: TransparentInput;
  readonly merkleBranch: FirstLeafBranch;
  readonly authDataBranch: FirstLeafBranch;
}

/**
 * Checks that a template adds up: the coinbase is one, for this height, with the id and auth digest
 * that the node gives; roots and commitment follow from the parts; the fees that it collects are
 * not more than the transactions pay.
 *
 * @throws {TemplateError} `malformed`, `does-not-add-up`, or `unknown-form` where the rules may be
 *   newer than this program: the coinbase cannot be read, or what is computed from it is not what
 *   the node says.
 */
export function checkTemplate(template: BlockTemplate): CheckedTemplate {
  const coinbase = parseCoinbase(template);
  const input = checkCoinbaseForm(coinbase, template.height);
  checkHash("coinbase txid", coinbase.txid, template.coinbaseTxid, "unknown-form");
  checkEra(coinbase, template);
  checkHash(
    "coinbase auth digest",
    coinbase.authDigest,
    template.coinbaseAuthDigest,
    "unknown-form",
  );
  checkDistinct(template);
  const merkle = merkleBranch(template.transactions.map((tx) => tx.txid));
  const authData = authDataBranch(template.transactions.map((tx) => tx.authDigest));
  const authRoot = authData.root(coinbase.authDigest);
  checkHash("merkle root", merkle.root(coinbase.txid), template.merkleRoot);
  checkHash("auth data root", authRoot, template.authDataRoot);
  checkHash(
    "block commitments",
    hashBlockCommitments(template.chainHistoryRoot, authRoot),
    template.blockCommitments,
    "unknown-form",
  );
  checkMoney(coinbase, template);
  return { coinbase, input, merkleBranch: merkle, authDataBranch: authData };
}

/**
 * Checks what can be checked of a template whose coinbase is not known: no transaction stands in it
 * twice, and the ids that the node gives make its merkle root.
 *
 * @throws {TemplateError} `does-not-add-up`.
 */
export function checkTransactionList(template: BlockTemplate): void {
  checkDistinct(template);
  const merkle = merkleBranch(template.transactions.map((tx) => tx.txid));
  checkHash("merkle root", merkle.root(template.coinbaseTxid), template.merkleRoot);
}

/**
 * What the scriptSig of the pool's coinbase may be, each shorter than the one before: the pool's
 * marks cost no block, so that in a full one first the node's text gives way, then the tag, then the
 * process bytes, last the node's text where it alone would have fitted. The first has all, in this
 * order:
 *
 * 1. the height as consensus wants it (1 to 5 bytes);
 * 2. a push of the 8 process bytes;
 * 3. a push of the tag, unless it is empty;
 * 4. what the node had put after the height, if all of it still fits in 100 bytes, else nothing
 *    of it: half a push could be read as something else.
 *
 * @returns at least one script, of 2 to 100 bytes each.
 * @throws {RangeError} when the marks do not have their lengths.
 */
export function coinbaseScripts(
  nodeScript: Uint8Array,
  height: number,
  marks: CoinbaseMarks,
): Uint8Array[] {
  if (marks.processBytes.length !== PROCESS_BYTES_LENGTH) {
    throw new RangeError(
      `Cannot mark a coinbase: ${PROCESS_BYTES_LENGTH} process bytes expected, received ` +
        `${marks.processBytes.length}`,
    );
  }
  const start = heightPush(height);
  const tag = marks.tag.length === 0 ? new Uint8Array(0) : pushScript(marks.tag);
  const process = concatBytes(start, pushScript(marks.processBytes));
  const own = concatBytes(process, tag);
  const rest = nodeScript.subarray(start.length);
  const scripts: Uint8Array[] = [];
  for (const script of [concatBytes(own, rest), own, process, nodeScript, start]) {
    const { length } = script;
    if (length < COINBASE_SCRIPT_LENGTH_MIN || length > COINBASE_SCRIPT_LENGTH_MAX) continue;
    if (length < (scripts.at(-1)?.length ?? Infinity)) scripts.push(script);
  }
  return scripts;
}

/**
 * Writes the coinbase again with another scriptSig and other outputs. All bytes before the inputs
 * and after the outputs stay.
 */
export function rebuildCoinbase(
  coinbase: Transaction,
  input: TransparentInput,
  change: { readonly script: Uint8Array; readonly outputs: readonly TransparentOutput[] },
): Transaction {
  return parseTransaction(concatBytes(
    coinbase.bytes.subarray(0, coinbase.transparentStart),
    encodeCompactSize(1),
    encodeInput({ ...input, script: change.script }),
    encodeCompactSize(change.outputs.length),
    ...change.outputs.map(encodeOutput),
    coinbase.bytes.subarray(coinbase.transparentEnd),
  ));
}

function parseCoinbase(template: BlockTemplate): Transaction {
  try {
    const coinbase = parseTransaction(template.coinbase);
    if (coinbase.bytes.length === template.coinbase.length) return coinbase;
    const extra = template.coinbase.length - coinbase.bytes.length;
    throw new TemplateError("malformed", `${extra} bytes follow the coinbase`);
  } catch (cause) {
    if (!(cause instanceof ZcashFormatError)) throw cause;
    throw new TemplateError("unknown-form", `the coinbase: ${cause.message}`, { cause });
  }
}

function checkCoinbaseForm(coinbase: Transaction, height: number): TransparentInput {
  const [input, second] = coinbase.inputs;
  const nothingSpent = input?.previousTxid.every((byte) => byte === 0) &&
    input.previousIndex === 0xffff_ffff;
  if (input === undefined || second !== undefined || !nothingSpent) {
    throw doesNotAddUp("the coinbase does not have the one input of a coinbase");
  }
  if (coinbase.version < 4) {
    throw doesNotAddUp(`the coinbase has version ${coinbase.version}, 4 to 6 expected`);
  }
  const start = heightPush(height);
  if (!equalBytes(input.script.subarray(0, start.length), start)) {
    throw doesNotAddUp(`the coinbase's scriptSig does not start with height ${height}`);
  }
  return input;
}

/**
 * Zebra 7 makes v4 coinbases only where NU5 is not in force, gives them an auth digest that ZIP 244
 * does not know, and expects the header to commit to the chain's history alone.
 */
function checkEra(coinbase: Transaction, template: BlockTemplate): void {
  if (coinbase.version > 4 || equalBytes(coinbase.authDigest, template.coinbaseAuthDigest)) return;
  throw doesNotAddUp(
    `height ${template.height} is before NU5 on the node's network, and such blocks are not ` +
      "supported: let NU5 or a later upgrade be in force from height 1",
  );
}

/** Blocks with a repeated id are refused: the merkle tree cannot tell them from others. */
function checkDistinct(template: BlockTemplate): void {
  const ids = new Set(template.transactions.map((tx) => displayHash(tx.txid)));
  if (ids.size !== template.transactions.length) {
    throw doesNotAddUp("a transaction stands in the list twice");
  }
}

function checkMoney(coinbase: Transaction, template: BlockTemplate): void {
  const fees = template.transactions.reduce((sum, tx) => sum + tx.fee, 0n);
  if (template.coinbaseFee > fees) {
    throw doesNotAddUp(
      `the coinbase collects ${template.coinbaseFee} zat of fees, the transactions pay ${fees}`,
    );
  }
  const paid = coinbase.outputs.reduce((sum, output) => sum + output.valueZat, 0n);
  const total = paid - coinbase.valueBalanceZat;
  if (total > MAX_MONEY_ZAT || total < template.coinbaseFee) {
    throw doesNotAddUp(
      `the coinbase pays ${total} zat, of which ${template.coinbaseFee} shall be fees`,
    );
  }
}

function checkHash(
  what: string,
  computed: Uint8Array,
  given: Uint8Array,
  fault: TemplateFault = "does-not-add-up",
): void {
  if (equalBytes(computed, given)) return;
  throw new TemplateError(
    fault,
    `${what}: ${displayHash(computed)} computed, ${displayHash(given)} given by the node`,
  );
}

function doesNotAddUp(message: string): TemplateError {
  return new TemplateError("does-not-add-up", message);
}

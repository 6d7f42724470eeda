import { equalBytes } from "../../base/mod.ts";
import { type DeclaredCoinbase, measureBlock } from "../../chain/jobs/mod.ts";
import {
  COINBASE_SCRIPT_LENGTH_MAX,
  COINBASE_SCRIPT_LENGTH_MIN,
  encodeInput,
  encodeOutput,
  heightPush,
  parseTransaction,
  type Transaction,
  type TransparentOutput,
  ZcashFormatError,
} from "../../chain/zcash/mod.ts";
import { DeclarationErrorCode } from "../../wire/protocol/mod.ts";
import { type Offer, PROCESS_PUSH } from "./offers.ts";
import { DeclarationRefusal } from "./refusal.ts";

/** What an operator asks of a declared coinbase. */
export interface CoinbaseRules {
  readonly additionalSizeMax: number;
  readonly poolPayoutMinZat: bigint;
}

/**
 * Reads a coinbase that was made from an offer. It equals the offered one byte for byte but for
 * its scriptSig behind the height, the value of its first output, which pays the pool, and the
 * outputs behind those of the offer; the sum of all is the same.
 *
 * @throws {DeclarationRefusal} that says what was expected.
 */
export function readDeclaredCoinbase(
  bytes: Uint8Array,
  offer: Offer,
  rules: CoinbaseRules,
): DeclaredCoinbase {
  const declared = readBlocksCoinbase(bytes, offer, rules);
  checkSum(declared.coinbase, offer.coinbase);
  checkLimits(declared.coinbase, offer);
  return declared;
}

/**
 * As {@link readDeclaredCoinbase} for a block whose transactions are not the offer's: what they pay
 * and how much room they leave is not known here, so that sum and limits are judged elsewhere.
 *
 * @throws {DeclarationRefusal} that says what was expected.
 */
export function readBlocksCoinbase(
  bytes: Uint8Array,
  offer: Offer,
  rules: CoinbaseRules,
): DeclaredCoinbase {
  const lengthMax = offer.coinbase.bytes.length + rules.additionalSizeMax;
  if (bytes.length > lengthMax) {
    throw constraint(`at most ${lengthMax} bytes of coinbase are expected, not ${bytes.length}`);
  }
  const coinbase = parseCoinbase(bytes);
  checkFrame(coinbase, offer.coinbase);
  checkScript(coinbase, offer);
  const poolOutputs = checkOutputs(coinbase, offer, rules);
  return { coinbase, poolOutputs };
}

function parseCoinbase(bytes: Uint8Array): Transaction {
  let coinbase: Transaction;
  try {
    coinbase = parseTransaction(bytes);
  } catch (error) {
    if (!(error instanceof ZcashFormatError)) throw error;
    throw invalid(`the coinbase cannot be read: ${error.message}`);
  }
  const extra = bytes.length - coinbase.bytes.length;
  if (extra > 0) throw invalid(`nothing is expected behind the coinbase, not ${extra} bytes`);
  return coinbase;
}

/** Everything but scriptSig and outputs. */
function checkFrame(coinbase: Transaction, offered: Transaction): void {
  const head = ({ bytes, transparentStart }: Transaction) => bytes.subarray(0, transparentStart);
  const tail = ({ bytes, transparentEnd }: Transaction) => bytes.subarray(transparentEnd);
  const [input, ...others] = coinbase.inputs;
  const [offeredInput] = offered.inputs;
  if (input === undefined || offeredInput === undefined || others.length > 0) {
    throw invalid("one input is expected, as in the offered coinbase");
  }
  const script = new Uint8Array(0);
  const bare = (it: typeof input) => encodeInput({ ...it, script });
  if (!equalBytes(bare(input), bare(offeredInput))) {
    throw invalid("outpoint and sequence of the offered coinbase's input are expected");
  }
  if (!equalBytes(head(coinbase), head(offered)) || !equalBytes(tail(coinbase), tail(offered))) {
    throw invalid(
      "version, branch id, lock time, expiry height and all behind the outputs are expected as " +
        "in the offered coinbase",
    );
  }
}

function checkScript({ inputs }: Transaction, { template: { height } }: Offer): void {
  const script = inputs[0]?.script ?? new Uint8Array(0);
  const { length } = script;
  if (length < COINBASE_SCRIPT_LENGTH_MIN || length > COINBASE_SCRIPT_LENGTH_MAX) {
    throw invalid(`a scriptSig of 2 to 100 bytes is expected, not ${length}`);
  }
  const start = heightPush(height);
  if (!equalBytes(script.subarray(0, start.length), start)) {
    throw invalid(`the scriptSig must begin with the height ${height} in its shortest form`);
  }
  // So no declared header is one of the pool's channels, of this process or of another.
  if (script[start.length] === PROCESS_PUSH) {
    throw invalid("behind the height no push of 8 bytes is expected: it marks the pool's own work");
  }
}

/** @returns those that pay the pool: the first, and added ones to the same script. */
function checkOutputs(
  { outputs }: Transaction,
  { coinbase: { outputs: offered } }: Offer,
  { poolPayoutMinZat }: CoinbaseRules,
): readonly TransparentOutput[] {
  const [own, ...required] = offered;
  const [first, ...others] = outputs;
  if (own === undefined || first === undefined || !equalBytes(first.script, own.script)) {
    throw constraint("the first output must pay the script of the token's coinbase_output");
  }
  required.forEach((output, i) => {
    const found = others[i];
    if (found !== undefined && equalBytes(encodeOutput(found), encodeOutput(output))) return;
    throw constraint(
      `output ${i + 2} must be that of the offered coinbase, ${output.valueZat} zat to the same ` +
        "script; added outputs follow behind",
    );
  });
  const added = others.slice(required.length);
  const poolOutputs = [first, ...added.filter(({ script }) => equalBytes(script, own.script))];
  const received = sum(poolOutputs);
  if (received < poolPayoutMinZat || received === 0n) {
    throw constraint(`at least ${poolPayoutMinZat} zat for the pool are expected, not ${received}`);
  }
  return poolOutputs;
}

function checkSum({ outputs }: Transaction, offered: Transaction): void {
  const expected = sum(offered.outputs);
  const paid = sum(outputs);
  if (paid === expected) return;
  throw constraint(`outputs of ${expected} zat together are expected, not ${paid}`);
}

/** Outputs of 256 bytes can put a full block over its limits: then it is worth nothing. */
function checkLimits(coinbase: Transaction, { template }: Offer): void {
  const { transactions, sizeLimit, sigopLimit } = template.body;
  const { size, sigops } = measureBlock(coinbase, transactions);
  if (size > sizeLimit) {
    throw constraint(`a block of at most ${sizeLimit} bytes is expected, not ${size}`);
  }
  if (sigops > sigopLimit) {
    throw constraint(
      `at most ${sigopLimit} signature operations in the block are expected, not ${sigops}`,
    );
  }
}

function sum(outputs: readonly TransparentOutput[]): bigint {
  return outputs.reduce((total, { valueZat }) => total + valueZat, 0n);
}

function invalid(message: string): DeclarationRefusal {
  return new DeclarationRefusal(DeclarationErrorCode.invalidCoinbase, message);
}

function constraint(message: string): DeclarationRefusal {
  return new DeclarationRefusal(DeclarationErrorCode.coinbaseConstraint, message);
}

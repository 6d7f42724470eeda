import { assert, equalBytes } from "../../base/mod.ts";
import {
  type BlockSubsidy,
  type BlockTemplate,
  paymentForm,
  TemplateError,
  type Transaction,
  type TransparentOutput,
} from "../zcash/mod.ts";
import type { CoinbaseSplit } from "./coinbase_split.ts";

/** The transparent outputs of the pool's coinbase. */
export interface CoinbaseOutputs {
  /** Those that share the miner's value; none where it is paid in a shielded output. */
  readonly miner: readonly TransparentOutput[];
  /** All, in their order. */
  readonly all: readonly TransparentOutput[];
}

/** Whom the pool's coinbase pays, and how much. */
export interface Payee {
  readonly kind: "checked" | "unchecked-shielded";
  /** What the node's coinbase gives the miner. */
  readonly valueZat: bigint;
  /**
   * @param lostFeesZat what the miner gets less than in the node's template.
   * @throws {TemplateError} `too-large` when the miner's output cannot be changed.
   */
  outputs(lostFeesZat: bigint): CoinbaseOutputs;
}

/** What {@link choosePayee} goes by. */
export interface PayeeOptions {
  readonly split?: CoinbaseSplit;
  readonly subsidy?: BlockSubsidy;
}

/**
 * Finds the miner's output in the node's coinbase and puts those of the split in its place.
 *
 * @throws {TemplateError} `pays-someone-else` when it cannot be told or cannot be changed,
 *   `unknown-form` when it pays in a way that no miner's output has,
 *   `does-not-add-up` when it or a funding stream's output does not hold what it should.
 */
export function choosePayee(
  coinbase: Transaction,
  template: BlockTemplate,
  options: PayeeOptions,
): Payee {
  const { split, subsidy } = options;
  const shielded = isShielded(coinbase);
  if (shielded && split !== undefined) {
    throw paysSomeoneElse(
      "the node's coinbase pays the miner in a shielded output, but the pool's address is " +
        "transparent: set the node's mining.miner_address to a transparent address",
    );
  }
  if (!shielded && split === undefined) {
    throw paysSomeoneElse(
      "the node's coinbase pays a transparent address, but the pool's address is shielded: set " +
        "the node's mining.miner_address to the pool's address",
    );
  }
  const payee = split === undefined ? shieldedPayee(coinbase) : transparentPayee(coinbase, split);
  checkValue(payee.valueZat, template, subsidy);
  if (subsidy !== undefined) checkStreams(coinbase, subsidy);
  return payee;
}

/** The bundles are signed over the outputs by the node: only the scriptSig may be changed. */
function shieldedPayee(coinbase: Transaction): Payee {
  const valueZat = -coinbase.valueBalanceZat;
  return {
    kind: "unchecked-shielded",
    valueZat,
    outputs(lostFeesZat): CoinbaseOutputs {
      if (lostFeesZat === 0n) return { miner: [], all: coinbase.outputs };
      throw new TemplateError(
        "too-large",
        "the block is over the node's limits, and the value of a shielded coinbase cannot be lowered",
      );
    },
  };
}

function transparentPayee(coinbase: Transaction, split: CoinbaseSplit): Payee {
  const [miner, ...required] = coinbase.outputs;
  if (miner === undefined) throw paysSomeoneElse("the node's coinbase has no output");
  if (paymentForm(miner.script) === undefined) {
    throw new TemplateError(
      "unknown-form",
      "the first output of the node's coinbase pays no ordinary address",
    );
  }
  return {
    kind: "checked",
    valueZat: miner.valueZat,
    outputs(lostFeesZat): CoinbaseOutputs {
      const shares = divide(miner.valueZat - lostFeesZat, split);
      return { miner: shares, all: [...shares, ...required] };
    },
  };
}

/** A block whose coinbase pays a zatoshi more or less is refused by every node (ZIP 236). */
function divide(valueZat: bigint, split: CoinbaseSplit): readonly TransparentOutput[] {
  const outputs = split(valueZat);
  const sum = outputs.reduce((total, output) => total + output.valueZat, 0n);
  assert(sum === valueZat, `a coinbase of ${valueZat} zat is split into ${sum} zat`);
  assert(outputs.every((output) => output.valueZat >= 0n), "a coinbase pays less than nothing");
  return outputs;
}

function checkValue(
  valueZat: bigint,
  template: BlockTemplate,
  subsidy: BlockSubsidy | undefined,
): void {
  if (valueZat < template.coinbaseFee) {
    throw doesNotAddUp(
      `the miner's output has ${valueZat} zat, less than the ${template.coinbaseFee} of fees in it`,
    );
  }
  if (subsidy === undefined) return;
  const expected = subsidy.minerZat + template.coinbaseFee;
  if (valueZat !== expected) {
    throw doesNotAddUp(
      `the miner's output has ${valueZat} zat; subsidy ${subsidy.minerZat} and fees ` +
        `${template.coinbaseFee} make ${expected}`,
    );
  }
}

function checkStreams(coinbase: Transaction, subsidy: BlockSubsidy): void {
  const left = coinbase.outputs.slice(isShielded(coinbase) ? 0 : 1);
  for (const stream of subsidy.streams) {
    const found = left.findIndex((output) =>
      output.valueZat === stream.valueZat && equalBytes(output.script, stream.script)
    );
    if (found < 0) {
      throw doesNotAddUp(`a funding stream's output of ${stream.valueZat} zat is missing`);
    }
    left.splice(found, 1);
  }
}

/** Whether any part of a coinbase is shielded: then it is the miner's. */
function isShielded(coinbase: Transaction): boolean {
  const { saplingOutputs, orchardActions, ironwoodActions } = coinbase.shielded;
  return saplingOutputs + orchardActions + ironwoodActions > 0;
}

function doesNotAddUp(message: string): TemplateError {
  return new TemplateError("does-not-add-up", message);
}

function paysSomeoneElse(message: string): TemplateError {
  return new TemplateError("pays-someone-else", message);
}

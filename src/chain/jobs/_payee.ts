import { equalBytes } from "../../base/mod.ts";
import {
  type BlockSubsidy,
  type BlockTemplate,
  paymentForm,
  TemplateError,
  type Transaction,
  type TransparentOutput,
} from "../zcash/mod.ts";

/** Whom the pool's coinbase pays, and how much. */
export interface Payee {
  readonly kind: "checked" | "unchecked-shielded";
  /** What the node's coinbase gives the miner. */
  readonly valueZat: bigint;
  /**
   * All transparent outputs of the pool's coinbase.
   *
   * @param lostFeesZat what the miner gets less than in the node's template.
   * @throws {TemplateError} `too-large` when the miner's output cannot be changed.
   */
  outputs(lostFeesZat: bigint): readonly TransparentOutput[];
}

/** What {@link choosePayee} goes by. */
export interface PayeeOptions {
  readonly poolScript?: Uint8Array;
  readonly subsidy?: BlockSubsidy;
}

/**
 * Finds the miner's output in the node's coinbase and puts the pool's in its place.
 *
 * @throws {TemplateError} `pays-someone-else` when it cannot be told or cannot be changed,
 *   `does-not-add-up` when it or a funding stream's output does not hold what it should.
 */
export function choosePayee(
  coinbase: Transaction,
  template: BlockTemplate,
  options: PayeeOptions,
): Payee {
  const { poolScript, subsidy } = options;
  const shielded = isShielded(coinbase);
  if (shielded && poolScript !== undefined) {
    throw paysSomeoneElse(
      "the node's coinbase pays the miner in a shielded output, but the pool's address is " +
        "transparent: set the node's mining.miner_address to a transparent address",
    );
  }
  if (!shielded && poolScript === undefined) {
    throw paysSomeoneElse(
      "the node's coinbase pays a transparent address, but the pool's address is shielded: set " +
        "the node's mining.miner_address to the pool's address",
    );
  }
  const payee = poolScript === undefined
    ? shieldedPayee(coinbase)
    : transparentPayee(coinbase, poolScript);
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
    outputs(lostFeesZat): readonly TransparentOutput[] {
      if (lostFeesZat === 0n) return coinbase.outputs;
      throw new TemplateError(
        "too-large",
        "with the pool's marks the block is over the node's limits, and the value of a shielded " +
          "coinbase cannot be lowered: make the pool's tag shorter",
      );
    },
  };
}

function transparentPayee(coinbase: Transaction, poolScript: Uint8Array): Payee {
  const [miner, ...required] = coinbase.outputs;
  if (miner === undefined) throw paysSomeoneElse("the node's coinbase has no output");
  if (paymentForm(miner.script) === undefined) {
    throw paysSomeoneElse("the first output of the node's coinbase pays no ordinary address");
  }
  return {
    kind: "checked",
    valueZat: miner.valueZat,
    outputs: (lostFeesZat) => [
      { valueZat: miner.valueZat - lostFeesZat, script: poolScript },
      ...required,
    ],
  };
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

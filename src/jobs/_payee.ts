import {
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

/**
 * Finds the miner's output in the node's coinbase and puts the pool's in its place.
 *
 * @throws {TemplateError} `pays-someone-else` when it cannot be told or cannot be changed,
 *   `does-not-add-up` when it holds less than the fees it should hold.
 */
export function choosePayee(
  coinbase: Transaction,
  template: BlockTemplate,
  poolScript: Uint8Array | undefined,
): Payee {
  const { joinSplits: _none, ...kinds } = coinbase.shielded;
  const shielded = Object.values(kinds).some((count) => count > 0);
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
  return poolScript === undefined
    ? shieldedPayee(coinbase, template)
    : transparentPayee(coinbase, template, poolScript);
}

/** The bundles are signed over the outputs by the node: only the scriptSig may be changed. */
function shieldedPayee(coinbase: Transaction, template: BlockTemplate): Payee {
  const valueZat = -coinbase.valueBalanceZat;
  checkHoldsFees(valueZat, template);
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

function transparentPayee(
  coinbase: Transaction,
  template: BlockTemplate,
  poolScript: Uint8Array,
): Payee {
  const [miner, ...required] = coinbase.outputs;
  if (miner === undefined) throw paysSomeoneElse("the node's coinbase has no output");
  if (paymentForm(miner.script) === undefined) {
    throw paysSomeoneElse("the first output of the node's coinbase pays no ordinary address");
  }
  checkHoldsFees(miner.valueZat, template);
  return {
    kind: "checked",
    valueZat: miner.valueZat,
    outputs: (lostFeesZat) => [
      { valueZat: miner.valueZat - lostFeesZat, script: poolScript },
      ...required,
    ],
  };
}

function checkHoldsFees(valueZat: bigint, template: BlockTemplate): void {
  if (valueZat >= template.coinbaseFee) return;
  throw new TemplateError(
    "does-not-add-up",
    `the miner's output has ${valueZat} zat, less than the ${template.coinbaseFee} of fees in it`,
  );
}

function paysSomeoneElse(message: string): TemplateError {
  return new TemplateError("pays-someone-else", message);
}

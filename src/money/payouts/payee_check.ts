/**
 * Whether transactions pay what a batch owes, as far as our node can see: it sees transparent
 * outputs, and of shielded ones nothing.
 *
 * @module
 */
import { bytesToHex, type Clock } from "../../base/mod.ts";
import type { PayoutRow } from "./tables/payout_rows.ts";
import type { PayoutStore } from "./payout_store.ts";
import type { SqlDatabase, SqlSession } from "../../platform/database/mod.ts";
import { parseAddress, type TransparentOutput } from "../../chain/zcash/mod.ts";
import { type Batch, transactionsOf } from "./batch.ts";
import type { BatchEvent, BatchStateKind } from "./batch_state.ts";
import type { ChainPort } from "./chain_port.ts";
import { PayoutError, type UnderpaymentFact } from "./errors.ts";

export interface PayeeCheckModules {
  readonly chain: ChainPort;
  readonly database: SqlDatabase;
  readonly store: PayoutStore;
  readonly clock: Clock;
}

/** A payment to be checked. */
interface NamedPayment {
  readonly batch: string;
  readonly payouts: readonly PayoutRow[];
  readonly txids: readonly string[];
  /** What {@link PayeeCheck.outputs} gave. */
  readonly outputs: readonly TransparentOutput[];
}

/** A transaction that somebody names for the payouts of a batch. */
export interface NamedTransaction {
  readonly batch: string;
  /** Unix milliseconds: when the payouts were set aside. */
  readonly createdAtMs: number;
  readonly payouts: readonly PayoutRow[];
  readonly txid: string;
  /** What {@link PayeeCheck.outputs} gave; undefined where it could not be asked. */
  readonly outputs: readonly TransparentOutput[] | undefined;
}

/** States of other batches whose payment by the same transaction was checked before. */
const SETTLING: readonly BatchStateKind[] = ["mined", "settled"];
/** And those that it was named for, too: who names it later has what they leave. */
const NAMED: readonly BatchStateKind[] = ["broadcast", ...SETTLING];

/** Holds named transactions against what is owed. */
export class PayeeCheck {
  readonly #modules: PayeeCheckModules;

  constructor(modules: PayeeCheckModules) {
    this.#modules = modules;
  }

  /**
   * What the transactions pay in the open; nothing for payees of whom nothing can be seen. Asks our
   * node, so never within a transaction of the database.
   *
   * @returns undefined when the node does not have them all.
   * @throws {RpcError} when it cannot be asked.
   */
  async outputs(
    payouts: readonly PayoutRow[],
    txids: readonly string[],
  ): Promise<readonly TransparentOutput[] | undefined> {
    if (owedInTheOpen(payouts).size === 0) return [];
    const all: TransparentOutput[] = [];
    for (const txid of txids) {
      const outputs = await this.#modules.chain.outputs(txid);
      if (outputs === undefined) return undefined;
      all.push(...outputs);
    }
    return all;
  }

  /**
   * Refuses a transaction that can be seen to be no payment of the batch that it is named for.
   *
   * @throws {PayoutError} `refused`.
   */
  async refuseForeign(tx: SqlSession, named: NamedTransaction): Promise<void> {
    await this.#refuseOlder(tx, named);
    const { batch, payouts, txid, outputs } = named;
    if (outputs === undefined) return;
    const fault = await this.#fault(tx, { batch, payouts, txids: [txid], outputs }, NAMED);
    if (fault !== undefined) {
      const message = `Cannot name a transaction for batch ${batch}: ${
        describeUnderpayment(fault)
      }`;
      throw new PayoutError("refused", message, { fact: fault });
    }
  }

  /**
   * A transaction that was mined before a payout was handed over cannot be its payment. When a payout
   * that was handed over by a clock ahead of ours came to be is not known.
   */
  async #refuseOlder(
    tx: SqlSession,
    { txid, batch, createdAtMs }: NamedTransaction,
  ): Promise<void> {
    const { store: { attempts, batches }, clock } = this.#modules;
    if (createdAtMs > clock.now()) return;
    for (const owner of await attempts.ownersOf(tx, txid)) {
      const row = await batches.find(tx, owner);
      if (row === undefined || owner === batch || row.changedAtMs >= createdAtMs) continue;
      if (!SETTLING.some((kind) => kind === row.state)) continue;
      throw new PayoutError(
        "refused",
        `Transaction ${txid} paid batch ${owner} before batch ${batch} was handed over`,
        { fact: { kind: "older", txid, batch: owner } },
      );
    }
  }

  /** What follows for a batch whose transactions were followed: they may be mined and not pay it. */
  async judge(batch: Batch, event: BatchEvent | undefined): Promise<BatchEvent | undefined> {
    if (event?.kind !== "mine") return event;
    const { row, state, payouts } = batch;
    const txids = transactionsOf(state).map(({ txid }) => txid);
    const outputs = await this.outputs(payouts, txids);
    // A reorganisation came between the two questions.
    if (outputs === undefined) return undefined;
    const payment = { batch: row.id, payouts, txids, outputs };
    const fault = await this.#modules.database.read((tx) => this.#fault(tx, payment, SETTLING));
    return fault === undefined ? event : { kind: "dispute", reason: describeUnderpayment(fault) };
  }

  async #fault(
    tx: SqlSession,
    { batch, payouts, txids, outputs }: NamedPayment,
    states: readonly BatchStateKind[],
  ): Promise<UnderpaymentFact | undefined> {
    const owed = owedInTheOpen(payouts);
    if (owed.size === 0) return undefined;
    const others = byScript(
      await this.#modules.store.attempts.owedToOthers(tx, { batch, txids, states }),
    );
    for (const [script, { address, owedZat }] of owed) {
      const paidZat = paidTo(script, outputs);
      const othersZat = others.get(script)?.owedZat ?? 0n;
      if (paidZat >= owedZat + othersZat) continue;
      return { kind: "underpaid", txids, address, paidZat, owedZat, othersZat };
    }
    return undefined;
  }
}

/** As log, trail and command line say it. */
function describeUnderpayment(
  { txids, address, paidZat, owedZat, othersZat }: UnderpaymentFact,
): string {
  const beside = othersZat === 0n ? "" : ` beside ${othersZat} for other payouts that name it`;
  return `transaction ${txids.join(" and ")} pays ${address} ${paidZat} zatoshis, and ` +
    `${owedZat} are owed${beside}`;
}

/** What has to arrive at one script. */
interface OwedInTheOpen {
  /** One of the addresses that stand for the script. */
  readonly address: string;
  readonly owedZat: bigint;
}

/** What has to arrive where it can be seen, by scripts in hexadecimal. */
function owedInTheOpen(payouts: readonly PayoutRow[]): Map<string, OwedInTheOpen> {
  return byScript(
    payouts.map(({ address, amountZat, deductedZat }) => [address, amountZat - deductedZat]),
  );
}

/** A transparent and a TEX address can stand for one script: what is paid there once pays one of them. */
function byScript(amounts: Iterable<readonly [string, bigint]>): Map<string, OwedInTheOpen> {
  const owed = new Map<string, OwedInTheOpen>();
  for (const [address, zat] of amounts) {
    const script = openScript(address);
    if (script === undefined) continue;
    const key = bytesToHex(script);
    const former = owed.get(key);
    owed.set(key, { address: former?.address ?? address, owedZat: (former?.owedZat ?? 0n) + zat });
  }
  return owed;
}

/** Undefined where nothing can be seen; a Unified Address is paid by whichever receiver suits. */
function openScript(address: string): Uint8Array | undefined {
  const { scriptPubKey, texScript } = parseAddress(address);
  return scriptPubKey ?? texScript;
}

function paidTo(script: string, outputs: readonly TransparentOutput[]): bigint {
  return outputs.reduce(
    (sum, output) => bytesToHex(output.script) === script ? sum + output.valueZat : sum,
    0n,
  );
}

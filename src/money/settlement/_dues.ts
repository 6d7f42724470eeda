import { minerAccount } from "../ledger/mod.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import {
  type HeldBack,
  holdIfRefused,
  isFirstPayment,
  payeeAddress,
  type PayoutEngineModules,
  type SettlementOptions,
} from "../payouts/mod.ts";

/** One who was owed enough at a watermark and is not being paid. */
export interface DueAtWatermark {
  readonly minerId: string;
  readonly amountZat: bigint;
  /** Why the miner is on hold; undefined when not. */
  readonly hold: string | undefined;
}

/** Who can be paid of those to whom something is due. */
export interface Payable {
  /** Where they are paid, by their ids. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Who cannot be paid, and why. */
  readonly heldBack: readonly HeldBack[];
}

/** Credits of one miner after a watermark; a miner has one an hour, or some for each block. */
const CREDITS_MAX = 10_000;

/** Miners read at once. */
const PAGE_MAX = 500;

/** Who is owed enough at a watermark, where they are paid, and who cannot be paid and why. */
export class SettlementDues {
  readonly #options: SettlementOptions;
  readonly #modules: PayoutEngineModules;

  constructor(options: SettlementOptions, modules: PayoutEngineModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /**
   * Where those are paid to whom something is due at the watermark, by their ids, and who of them
   * cannot be paid; no further than to `addressesMax` addresses.
   *
   * @throws {RpcError} when an address ends at a height and no node can be asked for its own.
   */
  async payable(watermarkMs: number, addressesMax: number): Promise<Payable> {
    const due = await this.#modules.database.read(async (tx) => {
      const all: DueAtWatermark[] = [];
      for await (const each of this.list(tx, watermarkMs)) all.push(each);
      return all;
    });
    const addresses = new Map<string, string>();
    const heldBack = new Map<string, string[]>();
    for (const { minerId, hold } of due) {
      if (addresses.size >= addressesMax) break;
      const payee = hold === undefined ? await this.#payee(minerId) : { held: hold };
      if ("address" in payee) addresses.set(minerId, payee.address);
      else heldBack.getOrInsert(payee.held, []).push(minerId);
    }
    return {
      addresses,
      heldBack: [...heldBack].map(([reason, minerIds]) => ({ reason, minerIds })),
    };
  }

  /**
   * Puts those on hold whose address our node does not take.
   *
   * @returns how many they are.
   * @throws {RpcError} when the node cannot be asked about an address that was never paid.
   */
  async holdRefused(addresses: ReadonlyMap<string, string>, actor: string): Promise<number> {
    let refused = 0;
    let hasNode = false;
    for (const [minerId, address] of addresses) {
      const planned = { minerId, address };
      if (!await isFirstPayment(this.#modules, planned)) continue;
      // Chooses a node that answers, where one is needed at all.
      if (!hasNode) await this.#modules.chain.tip();
      hasNode = true;
      if (await holdIfRefused(this.#modules, planned, actor)) refused++;
    }
    return refused;
  }

  /**
   * Who is not being paid, and what was due at the watermark.
   *
   * @param only of these: what was credited to each of the others later need not be read.
   */
  async *list(
    tx: SqlSession,
    watermarkMs: number,
    only?: Pick<ReadonlyMap<string, unknown>, "has">,
  ): AsyncGenerator<DueAtWatermark> {
    const { ledger, store } = this.#modules;
    const { minPayoutZat } = this.#options;
    const taken = await store.payouts.minersLive(tx);
    const holds = new Map(
      (await store.holds.all(tx)).map(({ minerId, reason }) => [minerId, reason]),
    );
    for (let after = "";;) {
      const page = await ledger.due(tx, { minZat: minPayoutZat, after, limit: PAGE_MAX });
      for (const { minerId, availableZat } of page) {
        if (taken.has(minerId) || only?.has(minerId) === false) continue;
        const amountZat = availableZat - await this.#creditedAfter(tx, minerId, watermarkMs);
        if (amountZat < minPayoutZat) continue;
        yield { minerId, amountZat, hold: holds.get(minerId) };
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_MAX) return;
      after = last.minerId;
    }
  }

  async #creditedAfter(tx: SqlSession, minerId: string, watermarkMs: number): Promise<bigint> {
    const account = minerAccount(minerId, "available");
    const range = { fromMs: watermarkMs + 1, limit: CREDITS_MAX };
    const lines = await this.#modules.ledger.entriesOf(account, range, tx);
    // What has a time still to come was credited before now, while a clock was wrong.
    const nowMs = this.#modules.clock.now();
    return lines.filter(({ atMs, amountZat }) => atMs <= nowMs && amountZat > 0n)
      .reduce((sum, { amountZat }) => sum + amountZat, 0n);
  }

  /** The address of a miner, or why the miner cannot be paid now. */
  async #payee(
    minerId: string,
  ): Promise<{ readonly address: string } | { readonly held: string }> {
    const tipHeight = async () => (await this.#modules.chain.tip()).height;
    const { network } = this.#options;
    const payee = await payeeAddress(this.#modules, minerId, { network, tipHeight });
    return "held" in payee ? payee : { address: payee.address.canonical };
  }
}

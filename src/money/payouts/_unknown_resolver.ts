import type { Clock, Logger } from "../../base/mod.ts";
import { type Batch, recipientsOf } from "./batch.ts";
import type { BatchEvent, BatchState } from "./batch_state.ts";
import {
  payoutMarker,
  type RecentTransaction,
  type SentTransaction,
  toSent,
  type WalletPort,
} from "../wallet/mod.ts";
import type { ChainTip } from "./chain_port.ts";
import { hasPassed } from "./_elapsed.ts";
import { LAG_BLOCKS_MAX, OPERATION_MS_MAX, UNSEEN_BLOCKS } from "./engine_options.ts";
import type { FindTaken } from "./_taken_transaction.ts";
import type { TransactionWatch } from "./_transaction_watch.ts";

export interface UnknownResolverModules {
  readonly wallet: WalletPort;
  readonly watch: TransactionWatch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settleDepth: number;
  readonly findTaken: FindTaken;
}

/** What a scan of the wallet's own transactions found. */
export interface ScanResult {
  readonly matches: readonly SentTransaction[];
  /** False when a part could not be read, or may yet be the payment: then nothing found is no proof. */
  readonly complete: boolean;
}

/**
 * A reorganisation can put a transaction below the height at which the wallet was asked for it; nodes
 * follow none that is deeper.
 */
const SCAN_MARGIN_BLOCKS = 1_000;

type Unknown = BatchState & { readonly kind: "unknown" };

/**
 * Finds out what became of a payment whose outcome is unknown. It only reads and may be asked any
 * number of times; what it cannot decide stays unknown.
 */
export class UnknownResolver {
  readonly #modules: UnknownResolverModules;

  /** The batch that was logged last as matched by several transactions. */
  #ambiguous: string | undefined;

  constructor(modules: UnknownResolverModules) {
    this.#modules = modules;
  }

  /** The event that ends the uncertainty, or undefined. */
  async resolve(batch: Batch, state: Unknown, tip: ChainTip): Promise<BatchEvent | undefined> {
    if (state.transactions.length > 0) {
      const { startHeight } = state.intent;
      return await this.#modules.watch.followUnsent(state.transactions, tip, startHeight);
    }
    const reported = await this.#byOperation(batch, state);
    if (reported !== undefined && reported !== "may come") return reported;
    const found = await this.#byScan(batch, state, tip);
    // What is found in its list says more than the wallet's word; that nothing is found says less.
    return reported === "may come" && found?.kind === "expire" ? undefined : found;
  }

  /**
   * Looks for the batch's transaction among the wallet's own, by memo or by recipients.
   *
   * @param startHeight what the wallet had scanned when it was called; the search begins lower.
   */
  async scan(batch: Batch, startHeight: number): Promise<ScanResult> {
    const matches: SentTransaction[] = [];
    let complete = true;
    const fromHeight = Math.max(0, startHeight - SCAN_MARGIN_BLOCKS);
    for await (const page of this.#modules.wallet.recent(fromHeight)) {
      if (page.kind === "failed") {
        complete = false;
        continue;
      }
      for (const transaction of page.transactions) {
        const relation = relationOf(batch, transaction);
        if (relation === "another") continue;
        const taken = await this.#isTaken(batch, [transaction.txid]);
        if (taken && relation !== "marked as its payment") continue;
        // With its marker it has paid this batch, whichever other one the wallet has named it for.
        if (taken || relation === "cannot be decided") {
          complete = false;
          continue;
        }
        if (!matches.some(({ txid }) => txid === transaction.txid)) {
          matches.push(toSent(transaction));
        }
      }
    }
    return { matches, complete };
  }

  /** What the wallet says of its operation; "may come" while a payment may be on its way. */
  async #byOperation(
    batch: Batch,
    { opid }: Unknown,
  ): Promise<BatchEvent | "may come" | undefined> {
    if (opid === undefined) return undefined;
    const status = await this.#modules.wallet.operation(opid);
    if ("txids" in status && await this.#isTaken(batch, status.txids)) return "may come";
    switch (status.kind) {
      case "running":
        return "may come";
      case "sent":
        return { kind: "send", transactions: status.txids.map((txid) => ({ txid })) };
      case "not_broadcast":
        return {
          kind: "lose_track",
          reason: "the wallet made the transaction and does not send it",
          atMs: this.#modules.clock.now(),
          transactions: status.txids.map((txid) => ({ txid })),
        };
      case "refused":
        // Of two transactions the first may be out when the second is refused.
        return batch.row.kind === "tex" ? undefined : { ...status, kind: "reject" };
      case "missing":
      case "failed":
        return undefined;
    }
  }

  /** Whether one of the transactions belongs to another batch. */
  async #isTaken({ row }: Batch, txids: readonly string[]): Promise<boolean> {
    return await this.#modules.findTaken(txids, row.id) !== undefined;
  }

  async #byScan(batch: Batch, state: Unknown, tip: ChainTip): Promise<BatchEvent | undefined> {
    const { intent } = state;
    const { wallet } = this.#modules;
    const { locked, syncedHeight } = await wallet.status();
    if (locked || syncedHeight === undefined || syncedHeight < intent.startHeight) return undefined;
    const { matches, complete } = await this.scan(batch, intent.startHeight);
    const [match] = matches;
    if (matches.length > 1) {
      this.#logAmbiguous(batch.row.id, matches.length);
      return undefined;
    }
    if (match !== undefined) return { kind: "send", transactions: [match] };
    if (!complete) return undefined;
    const inStep = tip.synced && tip.height - syncedHeight <= LAG_BLOCKS_MAX;
    return inStep && this.#tooLate(state, tip)
      ? { kind: "expire", reason: "the wallet never made a transaction for it" }
      : undefined;
  }

  /** It stays so until an operator acts, and is found every turn. */
  #logAmbiguous(batch: string, matches: number): void {
    if (this.#ambiguous === batch) return;
    // A batch that is unknown keeps the others of its wallet waiting: mostly there is one.
    this.#ambiguous = batch;
    const text = "several transactions match one batch of payouts; operator action needed";
    this.#modules.logger.log("error", "payout_ambiguous", text, { batch, matches });
  }

  /** True when a transaction that nobody has seen by now cannot be mined any more. */
  #tooLate({ intent }: Unknown, tip: ChainTip): boolean {
    const { clock, settleDepth } = this.#modules;
    return hasPassed(clock.now(), { sinceMs: intent.atMs, ms: OPERATION_MS_MAX }) &&
      tip.height > intent.startHeight + UNSEEN_BLOCKS + settleDepth;
  }
}

/** What a transaction of the wallet is to a batch. */
type Relation = "marked as its payment" | "like its payment" | "another" | "cannot be decided";

/**
 * By the marker in a memo; without memos by exactly the same recipients and amounts, also where memos
 * were sent: a wallet need not report what it wrote. Nor need it report every address, or what is change:
 * what it leaves out is no proof that the payment is another one.
 */
function relationOf(batch: Batch, { outputs }: RecentTransaction): Relation {
  const markers = new Set(batch.payouts.map(({ id }) => payoutMarker(id)));
  if (outputs.some(({ memo }) => memo !== undefined && markers.has(memo))) {
    return "marked as its payment";
  }
  const recipients = recipientsOf(batch);
  const hasMemos = outputs.some(({ memo }) => memo !== undefined);
  if (hasMemos && recipients.some(({ memo }) => memo !== undefined)) return "another";
  const left = outputs.filter(({ isChange }) => isChange !== true);
  let sure = true;
  for (const { address, amountZat } of recipients) {
    const same = left.filter((output) => output.amountZat === amountZat);
    const own = same.find((output) => output.address === address);
    const found = own ?? same.find((output) => output.address === undefined);
    if (found === undefined) return "another";
    sure &&= own !== undefined;
    left.splice(left.indexOf(found), 1);
  }
  if (!sure) return "cannot be decided";
  return left.every(({ isChange }) => isChange === undefined) ? "like its payment" : "another";
}

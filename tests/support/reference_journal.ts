import {
  balanceFault,
  type JournalEntry,
  JournalError,
  ppsHoursPosted,
  type PpsMinerHour,
  sameEntry,
} from "../../src/money/ledger/mod.ts";
import { Balances } from "./reference_balances.ts";

/**
 * A journal in memory: the rules that every stored journal follows, in a form that can be read. It
 * is the model that stored journals are compared with.
 */
export class Journal {
  readonly #entries = new Map<string, JournalEntry>();
  readonly #balances = new Balances();

  /** Balances after all entries. */
  get balances(): Pick<Balances, "of" | "miner" | "summary" | "all" | "faults"> {
    return this.#balances;
  }

  /** Entries in the order in which they were posted. */
  entries(): IterableIterator<JournalEntry> {
    return this.#entries.values();
  }

  /** The entry of an id. */
  find(id: string): JournalEntry | undefined {
    return this.#entries.get(id);
  }

  /**
   * Posts an entry.
   *
   * @returns `exists` when the very same was posted before, and then nothing changes.
   * @throws {JournalError} when the id stands for another movement already, or when a balance
   * would be where it cannot be; nothing is posted then.
   */
  post(entry: JournalEntry): "posted" | "exists" {
    const former = this.#entries.get(entry.id);
    if (former !== undefined) {
      if (sameEntry(former, entry)) return "exists";
      throw new JournalError(`Cannot post ${entry.id}: it was posted with other lines`);
    }
    for (const { account, amountZat } of entry.lines) {
      const fault = balanceFault(account, this.#balances.of(account) + amountZat);
      if (fault !== undefined) throw new JournalError(`Cannot post ${entry.id}: then ${fault}`);
    }
    this.#entries.set(entry.id, entry);
    this.#balances.apply(entry);
    return "posted";
  }
}

/** The entry and the carry of an hour in which one miner alone worked. */
export function ppsHourPosted(
  { hour, atMs, ...miner }: PpsMinerHour & { readonly hour: number; readonly atMs: number },
): { readonly entry?: JournalEntry; readonly carryPicoZat: bigint } {
  const { entry, carriesPicoZat: [carryPicoZat = 0n] } = ppsHoursPosted(hour, atMs, [miner]);
  return entry === undefined ? { carryPicoZat } : { entry, carryPicoZat };
}

import { bytesToHex, displayHash, equalBytes } from "../../base/mod.ts";
import type { Transaction } from "../../chain/zcash/mod.ts";
import { DeclarationErrorCode, type SetFullTemplateJob } from "../../wire/protocol/mod.ts";
import type { NodeQuestions } from "./node_questions.ts";
import { DeclarationRefusal } from "./refusal.ts";
import type { TransactionReader } from "./transaction_reader.ts";

/** Transactions of one declaration, and of those that it brings along. */
const TRANSACTIONS_MAX = 10_000;

/** Before v5 an id fixes every byte; from then on the signatures are apart (ZIP 244). */
const SEGREGATED_VERSION = 5;

/** Where transactions come from. */
export interface TransactionWells {
  /** The bytes that the pool has itself, by id in hexadecimal digits. */
  readonly known: (txid: string) => Uint8Array | undefined;
  readonly reader: TransactionReader;
  /** Left out where the node is not asked for what the pool lacks. */
  readonly questions?: NodeQuestions | undefined;
  /** Asks the declarer; @returns as many, in the same order. */
  readonly ask: (txids: readonly Uint8Array[]) => Promise<readonly Uint8Array[]>;
}

/** The transactions of a declared block on their way to the pool. */
export class TransactionList {
  readonly #txids: readonly Uint8Array[];
  readonly #wells: TransactionWells;
  readonly #lengthMax: number;
  /** In the order of the ids, as far as they are there. */
  readonly #found: (Transaction | undefined)[];
  readonly #places: Map<string, number>;
  /** Places of those that the declarer itself has sent. */
  readonly #supplied = new Set<number>();
  #length = 0;

  /**
   * @param lengthMax bytes of all together.
   * @throws {DeclarationRefusal} for a list that no block has.
   */
  constructor(
    { txids, transactions }: Pick<SetFullTemplateJob, "txids" | "transactions">,
    wells: TransactionWells,
    lengthMax: number,
  ) {
    const longest = Math.max(txids.length, transactions.length);
    if (longest > TRANSACTIONS_MAX) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.tooManyTransactions,
        `at most ${TRANSACTIONS_MAX} transactions are expected, not ${longest}`,
      );
    }
    this.#txids = txids;
    this.#wells = wells;
    this.#lengthMax = lengthMax;
    this.#found = txids.map(() => undefined);
    this.#places = new Map(txids.map((txid, i) => [bytesToHex(txid), i]));
    if (this.#places.size !== txids.length) throw invalid("a txid stands in the list twice");
  }

  /**
   * Brings all together: what came along, what the pool has, what the node has, and the rest from
   * the declarer, who is asked once.
   *
   * @throws {DeclarationRefusal}
   */
  async gather(supplied: readonly Uint8Array[]): Promise<readonly Transaction[]> {
    const { known, questions, ask } = this.#wells;
    this.#takeSupplied(await this.#read(supplied));
    this.#take(await this.#read(this.#missing().flatMap((txid) => known(bytesToHex(txid)) ?? [])));
    if (questions !== undefined) {
      const found = await questions.transactions(this.#missing(), this.#lengthMax);
      this.#take(await this.#read(found.filter((bytes) => bytes !== undefined)));
    }
    const missing = this.#missing();
    if (missing.length > 0) this.#takeAsked(missing, await this.#read(await ask(missing)));
    return this.all();
  }

  /**
   * Asks the declarer once for all whose signatures came from elsewhere: an id does not fix them.
   *
   * @returns whether there were any, so that the block may be another now.
   */
  async askForSignatures(): Promise<boolean> {
    const unsure = this.#txids.filter((_, place) =>
      !this.#supplied.has(place) && (this.#found[place]?.version ?? 0) >= SEGREGATED_VERSION
    );
    if (unsure.length === 0) return false;
    this.#takeAsked(unsure, await this.#read(await this.#wells.ask(unsure)));
    return true;
  }

  /** All transactions, in block order. */
  all(): readonly Transaction[] {
    return this.#found.filter((transaction) => transaction !== undefined);
  }

  #missing(): readonly Uint8Array[] {
    return this.#txids.filter((_, place) => this.#found[place] === undefined);
  }

  /** Bytes that no block could hold are not read. */
  #read(serialized: readonly Uint8Array[]): Promise<Transaction[]> {
    const length = serialized.reduce((sum, bytes) => sum + bytes.length, 0);
    if (length > this.#lengthMax) {
      throw invalid(`a block of at most ${this.#lengthMax} bytes is expected`);
    }
    return this.#wells.reader.read(serialized);
  }

  #take(transactions: readonly Transaction[]): void {
    for (const transaction of transactions) {
      const place = this.#places.get(bytesToHex(transaction.txid));
      // Another than the node was asked for is as good as none.
      if (place !== undefined) this.#put(place, transaction);
    }
  }

  #takeSupplied(transactions: readonly Transaction[]): void {
    for (const transaction of transactions) {
      const place = this.#places.get(bytesToHex(transaction.txid));
      const name = displayHash(transaction.txid);
      if (place === undefined) throw invalid(`transaction ${name} came along and is not listed`);
      if (this.#supplied.has(place)) throw invalid(`transaction ${name} came along twice`);
      this.#supplied.add(place);
      this.#put(place, transaction);
    }
  }

  #takeAsked(txids: readonly Uint8Array[], transactions: readonly Transaction[]): void {
    txids.forEach((txid, i) => {
      const transaction = transactions[i];
      if (transaction === undefined || !equalBytes(transaction.txid, txid)) {
        throw invalid(`transaction ${displayHash(txid)} was asked for, and another one came`);
      }
      const place = this.#places.get(bytesToHex(txid)) as number;
      this.#supplied.add(place);
      this.#put(place, transaction);
    });
  }

  #put(place: number, transaction: Transaction): void {
    this.#length += transaction.bytes.length - (this.#found[place]?.bytes.length ?? 0);
    this.#found[place] = transaction;
    if (this.#length <= this.#lengthMax) return;
    throw invalid(`a block of at most ${this.#lengthMax} bytes is expected`);
  }
}

function invalid(message: string): DeclarationRefusal {
  return new DeclarationRefusal(DeclarationErrorCode.invalidTransactions, message);
}

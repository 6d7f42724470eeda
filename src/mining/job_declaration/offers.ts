import { bytesToHex, concatBytes, equalBytes } from "../../base/mod.ts";
import type { JobBook, JobTemplate } from "../../chain/jobs/mod.ts";
import {
  heightPush,
  parseTransaction,
  rebuildCoinbase,
  type Transaction,
} from "../../chain/zcash/mod.ts";
import { DeclarationErrorCode, DeclarationTemplate } from "../../wire/protocol/mod.ts";
import { DeclarationRefusal } from "./refusal.ts";

/**
 * Offers of the live parent that are kept, with their transactions: half an hour's at a refresh in
 * 30 s. The blocks of a quiet chain differ little, so that most transactions are shared.
 */
const OFFERS_MAX = 64;

/** What the pool's own coinbases have behind the height: a push of the 8 bytes of their process. */
export const PROCESS_PUSH = 0x08;
const PROCESS_PUSH_LENGTH = 9;

/** An opcode that pads the scriptSig of the first blocks of a chain to its least length. */
const OP_0 = 0x00;

/** A template of the pool as declarers see it. */
export interface Offer {
  readonly id: number;
  readonly template: JobTemplate;
  /** The pool's coinbase without the bytes by which its headers are its own. */
  readonly coinbase: Transaction;
  /** DeclarationTemplate. */
  readonly frame: Uint8Array;
}

/** The templates of the live parent, each under a number. */
export class Offers {
  readonly #book: JobBook;
  #offers: Offer[] = [];
  #nextId = 1;
  /** Transactions of the offers by id in hexadecimal digits, and the offers that are in there. */
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #indexed = new Set<Offer>();

  constructor(book: JobBook) {
    this.#book = book;
  }

  /**
   * The newest.
   *
   * @throws {DeclarationRefusal} when there is no work, or none that can be declared.
   */
  newest(): Offer {
    // What a declared block brings is divided later: its coinbase pays the pool alone.
    const work = this.#book.current?.undivided;
    if (work === undefined) {
      this.#forget();
      throw new DeclarationRefusal(
        DeclarationErrorCode.stalePrevHash,
        "the pool has no work now; wait for its next template",
      );
    }
    const obstacle = offerObstacle(work);
    if (obstacle !== undefined) {
      throw new DeclarationRefusal(DeclarationErrorCode.notOffered, obstacle);
    }
    const newest = this.#offers.at(-1);
    if (newest !== undefined && isSameBlock(newest.template, work)) return newest;
    if (newest !== undefined && !this.#book.isLive(newest.template)) this.#forget();
    const offer = makeOffer(this.#nextId, work);
    this.#nextId = this.#nextId % 0xffff_ffff + 1;
    this.#offers.push(offer);
    if (this.#offers.length > OFFERS_MAX) this.#forget(this.#offers.slice(1));
    return offer;
  }

  /** The offer of a number, or undefined when it is forgotten. */
  find(id: number): Offer | undefined {
    return this.#offers.find((offer) => offer.id === id);
  }

  /** The bytes of a transaction of one of the offers. @param txid in hexadecimal digits. */
  transaction(txid: string): Uint8Array | undefined {
    for (const offer of this.#offers) {
      if (this.#indexed.has(offer)) continue;
      this.#indexed.add(offer);
      for (const { txid, data } of offer.template.body.transactions) {
        const key = bytesToHex(txid);
        // The first one stays, so that what was read of it is of use.
        if (!this.#bytes.has(key)) this.#bytes.set(key, data);
      }
    }
    return this.#bytes.get(txid);
  }

  #forget(kept: Offer[] = []): void {
    this.#offers = kept;
    this.#bytes.clear();
    this.#indexed.clear();
  }
}

/** Why no job can be declared on a template; undefined where one can. */
function offerObstacle({ payee, minerOutputs }: JobTemplate): string | undefined {
  if (payee === "unchecked-shielded") {
    return "the pool is paid in a shielded output: nobody but its node can tell what a declared " +
      "coinbase pays it, so jobs cannot be declared here";
  }
  if (payee === "unread") {
    return "the pool's node makes coinbases that the pool cannot read yet, so jobs cannot be " +
      "declared here";
  }
  if (minerOutputs.length === 1) return undefined;
  return "the pool's coinbase pays its miners directly, so jobs cannot be declared here";
}

/** Whether two templates lead to the same header. */
export function isSameBlock(one: JobTemplate, other: JobTemplate): boolean {
  return equalBytes(one.previousBlockHash, other.previousBlockHash) &&
    equalBytes(one.merkleRoot, other.merkleRoot) &&
    equalBytes(one.blockCommitments, other.blockCommitments);
}

function makeOffer(id: number, template: JobTemplate): Offer {
  const coinbase = openCoinbase(template);
  const { transactions, chainHistoryRoot } = template.body;
  const frame = DeclarationTemplate.encode({
    templateId: id,
    height: template.height,
    version: template.version,
    prevHash: template.previousBlockHash,
    bits: template.bits,
    time: template.time,
    minTime: template.minTime,
    maxTime: template.maxTime,
    coinbaseTx: coinbase.bytes,
    chainHistoryRoot,
    txids: transactions.map(({ txid }) => txid),
    authDigests: transactions.map(({ authDigest }) => authDigest),
  });
  return { id, template, coinbase, frame };
}

/** With the process bytes a declarer could name the headers of the pool's own channels. */
function openCoinbase({ coinbase: bytes, height }: JobTemplate): Transaction {
  const coinbase = parseTransaction(bytes);
  const [input] = coinbase.inputs;
  // A template's coinbase was checked when it was made.
  if (input === undefined) throw new TypeError("a coinbase without an input");
  const start = heightPush(height);
  const rest = input.script.subarray(start.length);
  const open = rest[0] === PROCESS_PUSH ? rest.subarray(PROCESS_PUSH_LENGTH) : rest;
  const script = concatBytes(start, open);
  return rebuildCoinbase(coinbase, input, {
    script: script.length > 1 ? script : concatBytes(script, Uint8Array.of(OP_0)),
    outputs: coinbase.outputs,
  });
}

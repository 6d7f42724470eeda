import { type Clock, deadline, type Logger, reasonOf } from "../../base/mod.ts";
import type { TransparentInput } from "../../chain/zcash/mod.ts";
import { DeclarationErrorCode } from "../../wire/protocol/mod.ts";
import { DeclarationRefusal } from "./refusal.ts";
import { Turns } from "./turns.ts";

/** Questions before the node at a time, of all declarers: it answers each within a millisecond. */
const AT_ONCE_MAX = 4;

/** Questions of one declarer among them or waiting. */
const OF_ONE_MAX = 2;

/** Questions that wait for a turn. */
const WAITING_MAX = 128;

/** How long the questions of one declaration may take. */
const LIMIT_MS = 3_000;

/** Outputs that are remembered as unspent, 80 bytes each; all are forgotten with the parent. */
const UNSPENT_MAX = 100_000;

/** What the pool's node knows of transactions. */
export interface TransactionSource {
  /** The bytes of a transaction; undefined when the node does not have it. */
  transaction(txid: Uint8Array, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** Whether an output is in the best chain and unspent there, whatever the mempool holds. */
  isUnspent(txid: Uint8Array, index: number, signal: AbortSignal): Promise<boolean>;
}

/** Asks the node about transactions, a bounded number of times and within a bounded time. */
export class NodeQuestions {
  readonly #modules: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly node: TransactionSource;
  };
  readonly #turns = new Turns(AT_ONCE_MAX, WAITING_MAX);
  #parent = "";
  #unspent = new Set<string>();

  constructor(
    modules: {
      readonly clock: Clock;
      readonly logger: Logger;
      readonly node: TransactionSource;
    },
  ) {
    this.#modules = modules;
  }

  /**
   * Transactions that the node has, in the order of the ids; undefined for each that it has not.
   *
   * @param lengthMax bytes from which on no further ones are asked for: a txid may name any of the chain.
   * @throws {DeclarationRefusal} `overloaded` when it has not answered in time.
   */
  transactions(
    txids: readonly Uint8Array[],
    lengthMax: number,
  ): Promise<(Uint8Array | undefined)[]> {
    const { node } = this.#modules;
    let length = 0;
    return this.#askAll(txids, (txid, signal) => node.transaction(txid, signal), (found) => {
      length += found?.length ?? 0;
      return length > lengthMax;
    });
  }

  /**
   * The first of these outpoints that is no unspent output of the best chain; undefined when all
   * are. What is unspent is asked once a parent.
   *
   * @throws {DeclarationRefusal} `overloaded` when the node has not answered in time.
   */
  async findSpent(
    parent: string,
    spent: ReadonlyMap<string, TransparentInput>,
  ): Promise<TransparentInput | undefined> {
    if (parent !== this.#parent || this.#unspent.size > UNSPENT_MAX) {
      this.#parent = parent;
      this.#unspent = new Set();
    }
    const unspent = this.#unspent;
    const unknown = [...spent].filter(([key]) => !unspent.has(key));
    const { node } = this.#modules;
    const answers = await this.#askAll(unknown, async ([key, input], signal) => {
      const isUnspent = await node.isUnspent(input.previousTxid, input.previousIndex, signal);
      if (isUnspent) unspent.add(key);
      return isUnspent;
    }, (isUnspent) => !isUnspent);
    return unknown.find((_, i) => answers[i] === false)?.[1];
  }

  /** @param isEnough ends the questions with this answer; those not asked have none. */
  async #askAll<Q, A>(
    questions: readonly Q[],
    ask: (question: Q, signal: AbortSignal) => Promise<A>,
    isEnough: (answer: A) => boolean = () => false,
  ): Promise<(A | undefined)[]> {
    const { clock, logger } = this.#modules;
    const answers: (A | undefined)[] = questions.map(() => undefined);
    const { signal, done } = deadline(clock, LIMIT_MS);
    const waiting = questions.entries();
    let isOver = false;
    const work = async (): Promise<void> => {
      for (const [i, question] of waiting) {
        if (isOver) return;
        if (!await this.#turns.begin(signal)) throw overloaded();
        try {
          const answer = answers[i] = await ask(question, signal);
          if (isEnough(answer)) isOver = true;
        } catch (error) {
          const message = `no node has told of a declared transaction: ${reasonOf(error)}`;
          logger.log("warn", "declaration_not_judged", message);
          throw overloaded();
        } finally {
          this.#turns.end();
        }
      }
    };
    try {
      await Promise.all(Array.from({ length: OF_ONE_MAX }, work));
      return answers;
    } finally {
      isOver = true;
      done();
    }
  }
}

function overloaded(): DeclarationRefusal {
  return new DeclarationRefusal(
    DeclarationErrorCode.overloaded,
    `the pool's node cannot tell of the block's transactions within ${LIMIT_MS / 1_000} s now; ` +
      "declare again with the next template",
  );
}

import { type Clock, judgeAfter } from "../../base/mod.ts";
import {
  DeclarationErrorCode,
  GetMissingTransactions,
  type ProvideMissingTransactions,
} from "../../wire/protocol/mod.ts";
import { DeclarationRefusal } from "./refusal.ts";

/** How long a declarer may take to send what it was asked for. */
const DELIVERY_LIMIT_MS = 10_000;

/** Which declaration is spoken of. */
interface RequestHead {
  readonly channelId: number;
  readonly requestId: number;
}

interface Question {
  readonly head: RequestHead;
  readonly count: number;
  readonly answer: (transactions: readonly Uint8Array[]) => void;
  readonly fail: (refusal: DeclarationRefusal) => void;
}

/** Asks one declarer for transactions of its blocks: one question at a time. */
export class MissingTransactions {
  readonly #clock: Clock;
  readonly #send: (frame: Uint8Array) => void;
  #question: Question | undefined;

  constructor(clock: Clock, send: (frame: Uint8Array) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /**
   * Asks for transactions and waits for them.
   *
   * @returns as many, in the order of the ids; whether they are the right ones is not looked at.
   * @throws {DeclarationRefusal} when they do not come in time, or others in their place.
   */
  async ask(head: RequestHead, txids: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Uint8Array[]>();
    this.#question = { head, count: txids.length, answer: resolve, fail: reject };
    const cancel = judgeAfter(this.#clock, DELIVERY_LIMIT_MS, () =>
      reject(refusal(
        `${txids.length} missing transactions are expected within ${DELIVERY_LIMIT_MS / 1_000} s`,
      )));
    this.#send(GetMissingTransactions.encode({ ...head, txids: [...txids] }));
    try {
      return await promise;
    } finally {
      cancel();
      this.#question = undefined;
    }
  }

  /** Takes an answer; one to no question is passed over. */
  provide({ channelId, requestId, transactions }: ProvideMissingTransactions): void {
    const question = this.#question;
    if (question === undefined) return;
    const { head, count, answer, fail } = question;
    if (head.channelId !== channelId || head.requestId !== requestId) return;
    if (transactions.length === count) return answer(transactions);
    fail(refusal(`${count} missing transactions are expected, not ${transactions.length}`));
  }

  /** The connection has ended: nothing comes any more. */
  close(): void {
    this.#question?.fail(refusal("the connection has ended"));
  }
}

function refusal(message: string): DeclarationRefusal {
  return new DeclarationRefusal(DeclarationErrorCode.invalidTransactions, message);
}

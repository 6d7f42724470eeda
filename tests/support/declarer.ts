/**
 * A Job Declaration client in a test's hands.
 *
 * @module
 */
import {
  authDataRoot,
  encodeInput,
  encodeOutput,
  hashBlockCommitments,
  heightPush,
  merkleRoot,
  parseTransaction,
  rebuildCoinbase,
  type Transaction,
  type TransparentOutput,
} from "../../src/chain/zcash/mod.ts";
import { concatBytes } from "../../src/base/mod.ts";
import {
  AllocateMiningJobToken,
  AllocateMiningJobTokenSuccess,
  DeclarationTemplate,
  decodeMessage,
  EXTENSION_EQUIHASH,
  GetMissingTransactions,
  type MessageType,
  type MessageValue,
  Protocol,
  ProvideMissingTransactions,
  RequestExtensions,
  SetCustomMiningJob,
  SetCustomMiningJobError,
  SetCustomMiningJobSuccess,
  SetFullTemplateJob,
  SubmitSharesJd,
  SubmitSharesJdResponse,
} from "../../src/wire/protocol/mod.ts";
import { settle } from "./fake_clock.ts";
import type { FrameConnection } from "../../src/wire/transport/mod.ts";
import { goodSolution, MINER_ADDRESS, numberedBytes, setupFrame } from "./pool_harness.ts";

/** How long a test waits for something to be heard; a loaded machine is slow. */
const WAIT_LIMIT_MS = 30_000;

/** What a declared coinbase differs in from the offered one. */
export interface CoinbaseWish {
  /** Behind the height. */
  readonly mark?: Uint8Array;
  /** Taken from the pool's output and paid in added ones. */
  readonly added?: readonly TransparentOutput[];
  /** What the pool's output has more or less than the exact sum asks for. */
  readonly offBy?: bigint;
}

/** A declarer: it sends what the test says and keeps all that it hears. */
export class Declarer {
  readonly connection: FrameConnection;
  readonly received: { readonly type: { readonly name: string }; readonly value: unknown }[] = [];
  #requestId = 0;
  #nonce = 0;

  readonly #answered: () => Promise<void>;
  #wake: () => void = () => {};

  /** @param answered is over when the pool has answered; on a real connection nobody knows. */
  constructor(connection: FrameConnection, answered: () => Promise<void> = settle) {
    this.connection = connection;
    this.#answered = answered;
    connection.limitPayload(2_000_000);
    void this.#listen();
  }

  /** What came of one kind, oldest first. */
  heard<T>(type: MessageType<T>): T[] {
    return this.received.filter((message) => message.type.name === type.name)
      .map((message) => message.value as T);
  }

  /** The newest message of a kind. */
  last<T>(type: MessageType<T>): T {
    const value = this.heard(type).at(-1);
    if (value === undefined) throw new Error(`no ${type.name} came`);
    return value;
  }

  async send(frame: Uint8Array): Promise<void> {
    this.connection.send(frame);
    await this.#answered();
  }

  /** Waits for the `count`th message of a kind. */
  async hear<T>(type: MessageType<T>, count = 1): Promise<T> {
    const limit = AbortSignal.timeout(WAIT_LIMIT_MS);
    limit.addEventListener("abort", () => this.#wake());
    for (;;) {
      const value = this.heard(type)[count - 1];
      if (value !== undefined) return value;
      if (limit.aborted) throw new Error(`no ${type.name} came`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async setup(): Promise<void> {
    await this.send(setupFrame({ protocol: Protocol.jobDeclaration }));
    await this.send(
      RequestExtensions.encode({ requestId: 1, requestedExtensions: [EXTENSION_EQUIHASH] }),
    );
  }

  /** Asks for a token. */
  async allocate(
    wish: { readonly userIdentifier?: string; readonly requestedMode?: number } = {},
  ): Promise<void> {
    await this.send(AllocateMiningJobToken.encode({
      requestId: ++this.#requestId,
      userIdentifier: wish.userIdentifier ?? `${MINER_ADDRESS}.farm`,
      requestedMode: wish.requestedMode,
    }));
  }

  /** The newest token. */
  get token(): Uint8Array {
    return this.last(AllocateMiningJobTokenSuccess).token;
  }

  /** The newest template. */
  get template(): MessageValue<typeof DeclarationTemplate> {
    return this.last(DeclarationTemplate);
  }

  /** A declaration of a coinbase, right unless told otherwise. */
  declaration(
    coinbase: Transaction,
    wish: Partial<MessageValue<typeof SetCustomMiningJob>> = {},
  ): MessageValue<typeof SetCustomMiningJob> {
    const { template } = this;
    const authRoot = authDataRoot([coinbase.authDigest, ...template.authDigests]);
    return {
      channelId: 77,
      requestId: ++this.#requestId,
      token: this.token,
      version: template.version,
      prevHash: template.prevHash,
      merkleRoot: merkleRoot([coinbase.txid, ...template.txids]),
      blockCommitments: hashBlockCommitments(template.chainHistoryRoot, authRoot),
      coinbaseTx: coinbase.bytes,
      time: template.time,
      bits: template.bits,
      templateId: template.templateId,
      ...wish,
    };
  }

  /** Declares a job; its answer is heard. */
  async declare(
    coinbase: Transaction = this.coinbase(),
    wish: Partial<MessageValue<typeof SetCustomMiningJob>> = {},
  ): Promise<void> {
    await this.send(SetCustomMiningJob.encode(this.declaration(coinbase, wish)));
  }

  /** A block with transactions of the declarer's choice, all of which come along unless told otherwise. */
  fullTemplate(
    transactions: readonly Transaction[],
    wish: Partial<MessageValue<typeof SetFullTemplateJob>> & {
      readonly coinbase?: Transaction;
    } = {},
  ): MessageValue<typeof SetFullTemplateJob> {
    const { coinbase = this.coinbase(), ...fields } = wish;
    const { templateId: _, ...declaration } = this.declaration(coinbase);
    const { chainHistoryRoot } = this.template;
    const authRoot = authDataRoot([
      coinbase.authDigest,
      ...transactions.map(({ authDigest }) => authDigest),
    ]);
    return {
      ...declaration,
      merkleRoot: merkleRoot([coinbase.txid, ...transactions.map(({ txid }) => txid)]),
      blockCommitments: hashBlockCommitments(chainHistoryRoot, authRoot),
      txids: transactions.map(({ txid }) => txid),
      transactions: transactions.map(({ bytes }) => bytes),
      ...fields,
    };
  }

  /** Declares it; its answer is heard, unless the pool asks for transactions. */
  async declareFull(...block: Parameters<Declarer["fullTemplate"]>): Promise<void> {
    await this.send(SetFullTemplateJob.encode(this.fullTemplate(...block)));
  }

  /** Sends transactions that the pool has asked for last. */
  async provide(transactions: readonly Transaction[]): Promise<void> {
    const { channelId, requestId } = this.last(GetMissingTransactions);
    await this.send(ProvideMissingTransactions.encode({
      ...{ channelId, requestId },
      transactions: transactions.map(({ bytes }) => bytes),
    }));
  }

  /** The offered coinbase, changed. */
  coinbase(wish: CoinbaseWish = {}): Transaction {
    const { template } = this;
    const offered = parseTransaction(template.coinbaseTx);
    const [input] = offered.inputs;
    const [own, ...rest] = offered.outputs;
    if (input === undefined || own === undefined) throw new Error("the template's coinbase is odd");
    const { mark = Uint8Array.of(2, 0x6a, 0x64), added = [], offBy = 0n } = wish;
    const given = added.reduce((sum, { valueZat }) => sum + valueZat, 0n);
    return rebuildCoinbase(offered, input, {
      script: concatBytes(heightPush(template.height), mark),
      outputs: [{ ...own, valueZat: own.valueZat - given + offBy }, ...rest, ...added],
    });
  }

  /** Hands in shares of the newest job, or of the one that the wish names. */
  async submit(
    wish: {
      readonly jobId?: number;
      readonly channelId?: number;
      readonly shares?: DeclaredShare[];
    } = {},
  ): Promise<MessageValue<typeof SubmitSharesJdResponse>> {
    await this.send(SubmitSharesJd.encode({
      channelId: wish.channelId ?? 77,
      requestId: ++this.#requestId,
      jobId: wish.jobId ?? this.last(SetCustomMiningJobSuccess).jobId,
      shares: wish.shares ?? [this.share()],
    }));
    return this.last(SubmitSharesJdResponse);
  }

  /** A new share, right unless told otherwise. */
  share(wish: Partial<DeclaredShare> = {}): DeclaredShare {
    const { version, time } = this.template;
    const nonce = numberedBytes(32, ++this.#nonce);
    return { version, time, nonce, solution: goodSolution(), ...wish };
  }

  /** The code and text of the newest refusal of a job. */
  get refusal(): readonly [code: number, message: string] {
    const { code, message } = this.last(SetCustomMiningJobError);
    return [code, message];
  }

  async #listen(): Promise<void> {
    for await (const frames of this.connection.batches()) {
      for (const frame of frames) {
        const message = decodeMessage("job_declaration", {
          ...frame,
          payload: frame.payload.slice(),
        });
        if (message !== undefined) this.received.push(message);
      }
      this.#wake();
    }
  }
}

/** One share of a batch. */
export type DeclaredShare = MessageValue<typeof SubmitSharesJd>["shares"][number];

/** A coinbase written again with other parts than {@link rebuildCoinbase} can change. */
export function respliced(
  coinbase: Transaction,
  change: {
    readonly head?: (bytes: Uint8Array) => Uint8Array;
    readonly sequence?: number;
    readonly tail?: Uint8Array;
  },
): Uint8Array {
  const { bytes, transparentStart, transparentEnd, inputs, outputs } = coinbase;
  const head = bytes.slice(0, transparentStart);
  return concatBytes(
    change.head === undefined ? head : change.head(head),
    Uint8Array.of(1),
    ...inputs.map((input) =>
      encodeInput({ ...input, sequence: change.sequence ?? input.sequence })
    ),
    Uint8Array.of(outputs.length),
    ...outputs.map(encodeOutput),
    bytes.slice(transparentEnd),
    change.tail ?? new Uint8Array(0),
  );
}

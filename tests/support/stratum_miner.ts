/**
 * A Stratum V1 connection without a socket, and a miner in a test's hands on its other end.
 *
 * @module
 */
import type { Clock } from "../../src/base/mod.ts";
import type { LineConnection } from "../../src/wire/transport/mod.ts";
import { settle } from "./fake_clock.ts";

/** A solution that the harness's verifier takes for right, as hexadecimal digits. */
const GOOD_SOLUTION = `01${"00".repeat(1_343)}`;

/** The server's end: lines that the test gives come in, lines of the pool are kept. */
export class MemoryLines implements LineConnection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly network: string;
  readonly closed: Promise<string>;
  readonly lastReceivedAt: number;
  /** What the pool sent, each element one call. */
  readonly sent: Uint8Array[] = [];
  /** Why the pool closed it; undefined while it is open. */
  closeReason: string | undefined;
  #inbox: string[] = [];
  #wake: () => void = () => {};
  #resolveClosed: (reason: string) => void = () => {};

  constructor(
    options: { readonly clock: Clock; readonly id: number; readonly remoteAddress?: string },
  ) {
    this.id = options.id;
    this.remoteAddress = options.remoteAddress ?? "192.0.2.1";
    this.network = this.remoteAddress;
    this.lastReceivedAt = options.clock.monotonic();
    this.closed = new Promise((resolve) => this.#resolveClosed = resolve);
  }

  /** Lines arrive. */
  deliver(lines: readonly string[]): void {
    if (this.closeReason !== undefined) return;
    this.#inbox.push(...lines);
    this.#wake();
  }

  async *batches(): AsyncGenerator<string[], void> {
    while (this.closeReason === undefined) {
      const lines = this.#inbox;
      this.#inbox = [];
      if (lines.length > 0) yield lines;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  send(lines: Uint8Array): boolean {
    if (this.closeReason !== undefined) return false;
    this.sent.push(lines);
    return true;
  }

  /** There is no idle timeout in memory. */
  excuseSilence(): void {}

  close(reason: string): void {
    if (this.closeReason !== undefined) return;
    this.closeReason = reason;
    this.#wake();
    this.#resolveClosed(reason);
  }
}

/** A line of the pool, parsed. */
export interface PoolLine {
  readonly id: unknown;
  readonly method?: string;
  readonly params?: readonly unknown[];
  readonly result?: unknown;
  readonly error?: readonly [number, string, null] | null;
}

/** The eight parameters of mining.notify. */
export type Notify = readonly [
  jobId: string,
  version: string,
  prevhash: string,
  merkleroot: string,
  reserved: string,
  time: string,
  bits: string,
  cleanJobs: boolean,
];

/** A miner: sends what the test says, and reads what the pool has sent. */
export class StratumMiner {
  readonly connection: MemoryLines;
  worker = "";
  #id = 0;
  #nonce = 0;
  /** Digits of NONCE_2; a prefix never changes its length. */
  #free: number | undefined;

  constructor(connection: MemoryLines) {
    this.connection = connection;
  }

  /** Everything that the pool said, in order. */
  get lines(): PoolLine[] {
    const text = this.connection.sent.map((bytes) => new TextDecoder().decode(bytes)).join("");
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** Notices of one method, oldest first, by their parameters. */
  notices(method: string): (readonly unknown[])[] {
    return this.lines.filter((line) => line.method === method).map(({ params = [] }) => params);
  }

  /** The newest work. */
  get job(): Notify {
    const params = this.notices("mining.notify").at(-1);
    if (params?.length !== 8) throw new Error("no work came");
    return params as Notify;
  }

  /** The target that was told last, as a number; undefined before the first. */
  get target(): bigint | undefined {
    const [digits] = this.notices("mining.set_target").at(-1) ?? [];
    return digits === undefined ? undefined : BigInt(`0x${digits}`);
  }

  /** The prefix that was told last. */
  get nonce1(): string {
    const [changed] = this.notices("mining.set_extranonce").at(-1) ?? [];
    if (typeof changed === "string") return changed;
    const subscribed = this.lines.map(({ result }) => result).find(Array.isArray);
    return String(subscribed?.[1]);
  }

  /** Sends lines as they are, and lets the pool answer. */
  async raw(...lines: string[]): Promise<void> {
    this.connection.deliver(lines);
    await settle();
  }

  /** Sends a request; its answer, undefined while none came. */
  async request(method: string, params: readonly unknown[] = []): Promise<PoolLine | undefined> {
    const id = ++this.#id;
    await this.raw(JSON.stringify({ id, method, params }));
    return this.answer(id);
  }

  /** The answer to a request. */
  answer(id: unknown): PoolLine | undefined {
    return this.lines.findLast((line) => line.id === id && line.method === undefined);
  }

  async subscribe(): Promise<void> {
    await this.request("mining.subscribe", ["test/1.0", null, "pool.test", 3335]);
  }

  async authorize(worker: string, password = "x"): Promise<PoolLine | undefined> {
    const answer = await this.request("mining.authorize", [worker, password]);
    if (answer?.result === true && this.worker === "") this.worker = worker;
    return answer;
  }

  /** Sends a share of the newest work; what is left out is right. */
  share(
    wish: {
      readonly worker?: string;
      readonly jobId?: string;
      readonly time?: string;
      readonly nonce2?: string;
      /** Hexadecimal digits, without the size in front. */
      readonly solution?: string;
    } = {},
  ): Promise<PoolLine | undefined> {
    const [jobId, , , , , time] = wish.jobId !== undefined && wish.time !== undefined
      ? [wish.jobId, "", "", "", "", wish.time]
      : this.job;
    const nonce2 = wish.nonce2 ?? this.nextNonce2();
    const solution = `fd4005${wish.solution ?? GOOD_SOLUTION}`;
    return this.request("mining.submit", [
      wish.worker ?? this.worker,
      wish.jobId ?? jobId,
      wish.time ?? time,
      nonce2,
      solution,
    ]);
  }

  /** Sends many shares of the newest work in one packet. */
  async shares(count: number): Promise<void> {
    const [jobId, , , , , time] = this.job;
    const lines = Array.from({ length: count }, () => {
      const params = [this.worker, jobId, time, this.nextNonce2(), `fd4005${GOOD_SOLUTION}`];
      return JSON.stringify({ id: ++this.#id, method: "mining.submit", params });
    });
    await this.raw(...lines);
  }

  /** Another NONCE_2 at each call. */
  nextNonce2(): string {
    this.#free ??= 64 - this.nonce1.length;
    const length = this.#free;
    return (++this.#nonce).toString(16).padStart(length, "0");
  }
}

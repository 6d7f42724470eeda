import { bytesToHex, hexToBytes, reasonOf, reversed } from "../../base/mod.ts";
import type { SessionEnd } from "./channel_setup.ts";
import type { Endpoint } from "./endpoint.ts";
import type { MinerLines, MinerModules, MinerOptions } from "./interfaces.ts";
import { type FoundShare, Search } from "./search.ts";
import { counterFrom, Work } from "./work.ts";

/** Unanswered shares after which none is sent any more. */
const PENDING_MAX = 10_000;

/** Bytes of a header's nonce. */
const NONCE_LENGTH = 32;

/** Requests by their ids: these two, then a number for each share. */
const SUBSCRIBE_ID = 1;
const AUTHORIZE_ID = 2;
const FIRST_SHARE_ID = 3;

/** Stratum V1 has no channels; the events of this miner call its one line of work so. */
const CHANNEL_ID = 0;

/** A share without an answer. */
interface PendingShare {
  readonly jobId: number | string;
  readonly hash: Uint8Array;
  /** Monotonic milliseconds. */
  readonly sentAt: number;
}

/** A line of the pool. */
interface PoolLine {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: readonly unknown[];
  readonly result?: unknown;
  readonly error?: unknown;
}

/** One connection of a miner that speaks Stratum V1, as ZIP 301 describes it. */
export class StratumMinerSession {
  readonly #options: MinerOptions;
  readonly #modules: MinerModules;
  readonly #connection: MinerLines;
  readonly #endpoint: Endpoint;
  readonly #search: Search;
  readonly #pending = new Map<number, PendingShare>();
  #nextId = FIRST_SHARE_ID;
  #nonce1: Uint8Array | undefined;
  /** 32 bytes little-endian; for the jobs to come. */
  #target: Uint8Array | undefined;
  #generation = 0;
  #end: SessionEnd | undefined;

  constructor(
    options: MinerOptions,
    modules: MinerModules & { readonly connection: MinerLines; readonly endpoint: Endpoint },
  ) {
    this.#options = options;
    this.#modules = modules;
    this.#connection = modules.connection;
    this.#endpoint = modules.endpoint;
    this.#search = new Search(
      counterFrom(modules.random.bytes(16)),
      modules,
      (share) => this.#submit(share),
    );
  }

  /** Runs until the connection ends or the signal fires; rejects only when the solver fails. */
  async run(signal: AbortSignal): Promise<SessionEnd> {
    const stop = (): void => this.#finish({ reason: "stopped" });
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) stop();
      await Promise.all([this.#converse(), this.#search.run()]);
    } finally {
      signal.removeEventListener("abort", stop);
      this.#finish({ reason: "the search failed" });
    }
    return this.#end ?? { reason: "the connection ended" };
  }

  async #converse(): Promise<void> {
    const { hostname, port } = this.#endpoint;
    const agent = this.#options.firmware ?? "zcash-pool test miner";
    this.#request(SUBSCRIBE_ID, "mining.subscribe", [agent, null, hostname, port]);
    try {
      for await (const lines of this.#connection.batches()) {
        for (const line of lines) this.#receive(JSON.parse(line));
        if (this.#end !== undefined) return;
      }
      this.#finish({ reason: "the pool closed the connection" });
    } catch (error) {
      this.#finish({ reason: reasonOf(error) });
    }
  }

  #receive(line: PoolLine): void {
    if (this.#end !== undefined) return;
    if (typeof line.method === "string") return this.#notice(line.method, line.params ?? []);
    switch (line.id) {
      case SUBSCRIBE_ID:
        return this.#subscribed(line);
      case AUTHORIZE_ID:
        return this.#authorized(line);
      default:
        return this.#answered(line);
    }
  }

  #notice(method: string, params: readonly unknown[]): void {
    switch (method) {
      case "mining.set_target": {
        this.#target = reversed(hexToBytes(String(params[0])));
        return this.#modules.onEvent({ kind: "target", target: this.#target.slice() });
      }
      case "mining.set_extranonce": {
        this.#nonce1 = hexToBytes(String(params[0]));
        const noncePrefix = this.#nonce1.slice();
        return this.#modules.onEvent({ kind: "nonce_prefix", noncePrefix });
      }
      case "mining.notify":
        return this.#takeJob(params);
      case "client.reconnect":
        return this.#finish({
          reason: "the pool asked to reconnect",
          redirect: {
            hostname: params[0] === undefined ? this.#endpoint.hostname : String(params[0]),
            port: params[1] === undefined ? this.#endpoint.port : Number(params[1]),
          },
        });
      case "client.show_message":
        return this.#warn(String(params[0]));
      default:
        return this.#warn(`${method} is not known`);
    }
  }

  #subscribed({ result, error }: PoolLine): void {
    if (!Array.isArray(result)) return this.#refused("setup", error);
    this.#nonce1 = hexToBytes(String(result[1]));
    const { userIdentity, password = "x" } = this.#options;
    this.#request(AUTHORIZE_ID, "mining.authorize", [userIdentity, password]);
  }

  #authorized({ result, error }: PoolLine): void {
    if (result !== true) return this.#refused("channel", error);
    this.#modules.onEvent({
      kind: "channel_open",
      channelId: CHANNEL_ID,
      noncePrefix: this.#nonce1?.slice() ?? new Uint8Array(0),
      target: this.#target?.slice() ?? new Uint8Array(32).fill(0xff),
    });
  }

  #takeJob(
    [id, version, prevHash, merkleRoot, reserved, time, bits, clean]: readonly unknown[],
  ): void {
    if (this.#nonce1 === undefined || this.#target === undefined) {
      return this.#warn("work came before its target");
    }
    const jobId = String(id);
    const cleanJobs = clean === true;
    if (cleanJobs) this.#generation++;
    this.#search.turnTo(
      new Work({
        jobId,
        version: u32(version),
        prevHash: hexToBytes(String(prevHash)),
        merkleRoot: hexToBytes(String(merkleRoot)),
        blockCommitments: hexToBytes(String(reserved)),
        nonce1: this.#nonce1,
        nonce2Len: NONCE_LENGTH - this.#nonce1.length,
        time: u32(time),
        bits: u32(bits),
        target: this.#target,
      }, this.#generation),
    );
    this.#modules.onEvent({ kind: "job", jobId, cleanJobs, target: this.#target.slice() });
  }

  #submit({ work, attempt, solution, hash }: FoundShare): void {
    if (this.#end !== undefined) return;
    if (this.#pending.size >= PENDING_MAX) {
      return this.#warn("a share is dropped: the pool answers no shares");
    }
    const id = this.#nextId++;
    const { jobId } = work;
    this.#pending.set(id, { jobId, hash, sentAt: this.#modules.clock.monotonic() });
    this.#modules.onEvent({ kind: "share_found", sequenceNumber: id, jobId, hash });
    this.#request(id, "mining.submit", [
      this.#options.userIdentity,
      String(jobId),
      u32Hex(attempt.time),
      bytesToHex(attempt.nonce2),
      `fd4005${bytesToHex(solution)}`,
    ]);
  }

  #answered({ id, result, error }: PoolLine): void {
    const sequenceNumber = Number(id);
    const share = this.#pending.get(sequenceNumber);
    if (share === undefined) {
      return this.#warn(`an answer came to ${String(id)}, which was not asked`);
    }
    this.#pending.delete(sequenceNumber);
    const { jobId, hash, sentAt } = share;
    const answerMs = this.#modules.clock.monotonic() - sentAt;
    const told = { sequenceNumber, jobId, hash, answerMs };
    if (result === true) this.#modules.onEvent({ kind: "share_accepted", ...told });
    else this.#modules.onEvent({ kind: "share_rejected", ...told, code: codeOf(error) });
  }

  #refused(step: "setup" | "channel", error: unknown): void {
    const code = codeOf(error);
    this.#finish({ reason: `the pool refused: ${code}`, refusal: { step, code } });
  }

  #request(id: number, method: string, params: readonly unknown[]): void {
    const line = `${JSON.stringify({ id, method, params })}\n`;
    this.#connection.send(new TextEncoder().encode(line));
  }

  /** Ends the session once; later calls change nothing. */
  #finish(end: SessionEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#connection.close(end.reason);
    this.#search.end();
    for (const [sequenceNumber, { jobId }] of this.#pending) {
      this.#modules.onEvent({ kind: "share_unanswered", sequenceNumber, jobId });
    }
    this.#pending.clear();
  }

  #warn(message: string): void {
    this.#modules.onEvent({ kind: "warning", message });
  }
}

/** The text of an error triple, with its code. */
function codeOf(error: unknown): string {
  return Array.isArray(error) ? `${String(error[0])} ${String(error[1])}` : "no reason given";
}

/** Four bytes of a header, as hexadecimal digits. */
function u32(digits: unknown): number {
  return new DataView(hexToBytes(String(digits)).buffer).getUint32(0, true);
}

function u32Hex(value: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytesToHex(bytes);
}

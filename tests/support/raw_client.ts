/**
 * A client that puts bytes on a TCP connection, right or wrong, and may forget to read.
 *
 * @module
 */
import {
  decodeMessage,
  EXTENSION_EQUIHASH,
  FrameDecoder,
  type MessageType,
  type MessageValue,
  NewEquihashJob,
  OpenExtendedMiningChannel,
  RequestExtensions,
  SubmitEquihashShare,
} from "../../src/wire/protocol/mod.ts";
import { MINER_ADDRESS, numberedBytes, setupFrame } from "./pool_harness.ts";

/** How long a test waits for something to be heard; a loaded machine is slow. */
const WAIT_LIMIT_MS = 30_000;

/** A job as the pool sends it. */
export type Job = MessageValue<typeof NewEquihashJob>;

/** See above. */
export class RawClient {
  readonly #connection: Deno.TcpConn;
  readonly #heard = new Map<string, unknown[]>();
  readonly #ended: Promise<void> | undefined;
  #hasEnded = false;
  readonly #waiting = new Set<() => void>();

  private constructor(connection: Deno.TcpConn, reads: boolean) {
    this.#connection = connection;
    if (reads) this.#ended = this.#read();
  }

  /** Connects; a client that does not read never hears anything, not even the end. */
  static async connect(
    address: { readonly hostname: string; readonly port: number },
    options: { readonly reads?: boolean } = {},
  ): Promise<RawClient> {
    return new RawClient(await Deno.connect({ ...address }), options.reads ?? true);
  }

  /** The connection has ended. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** What came of one kind, oldest first. */
  heard<T>(type: MessageType<T>): T[] {
    // A decoded message has the value of its own type, which is what is compared.
    return (this.#heard.get(type.name) ?? []) as T[];
  }

  /** Waits for the `count`th message of a kind. */
  async hear<T>(type: MessageType<T>, count = 1): Promise<T> {
    const limit = AbortSignal.timeout(WAIT_LIMIT_MS);
    limit.addEventListener("abort", () => this.#wake());
    while (this.heard(type).length < count) {
      if (this.#hasEnded || limit.aborted) throw new Error(`${type.name} did not come`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return this.heard(type)[count - 1] as T;
  }

  /** Writes all of the bytes; false when the other side has gone. */
  async send(bytes: Uint8Array): Promise<boolean> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
      return true;
    } catch {
      return false;
    }
  }

  /** Takes the connection to an open channel and returns its first job. */
  async mine(): Promise<Job> {
    await this.send(sessionStart());
    return await this.hear(NewEquihashJob);
  }

  async close(): Promise<void> {
    try {
      this.#connection.close();
    } catch {
      // Closed by the other side, which is as good.
    }
    await this.#ended;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async #read(): Promise<void> {
    const decoder = new FrameDecoder({ maxPayloadLength: 65_536 });
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const length = await this.#connection.read(buffer);
        if (length === null) break;
        for (const frame of decoder.push(buffer.slice(0, length))) {
          const message = decodeMessage("mining", frame);
          if (message === undefined) continue;
          const known = this.#heard.get(message.name);
          if (known === undefined) this.#heard.set(message.name, [message.value]);
          else known.push(message.value);
        }
        this.#wake();
      }
    } catch {
      // A reset is an end too.
    }
    this.#hasEnded = true;
    this.#wake();
  }
}

/** An honest session's first frames, up to an extended channel. */
export function sessionStart(channels = 1): Uint8Array {
  const frames = [
    setupFrame(),
    RequestExtensions.encode({ requestId: 1, requestedExtensions: [EXTENSION_EQUIHASH] }),
  ];
  for (let i = 0; i < channels; i++) {
    frames.push(OpenExtendedMiningChannel.encode({
      requestId: i,
      userIdentity: `${MINER_ADDRESS}.rig${i}`,
      nominalHashRate: 0,
      maxTarget: new Uint8Array(32).fill(0xff),
      minExtranonceSize: 8,
    }));
  }
  return joined(frames);
}

/** A well-formed share whose solution is none. */
export function garbageShare(job: Job, sequenceNumber: number): Uint8Array {
  return SubmitEquihashShare.encode({
    channelId: job.channelId,
    sequenceNumber,
    jobId: job.jobId,
    nonce2: numberedBytes(job.nonce2Len, sequenceNumber + 1),
    time: job.time,
    solution: new Uint8Array(1_344),
  });
}

/** The frames one after the other. */
export function joined(frames: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}

/** A miner frame by frame over a real connection: it sends what a test says, whatever it hears. */
import { compareLe256, systemClock, systemRandom } from "../../src/base/mod.ts";
import type { Solver } from "../../src/mining/equihash/mod.ts";
import { headerHash, Work } from "../../src/demo/miner/work.ts";
import { parsePoolUrl } from "../../src/wire/noise/mod.ts";
import {
  decodeMessage,
  EXTENSION_EQUIHASH,
  type MessageValue,
  type NewEquihashJob,
  OpenExtendedMiningChannel,
  RequestExtensions,
  SubmitEquihashShare,
  type SubmitSharesError,
  type SubmitSharesSuccess,
} from "../../src/wire/protocol/mod.ts";
import { connect, type FrameConnection } from "../../src/wire/transport/mod.ts";
import { EventLog } from "./event_log.ts";
import { setupFrame } from "./pool_harness.ts";

/** One job as it came. */
export type Job = MessageValue<typeof NewEquihashJob>;

/** A message of the pool. */
export interface Heard {
  readonly name: string;
  readonly value: unknown;
}

export class RawMiner implements AsyncDisposable {
  readonly heard = new EventLog<Heard>(({ name }) => name);
  readonly #connection: FrameConnection;
  readonly #listening: Promise<void>;
  #sequence = 0;

  private constructor(connection: FrameConnection) {
    this.#connection = connection;
    this.#listening = this.#listen();
  }

  /** Connects and opens an extended channel. */
  static async open(poolUrl: string, userIdentity: string): Promise<RawMiner> {
    const { authorityKey, ...endpoint } = parsePoolUrl(poolUrl);
    const key = authorityKey === undefined ? { plain: true } : { authorityKey };
    const connection = await connect({ ...endpoint, ...key }, {
      clock: systemClock,
      random: systemRandom,
    });
    connection.limitPayload(65_536);
    const miner = new RawMiner(connection);
    connection.send(setupFrame());
    connection.send(
      RequestExtensions.encode({ requestId: 1, requestedExtensions: [EXTENSION_EQUIHASH] }),
    );
    connection.send(OpenExtendedMiningChannel.encode({
      requestId: 2,
      userIdentity,
      nominalHashRate: 0,
      maxTarget: new Uint8Array(32).fill(0xff),
      minExtranonceSize: 8,
    }));
    return miner;
  }

  /** The next job; those that were heard before are passed over. */
  async nextJob(
    wanted: (job: Job) => boolean = () => true,
    limitMs?: number,
  ): Promise<{ readonly job: Job; readonly at: number }> {
    const isJob = ({ name, value }: Heard) => name === "NewEquihashJob" && wanted(value as Job);
    const { value, at } = await this.heard.next("job", isJob, limitMs);
    return { job: value.value as Job, at };
  }

  /** Sends a share and returns its sequence number. */
  submit(job: Job, nonce2: Uint8Array, solution: Uint8Array): number {
    const sequenceNumber = this.#sequence++;
    const { channelId, jobId, time } = job;
    this.#connection.send(
      SubmitEquihashShare.encode({ channelId, sequenceNumber, jobId, nonce2, time, solution }),
    );
    return sequenceNumber;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close("the test is over");
    await this.#listening;
  }

  async #listen(): Promise<void> {
    try {
      for await (const frames of this.#connection.batches()) {
        for (const frame of frames) {
          const payload = frame.payload.slice();
          const message = decodeMessage("mining", { ...frame, payload });
          if (message !== undefined) this.heard.add(message);
        }
      }
    } catch (thrown) {
      this.heard.fail(thrown);
    }
  }
}

/** What a miner sends of a solution. */
export interface FoundShare {
  readonly nonce2: Uint8Array;
  readonly solution: Uint8Array;
}

/** Searches until there are shares that make no block on Regtest. */
export async function findShares(solver: Solver, job: Job, count: number): Promise<FoundShare[]> {
  const work = new Work(job, 0);
  const networkTarget = new Uint8Array(32).fill(0x0f);
  const found: FoundShare[] = [];
  for (let counter = 1n; found.length < count; counter++) {
    const attempt = work.attempt(counter);
    for (const solution of await solver.solve(attempt)) {
      const hash = headerHash(attempt, solution);
      if (compareLe256(hash, job.target) > 0 || compareLe256(hash, networkTarget) <= 0) continue;
      found.push({ nonce2: attempt.nonce2, solution });
    }
  }
  return found;
}

/** What the pool said of one share (no code: accepted), and at which place in all that was heard. */
export async function verdictOn(
  miner: RawMiner,
  sequenceNumber: number,
): Promise<{ readonly code: string | undefined; readonly index: number }> {
  const speaksOf = ({ name, value }: Heard): boolean =>
    name === "SubmitShares.Error"
      ? (value as SubmitSharesError).sequenceNumber === sequenceNumber
      : name === "SubmitShares.Success" &&
        (value as SubmitSharesSuccess).lastSequenceNumber >= sequenceNumber;
  const answer = await miner.heard.next(`verdict on share ${sequenceNumber}`, speaksOf);
  const code = answer.value.name === "SubmitShares.Error"
    ? (answer.value.value as SubmitSharesError).errorCode
    : undefined;
  return { code, index: miner.heard.seen.indexOf(answer) };
}

import { bytesToHex, u256ToLe } from "../../base/mod.ts";
import { workOfTarget } from "../../chain/zcash/mod.ts";
import { DeclarationErrorCode } from "../../wire/protocol/mod.ts";
import type { ChannelJob, MinerIdentity } from "../channels/mod.ts";
import type { ShareLine } from "../shares/mod.ts";
import type { DeclaredBlock } from "./declaration.ts";
import { DeclarationRefusal } from "./refusal.ts";

/** Every target that shares count by has a lasting row in the records: few differ this little. */
const SIGNIFICANT_BITS = 12;

const ANY_TARGET = (1n << 256n) - 1n;

/** A job that its miner declared: the whole nonce is the miner's own. */
export class DeclaredJob implements ShareLine {
  readonly miner: MinerIdentity;
  /** The declarer's own number, which its shares repeat. */
  readonly channelId: number;
  readonly work: ChannelJob;
  /** By id in hexadecimal digits; empty where the transactions are the pool's. */
  readonly #own: ReadonlyMap<string, Uint8Array>;

  /** @param isFull whether the transactions of the block are the declarer's choice. */
  constructor(miner: MinerIdentity, channelId: number, work: ChannelJob, isFull: boolean) {
    this.miner = miner;
    this.channelId = channelId;
    this.work = work;
    const own = isFull ? work.template.body.transactions : [];
    this.#own = new Map(own.map(({ txid, data }) => [bytesToHex(txid), data]));
  }

  /** Bytes of the declarer's own transactions. */
  get ownLength(): number {
    return this.#own.values().reduce((sum, { length }) => sum + length, 0);
  }

  /** The bytes of one of those. */
  transaction(txid: string): Uint8Array | undefined {
    return this.#own.get(txid);
  }

  job(jobId: number): ChannelJob | undefined {
    return jobId === this.work.jobId ? this.work : undefined;
  }

  suspects(): readonly ChannelJob[] {
    return [];
  }

  /** Its target stays what it is. */
  shareAccepted(): void {}
}

/**
 * The work of a declared block.
 *
 * @param shareTarget the target of all declared jobs.
 * @throws {DeclarationRefusal} when the block brings the pool so little that no share could count
 *   for as little.
 */
export function declaredWork(
  { template, offer }: DeclaredBlock,
  jobId: number,
  { shareTarget, isWorkWeighed }: { readonly shareTarget: bigint; readonly isWorkWeighed: boolean },
): ChannelJob {
  const { networkTarget, minerValueZat } = template;
  // Never harder than the network's target: a block must never hide below the share target.
  const target = shareTarget > networkTarget ? shareTarget : networkTarget;
  return {
    jobId,
    template,
    target,
    targetLe: u256ToLe(target),
    work: workOfTarget(target),
    ...isWorkWeighed
      ? { creditTarget: creditTarget(target, minerValueZat, offer.template.minerValueZat) }
      : {},
    nonce1: new Uint8Array(0),
  };
}

/**
 * The target of which a share's work is that of `target` times what the pool gets of the block by
 * what its own would bring, never more than the whole.
 */
function creditTarget(target: bigint, receivedZat: bigint, ownZat: bigint): bigint {
  if (receivedZat >= ownZat) return target;
  // Rounded up, so that a share never counts for more.
  const easier = ((target + 1n) * ownZat + receivedZat - 1n) / receivedZat - 1n;
  const step = 1n << BigInt(Math.max(0, easier.toString(2).length - SIGNIFICANT_BITS));
  const rounded = (easier / step + 1n) * step - 1n;
  if (rounded <= ANY_TARGET) return rounded;
  throw new DeclarationRefusal(
    DeclarationErrorCode.coinbaseConstraint,
    `shares are too easy here to count for ${receivedZat} of ${ownZat} zat: a larger output for ` +
      "the pool is expected",
  );
}

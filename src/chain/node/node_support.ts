import type { DeprecationInfo } from "./node_answers.ts";

/** How long before a node's end of support people are told. */
const END_OF_SUPPORT_NOTICE_MS = 14 * 24 * 3_600_000;

/** As many blocks as NU7 makes in that time, for a node that tells a height and no time. */
const NOTICE_BLOCKS = END_OF_SUPPORT_NOTICE_MS / 25_000;

/** When a node stops itself (Zebra 7: 56 days after its release, on Mainnet). */
export interface NodeSupport {
  /** The last height at which it works. */
  readonly endHeight: number;
  /** Until then; zero or less when it has stopped or will within the hour. */
  readonly blocksLeft: number;
  /** Unix milliseconds, the node's estimate. */
  readonly endsAtMs: number | undefined;
  /** Time to update it. */
  readonly soon: boolean;
}

/**
 * Reads what `getdeprecationinfo` says against the present.
 *
 * @param height of the node's best block.
 * @param nowMs Unix milliseconds.
 */
export function supportOf(info: DeprecationInfo, height: number, nowMs: number): NodeSupport {
  const blocksLeft = info.blockHeight - height;
  const endsAtMs = info.estimatedTime === undefined ? undefined : info.estimatedTime * 1000;
  const soon = blocksLeft <= 0 ||
    (endsAtMs === undefined
      ? blocksLeft < NOTICE_BLOCKS
      : endsAtMs - nowMs < END_OF_SUPPORT_NOTICE_MS);
  return { endHeight: info.blockHeight, blocksLeft, endsAtMs, soon };
}

/** As "Its support ends at height 3684728, in 1000 blocks, about 2026-12-16". */
export function describeSupport({ endHeight, blocksLeft, endsAtMs }: NodeSupport): string {
  const at = endsAtMs === undefined
    ? ""
    : `, about ${new Date(endsAtMs).toISOString().slice(0, 10)}`;
  return `Its support ends at height ${endHeight}, in ${blocksLeft} blocks${at}`;
}

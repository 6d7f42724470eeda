import type { RejectReason } from "../../base/mod.ts";
import type { BlockOutcome } from "../../chain/blocks/mod.ts";
import type { MinerIdentity } from "../../mining/channels/mod.ts";
import type { ShareFault } from "../../mining/shares/mod.ts";

/** What a pool tells whoever started it; the demo prints it, tests wait for it. */
export type PoolEvent =
  | {
    readonly kind: "work";
    readonly height: number;
    readonly newParent: boolean;
    readonly transactions: number;
  }
  | {
    readonly kind: "share_accepted";
    readonly miner: MinerIdentity;
    /** Expected solutions behind the share. */
    readonly work: bigint;
    readonly difficulty: number;
    /** 10^-12 zatoshis. */
    readonly creditPicoZat: bigint;
    readonly isBlock: boolean;
  }
  | {
    readonly kind: "share_rejected";
    readonly miner: MinerIdentity | undefined;
    readonly reason: RejectReason;
    readonly fault: ShareFault;
  }
  | { readonly kind: "block_found"; readonly height: number; readonly hash: Uint8Array }
  | { readonly kind: "block_outcome"; readonly outcome: BlockOutcome };

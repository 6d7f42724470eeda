import type { Logger } from "../../base/mod.ts";
import { formatPicoZat } from "../../money/ledger/mod.ts";
import type { PoolEvent } from "./events.ts";

/** Logs a line for each share, for operators who have to keep them (`include_share_details`). */
export function logShare(logger: Logger, event: PoolEvent): void {
  if (event.kind === "share_accepted") {
    const { miner, difficulty, jobId, height, creditPicoZat, isBlock } = event;
    logger.log("info", "share_accepted", "share accepted", {
      ...{ miner: miner.minerId, worker: miner.workerName, difficulty, job: jobId, height },
      ...{ credit_zat: formatPicoZat(creditPicoZat), is_block: isBlock },
    });
  } else if (event.kind === "share_rejected") {
    const { miner, reason, fault } = event;
    logger.log("info", "share_rejected", "share refused", {
      ...{ miner: miner?.minerId, worker: miner?.workerName, reason, fault },
    });
  }
}

import type { Clock } from "../../base/mod.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";
import { auditBlocks } from "./audit_blocks.ts";
import { auditCoinbases } from "./audit_coinbases.ts";
import { auditJournal, readJournal } from "./audit_journal.ts";
import { auditPayouts } from "./audit_payouts.ts";
import type { AuditReport } from "./audit_report.ts";
import { auditShares } from "./audit_shares.ts";
import type { ShareReader } from "./share_reader.ts";

/** Closed hours that an audit makes again from their shares, unless told otherwise. */
const HOURS_DEFAULT = 2;

/** How much is looked at. */
export interface AuditOptions {
  /**
   * How many of the newest closed hours are made again from their share rows; `Infinity` for all that
   * still have rows. An hour of a large pool has three million.
   */
  readonly hours?: number;
}

/**
 * Computes everything again and compares: the journal with its balances, blocks with their entries,
 * hours with their shares and with what was posted for them, payouts with what is reserved and paid,
 * blocks that pay in their coinbase with what was promised.
 * It reads one moment, in pieces between which everything else runs, and writes nothing.
 */
export async function audit(
  options: AuditOptions,
  modules: {
    readonly database: SqlDatabase;
    readonly reader: ShareReader;
    readonly clock: Clock;
  },
): Promise<AuditReport> {
  const { database, reader, clock } = modules;
  return await database.read(async (tx) => {
    const journal = await readJournal(tx);
    const invariants = [
      ...await auditJournal(tx, journal),
      ...await auditBlocks(tx, journal),
      ...await auditShares(tx, reader, journal, options.hours ?? HOURS_DEFAULT),
      ...await auditPayouts(tx),
      ...await auditCoinbases(tx),
    ];
    return {
      atMs: clock.now(),
      holds: invariants.every(({ holds }) => holds),
      invariants,
    };
  });
}

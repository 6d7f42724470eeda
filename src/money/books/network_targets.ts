/**
 * The network's targets as shares tell them: each has the terms that its job was made under.
 *
 * @module
 */
import { u256FromLe } from "../../base/mod.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import type { ShareRange } from "./prop_rounds.ts";

/** Terms looked at for the hardest target: a few for each height, so at least an hour of blocks. */
const TERMS_MAX = 1_000;

/** The target of the newest share of a range whose terms are known; undefined when there is none. */
export async function networkTargetBefore(
  tx: SqlSession,
  { from, through }: ShareRange,
): Promise<bigint | undefined> {
  const [row] = await tx.query(
    `SELECT network_target FROM share JOIN share_terms ON share_terms.id = share.terms
     WHERE share.id > $1 AND share.id <= $2 ORDER BY share.id DESC LIMIT 1`,
    [from, through],
  );
  return row === undefined ? undefined : u256FromLe(row.network_target as Uint8Array);
}

/**
 * The hardest of the network's newest targets; undefined before the first share. Not the newest: a
 * test network lets single blocks pass with its easiest one.
 */
export async function hardestNetworkTarget(tx: SqlSession): Promise<bigint | undefined> {
  const rows = await tx.query(
    `SELECT network_target FROM share_terms ORDER BY id DESC LIMIT ${TERMS_MAX}`,
  );
  return rows.map((row) => u256FromLe(row.network_target as Uint8Array))
    .reduce<bigint | undefined>(
      (least, target) => least === undefined || target < least ? target : least,
      undefined,
    );
}

import type { Migration } from "./migration.ts";

/**
 * A view made anew, because a column's type cannot change in place. Who was allowed to read it still
 * is: a report's role must not lose it with an update of the pool.
 */
function remadeView(name: string, definition: string): string {
  return `DO $remake$
    DECLARE grants TEXT[]; statement TEXT;
    BEGIN
      SELECT array_agg(format('GRANT %s ON ${name} TO %s%s', privilege_type,
          CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
          CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END))
        INTO grants
        FROM pg_class, aclexplode(relacl)
        WHERE pg_class.oid = to_regclass('${name}') AND grantee <> relowner;
      DROP VIEW ${name};
      CREATE VIEW ${name} ${definition};
      FOREACH statement IN ARRAY coalesce(grants, '{}') LOOP EXECUTE statement; END LOOP;
    END $remake$;`;
}

/** Neither this text nor what is added to it depends on a session's zone. */
const momentOf = (column: string): string =>
  `(TIMESTAMPTZ '1970-01-01 00:00:00+00' + ${column} * INTERVAL '1 millisecond')`;

/**
 * Moments in the operators' views name their zone. Without one the documented `timestamp > NOW() -
 * …` compared UTC with the clock of the session's zone. SQLite has only UTC.
 */
export const momentsWithZone: Migration = {
  number: 300,
  name: "moments_with_zone",
  sqlite: "",
  postgres: [
    remadeView(
      "shares",
      `(id, miner_id, difficulty, timestamp, job_id, is_block) AS
       SELECT share.id, miner.miner_id::VARCHAR(255), share_target.difficulty,
         ${momentOf("share.timestamp_ms")}, share.job_id, share.is_block
       FROM share
       JOIN worker ON worker.id = share.worker
       JOIN miner ON miner.id = worker.miner
       JOIN share_target ON share_target.id = share.target`,
    ),
    remadeView(
      "payouts",
      `(id, miner_id, amount, txid, timestamp) AS
       SELECT number, miner_id::VARCHAR(255), amount_zat - deducted_zat, txid::VARCHAR(64),
         ${momentOf("ended_at_ms")}
       FROM payout WHERE ended = 'settled'`,
    ),
  ].join("\n"),
};

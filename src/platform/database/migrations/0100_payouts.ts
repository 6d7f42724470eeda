import text from "./0100_payouts.sql" with { type: "text" };
import { appendOnly, type Migration, portable } from "./migration.ts";

/** The operators' documented view: what was paid, and nothing else. */
const VIEW = {
  sqlite: `CREATE VIEW payouts (id, miner_id, amount, txid, timestamp) AS
    SELECT number, miner_id, amount_zat - deducted_zat, txid,
      strftime('%Y-%m-%d %H:%M:%f', ended_at_ms / 1000.0, 'unixepoch')
    FROM payout WHERE ended = 'settled';`,
  postgres: `CREATE VIEW payouts (id, miner_id, amount, txid, timestamp) AS
    SELECT number, miner_id::VARCHAR(255), amount_zat - deducted_zat, txid::VARCHAR(64),
      (TIMESTAMP 'epoch' + ended_at_ms * INTERVAL '1 millisecond')
    FROM payout WHERE ended = 'settled';`,
};

const events = appendOnly("payout_event");
const actions = appendOnly("payout_action");

/** The tables of payments. */
export const PAYOUTS: Migration = {
  number: 100,
  name: "payouts",
  ...portable(text, {
    sqlite: [events.sqlite, actions.sqlite, VIEW.sqlite].join("\n"),
    postgres: [events.postgres, actions.postgres, VIEW.postgres].join("\n"),
  }),
};

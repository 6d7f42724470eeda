import { type Migration, portable } from "./migration.ts";

/** The operators' documented view: what was paid, by transactions and by coinbases. */
const VIEW = {
  sqlite: `DROP VIEW payouts;
    CREATE VIEW payouts (id, miner_id, amount, txid, timestamp) AS
    SELECT number, miner_id, amount_zat - deducted_zat, txid,
      strftime('%Y-%m-%d %H:%M:%f', ended_at_ms / 1000.0, 'unixepoch')
    FROM payout WHERE ended = 'settled'
    UNION ALL
    SELECT number, miner_id, amount_zat, txid,
      strftime('%Y-%m-%d %H:%M:%f', at_ms / 1000.0, 'unixepoch')
    FROM coinbase_payout;`,
  // Replaced in place: who was allowed to read it still is.
  postgres: `CREATE OR REPLACE VIEW payouts (id, miner_id, amount, txid, timestamp) AS
    SELECT number, miner_id::VARCHAR(255), amount_zat - deducted_zat, txid::VARCHAR(64),
      (TIMESTAMPTZ '1970-01-01 00:00:00+00' + ended_at_ms * INTERVAL '1 millisecond')
    FROM payout WHERE ended = 'settled'
    UNION ALL
    SELECT number, miner_id::VARCHAR(255), amount_zat, txid::VARCHAR(64),
      (TIMESTAMPTZ '1970-01-01 00:00:00+00' + at_ms * INTERVAL '1 millisecond')
    FROM coinbase_payout;`,
};

/** Blocks that pay miners in their own coinbase: what was promised, and what became of it. */
export const coinbasePayments: Migration = {
  number: 303,
  name: "coinbase_payments",
  ...portable(
    `
-- Whose a block is, is told by the id of its coinbase.
ALTER TABLE block ADD COLUMN coinbase_txid BYTES CHECK (length(coinbase_txid) = 32);

-- How the coinbase of a job divides its value, written before the job leaves.
CREATE TABLE coinbase_split (
  id ROWID_KEY,
  coinbase_txid BYTES NOT NULL UNIQUE CHECK (length(coinbase_txid) = 32),
  parent BYTES NOT NULL CHECK (length(parent) = 32),
  height INT64 NOT NULL CHECK (height >= 0),
  epoch INT64 NOT NULL REFERENCES epoch,
  -- The last share that the split has read: it ends the block's window, whoever finds the block.
  through_share INT64 NOT NULL CHECK (through_share >= 0),
  -- 256-bit number, little-endian.
  network_target BYTES NOT NULL CHECK (length(network_target) = 32),
  -- The miner's value of the block; what the payees do not get is the pool's.
  value_zat INT64 NOT NULL CHECK (value_zat >= 0),
  -- Hashes of the blocks, one after the other, that held debts when the split was made: it pays none
  -- of these debts, so that it stands beside such a block.
  beside BYTES NOT NULL CHECK (length(beside) % 32 = 0)
) STRICT;

CREATE INDEX coinbase_split_of_parent ON coinbase_split (parent);
CREATE INDEX coinbase_split_by_height ON coinbase_split (height);

-- One output of it: what was available to the payee before, and a part of the block's own reward.
CREATE TABLE coinbase_payee (
  split INT64 NOT NULL REFERENCES coinbase_split,
  miner_id TEXT NOT NULL CHECK (length(miner_id) BETWEEN 1 AND 255),
  place INT64 NOT NULL CHECK (place >= 0),
  debt_zat INT64 NOT NULL CHECK (debt_zat >= 0),
  part_zat INT64 NOT NULL CHECK (part_zat >= 0),
  PRIMARY KEY (split, miner_id),
  UNIQUE (split, place),
  CHECK (debt_zat + part_zat >= 1)
) STRICT_KEYED;

-- What became of the debts in a block's coinbase.
CREATE TABLE coinbase_payment (
  hash BYTES PRIMARY KEY CHECK (length(hash) = 32),
  split INT64 NOT NULL REFERENCES coinbase_split,
  state TEXT NOT NULL CHECK (state IN ('set-aside', 'given-up', 'paid')),
  -- How often they were set aside.
  round INT64 NOT NULL CHECK (round >= 1)
) STRICT;

CREATE INDEX coinbase_payment_held ON coinbase_payment (split) WHERE state = 'set-aside';

-- What was paid: an output of a mature coinbase. Numbers are those of the table payout, each once.
CREATE TABLE coinbase_payout (
  number INT64 PRIMARY KEY CHECK (number >= 1),
  hash BYTES NOT NULL REFERENCES coinbase_payment,
  miner_id TEXT NOT NULL CHECK (length(miner_id) BETWEEN 1 AND 255),
  amount_zat INT64 NOT NULL CHECK (amount_zat >= 1),
  -- Of the coinbase, as people read it.
  txid TEXT NOT NULL CHECK (length(txid) = 64),
  at_ms INT64 NOT NULL CHECK (at_ms >= 0),
  UNIQUE (hash, miner_id)
) STRICT;

CREATE INDEX coinbase_payout_of_miner ON coinbase_payout (miner_id, number);
`,
    VIEW,
  ),
};

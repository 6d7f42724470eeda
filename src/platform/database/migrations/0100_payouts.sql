-- Payments: batches of payouts, what was tried for each, and what people did.
--
-- A state and the money that moves with it are written in one transaction. What the indexes hold:
-- a miner has one live payout, a wallet one batch that may be choosing notes, a batch one half of
-- each kind, a transaction one batch (unless somebody else's wallet made it).

-- One row. The token is the fencing token: it grows with each new payer.
CREATE TABLE payout_lease (
  id INT64 PRIMARY KEY CHECK (id = 1),
  holder TEXT NOT NULL CHECK (length(holder) <= 100),
  token INT64 NOT NULL CHECK (token >= 0),
  renewals INT64 NOT NULL CHECK (renewals >= 0)
) STRICT;

INSERT INTO payout_lease (id, holder, token, renewals) VALUES (1, '', 0, 0);

-- One row: what operators and the engine share.
CREATE TABLE payout_control (
  id INT64 PRIMARY KEY CHECK (id = 1),
  mode TEXT NOT NULL,
  wallet TEXT NOT NULL,
  paused INT64 NOT NULL CHECK (paused IN (0, 1)),
  paused_reason TEXT NOT NULL,
  paused_by TEXT NOT NULL,
  paused_at_ms INT64 NOT NULL,
  run INT64 NOT NULL CHECK (run >= 0),
  run_open INT64 NOT NULL CHECK (run_open IN (0, 1)),
  last_run_ms INT64 NOT NULL CHECK (last_run_ms >= 0),
  run_requested INT64 NOT NULL CHECK (run_requested IN (0, 1)),
  last_settled_ms INT64 NOT NULL CHECK (last_settled_ms >= 0)
) STRICT;

INSERT INTO payout_control (id, mode, wallet, paused, paused_reason, paused_by, paused_at_ms, run,
  run_open, last_run_ms, run_requested, last_settled_ms)
VALUES (1, 'none', '', 0, '', '', 0, 0, 0, 0, 0, 0);

CREATE TABLE payout_batch (
  id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
  number INT64 NOT NULL UNIQUE CHECK (number >= 1),
  mode TEXT NOT NULL,
  wallet TEXT NOT NULL,
  kind TEXT NOT NULL,
  policy TEXT NOT NULL,
  run INT64 NOT NULL CHECK (run >= 1),
  state TEXT NOT NULL CHECK (state IN (
    'reserved', 'handed', 'building', 'built', 'parked', 'unknown', 'broadcast', 'mined', 'settled',
    'rejected', 'expired', 'released'
  )),
  -- All that is known in the state, as JSON; amounts as texts.
  state_text TEXT NOT NULL,
  version INT64 NOT NULL CHECK (version >= 1),
  occupies INT64 NOT NULL CHECK (occupies IN (0, 1)),
  is_final INT64 NOT NULL CHECK (is_final IN (0, 1)),
  recipient_at_fault INT64 NOT NULL CHECK (recipient_at_fault IN (0, 1)),
  recipients INT64 NOT NULL CHECK (recipients >= 1),
  total_zat INT64 NOT NULL CHECK (total_zat >= 1),
  created_at_ms INT64 NOT NULL CHECK (created_at_ms >= 0),
  changed_at_ms INT64 NOT NULL CHECK (changed_at_ms >= 0),
  -- The fee when it is known and posted; null before.
  fee_zat INT64 CHECK (fee_zat >= 0),
  parent TEXT REFERENCES payout_batch,
  half INT64 CHECK (half IN (1, 2)),
  UNIQUE (parent, half)
) STRICT;

CREATE UNIQUE INDEX payout_batch_sending ON payout_batch (wallet) WHERE occupies = 1;
CREATE INDEX payout_batch_live ON payout_batch (number) WHERE is_final = 0;
CREATE INDEX payout_batch_without_fee ON payout_batch (number)
  WHERE state = 'settled' AND mode = 'zallet' AND fee_zat IS NULL;
CREATE INDEX payout_batch_of_run ON payout_batch (run);

CREATE TABLE payout (
  id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
  number INT64 NOT NULL UNIQUE CHECK (number >= 1),
  batch TEXT NOT NULL REFERENCES payout_batch,
  miner_id TEXT NOT NULL CHECK (length(miner_id) BETWEEN 1 AND 255),
  address TEXT NOT NULL CHECK (length(address) BETWEEN 1 AND 1000),
  amount_zat INT64 NOT NULL CHECK (amount_zat >= 1),
  deducted_zat INT64 NOT NULL CHECK (deducted_zat >= 0 AND deducted_zat < amount_zat),
  ended TEXT CHECK (ended IN ('settled', 'released')),
  txid TEXT CHECK (length(txid) = 64),
  created_at_ms INT64 NOT NULL CHECK (created_at_ms >= 0),
  ended_at_ms INT64 CHECK (ended_at_ms >= 0),
  UNIQUE (batch, miner_id),
  CHECK ((ended IS NULL) = (ended_at_ms IS NULL))
) STRICT;

CREATE UNIQUE INDEX payout_live ON payout (miner_id) WHERE ended IS NULL;
CREATE INDEX payout_of_miner ON payout (miner_id, number);
CREATE INDEX payout_by_time ON payout (created_at_ms);

-- When a miner was paid last: asked before each run, where the whole history would be too long.
CREATE TABLE payout_last (
  miner_id TEXT PRIMARY KEY CHECK (length(miner_id) BETWEEN 1 AND 255),
  at_ms INT64 NOT NULL CHECK (at_ms >= 0)
) STRICT;

-- One try to make a batch's transaction, written before the wallet is called.
CREATE TABLE payout_attempt (
  batch TEXT NOT NULL REFERENCES payout_batch,
  number INT64 NOT NULL CHECK (number >= 1),
  token INT64 NOT NULL CHECK (token >= 1),
  method TEXT NOT NULL CHECK (method IN ('pczt', 'z_sendmany')),
  at_ms INT64 NOT NULL,
  start_height INT64 NOT NULL CHECK (start_height >= 0),
  PRIMARY KEY (batch, number)
) STRICT;

CREATE TABLE payout_transaction (
  txid TEXT NOT NULL CHECK (length(txid) = 64),
  batch TEXT NOT NULL REFERENCES payout_batch,
  -- 1 for a transaction of an external payer, which may pay several batches.
  shared INT64 NOT NULL CHECK (shared IN (0, 1)),
  PRIMARY KEY (txid, batch)
) STRICT;

CREATE UNIQUE INDEX payout_transaction_own ON payout_transaction (txid) WHERE shared = 0;

CREATE TABLE payout_event (
  batch TEXT NOT NULL REFERENCES payout_batch,
  number INT64 NOT NULL CHECK (number >= 1),
  at_ms INT64 NOT NULL,
  event TEXT NOT NULL,
  state TEXT NOT NULL,
  actor TEXT NOT NULL,
  detail TEXT NOT NULL CHECK (length(detail) <= 500),
  PRIMARY KEY (batch, number)
) STRICT;

CREATE TABLE payout_hold (
  miner_id TEXT PRIMARY KEY CHECK (length(miner_id) BETWEEN 1 AND 255),
  reason TEXT NOT NULL CHECK (length(reason) <= 500),
  actor TEXT NOT NULL,
  at_ms INT64 NOT NULL
) STRICT;

CREATE TABLE payout_action (
  number INT64 PRIMARY KEY CHECK (number >= 1),
  at_ms INT64 NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (length(reason) <= 500)
) STRICT;

CREATE TABLE payout_shielding (
  id INT64 PRIMARY KEY CHECK (id >= 1),
  wallet TEXT NOT NULL,
  token INT64 NOT NULL,
  at_ms INT64 NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intended', 'started', 'done', 'failed', 'unknown')),
  is_final INT64 NOT NULL CHECK (is_final IN (0, 1)),
  opid TEXT,
  value_zat INT64 NOT NULL CHECK (value_zat >= 0),
  detail TEXT NOT NULL CHECK (length(detail) <= 500)
) STRICT;

CREATE UNIQUE INDEX payout_shielding_live ON payout_shielding (wallet) WHERE is_final = 0;

-- What an external payer has asked to be settled; the watermark only grows.
CREATE TABLE payout_settlement (
  watermark_ms INT64 PRIMARY KEY CHECK (watermark_ms >= 0),
  run INT64 NOT NULL UNIQUE CHECK (run >= 1),
  at_ms INT64 NOT NULL
) STRICT;

DROP VIEW payouts;

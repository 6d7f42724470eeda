-- Money: the journal, what stands in its accounts, and how shares and blocks became entries.

CREATE TABLE epoch (
  id ROWID_KEY,
  -- Unix milliseconds from which these terms hold.
  from_ms INT64 NOT NULL UNIQUE CHECK (from_ms >= 0),
  scheme TEXT NOT NULL,
  fee_ppm INT64 NOT NULL CHECK (fee_ppm BETWEEN 0 AND 1000000),
  pplns_window INT64 NOT NULL CHECK (pplns_window >= 1),
  -- Shares up to this row id were accepted under the epoch before.
  after_share INT64 NOT NULL CHECK (after_share >= 0)
) STRICT;

-- What a credited share was worth and why; some rows for each height.
CREATE TABLE share_terms (
  id ROWID_KEY,
  -- 256-bit number, little-endian.
  network_target BYTES NOT NULL CHECK (length(network_target) = 32),
  reward_zat INT64 NOT NULL CHECK (reward_zat >= 0),
  fee_ppm INT64 NOT NULL CHECK (fee_ppm BETWEEN 0 AND 1000000),
  UNIQUE (network_target, reward_zat, fee_ppm)
) STRICT;

ALTER TABLE share ADD COLUMN terms INT64;

-- Which share found a block; its row id is the end of a window or round.
CREATE TABLE block_share (
  hash BYTES PRIMARY KEY CHECK (length(hash) = 32),
  share INT64 NOT NULL
) STRICT;

CREATE INDEX block_by_height ON block (height);
CREATE INDEX block_immature ON block (height) WHERE state = 'immature';

CREATE TABLE journal_account (
  id ROWID_KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 300),
  -- A miner's account: whose, and which part of his money; null for the pool's own.
  owner TEXT,
  part TEXT CHECK (part IN ('immature', 'available', 'reserved', 'paid')),
  -- 1: never below 0; -1: never above 0; 0: either.
  sign INT64 NOT NULL CHECK (sign IN (-1, 0, 1)),
  -- The sum of its lines, written with each of them; can be made again from them.
  balance_zat INT64 NOT NULL DEFAULT 0,
  CHECK (balance_zat * sign >= 0),
  CHECK ((owner IS NULL) = (part IS NULL))
) STRICT;

CREATE INDEX journal_account_of_owner ON journal_account (part, owner);

CREATE TABLE journal_entry (
  id ROWID_KEY,
  -- What the entry is about, so that the same thing is posted once.
  key TEXT NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 400),
  at_ms INT64 NOT NULL CHECK (at_ms >= 0),
  reason TEXT NOT NULL CHECK (length(reason) <= 500),
  -- Who did it, where that was a person; else empty.
  actor TEXT NOT NULL CHECK (length(actor) <= 100)
) STRICT;

-- Entry and account are no foreign keys: the one statement that writes lines takes both from their
-- tables, where nothing is ever removed, and a check of each would cost more than the row.
CREATE TABLE journal_line (
  entry INT64 NOT NULL,
  account INT64 NOT NULL,
  amount_zat INT64 NOT NULL CHECK (amount_zat <> 0),
  PRIMARY KEY (entry, account)
) STRICT_KEYED;

CREATE INDEX journal_line_of_account ON journal_line (account, entry);

-- Hours of shares that are closed: those with row ids above from_share up to through_share. A share
-- belongs to the hour in which it was written, so that one that came late is in the next entry.
CREATE TABLE share_hour (
  -- Hours since 1970-01-01 (UTC).
  hour INT64 PRIMARY KEY CHECK (hour >= 0),
  from_share INT64 NOT NULL CHECK (from_share >= 0),
  through_share INT64 NOT NULL CHECK (through_share >= from_share),
  closed_at_ms INT64 NOT NULL CHECK (closed_at_ms >= 0),
  -- 1 when its share rows may be gone: from then on miner_hour is the record.
  removed INT64 NOT NULL DEFAULT 0 CHECK (removed IN (0, 1))
) STRICT;

-- What a miner did in a closed hour; what remains of its shares when their rows are gone.
CREATE TABLE miner_hour (
  miner INT64 NOT NULL REFERENCES miner,
  hour INT64 NOT NULL REFERENCES share_hour,
  shares INT64 NOT NULL CHECK (shares >= 1),
  -- Expected solutions, as decimal text: their sum may pass 64 bits.
  work TEXT NOT NULL,
  -- Expected blocks, in 10^-12, of shares whose terms are known.
  pico_blocks INT64 NOT NULL CHECK (pico_blocks >= 0),
  -- The credit is credit_zat + credit_pico / 10^12 zatoshis.
  credit_zat INT64 NOT NULL CHECK (credit_zat >= 0),
  credit_pico INT64 NOT NULL CHECK (credit_pico BETWEEN 0 AND 999999999999),
  last_share_ms INT64 NOT NULL,
  PRIMARY KEY (miner, hour)
) STRICT_KEYED;

-- What closed hours left below one zatoshi.
CREATE TABLE miner_carry (
  miner INT64 PRIMARY KEY REFERENCES miner,
  carry_pico INT64 NOT NULL CHECK (carry_pico BETWEEN 0 AND 999999999999)
) STRICT;

-- The reward of a block as it was divided; the parts are the lines of its journal entry.
CREATE TABLE block_settlement (
  hash BYTES PRIMARY KEY CHECK (length(hash) = 32),
  epoch INT64 NOT NULL REFERENCES epoch,
  -- The newest share that took part.
  through_share INT64 NOT NULL CHECK (through_share >= 0),
  matured INT64 NOT NULL DEFAULT 0 CHECK (matured IN (0, 1)),
  -- How often it was orphaned before its maturity, and lost after it.
  orphaned INT64 NOT NULL DEFAULT 0 CHECK (orphaned >= 0),
  lost INT64 NOT NULL DEFAULT 0 CHECK (lost >= 0)
) STRICT;

-- Rounds of the scheme `prop`: shares above from_share up to through_share, and the block that they
-- were divided for; null when that was orphaned, and the next block takes them.
CREATE TABLE prop_round (
  id ROWID_KEY,
  from_share INT64 NOT NULL,
  through_share INT64 NOT NULL CHECK (through_share > from_share),
  block BYTES CHECK (length(block) = 32)
) STRICT;

CREATE INDEX prop_round_of_block ON prop_round (block);
CREATE INDEX prop_round_by_end ON prop_round (through_share);

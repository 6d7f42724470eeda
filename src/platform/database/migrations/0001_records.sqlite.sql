-- Records of what was accepted, refused and found.
--
-- What repeats in every share stands once in a table of its own (miner, worker, share_target), so
-- that a share row is some 40 bytes. The tables have names in the singular; `shares` and `payouts`
-- are the operators' documented views over them.

CREATE TABLE miner (
  id INTEGER PRIMARY KEY,
  -- Canonical payout address or account; one empty row collects what belongs to nobody.
  miner_id TEXT NOT NULL UNIQUE CHECK (length(miner_id) <= 255)
) STRICT;

CREATE TABLE worker (
  id INTEGER PRIMARY KEY,
  miner INTEGER NOT NULL REFERENCES miner,
  name TEXT NOT NULL CHECK (length(name) <= 255),
  -- Where it resumes after a reconnect; null until that was saved once.
  target BLOB CHECK (length(target) = 32),
  difficulty REAL CHECK (difficulty > 0),
  last_share_ms INTEGER CHECK (last_share_ms >= 0),
  UNIQUE (miner, name)
) STRICT;

CREATE TABLE share_target (
  id INTEGER PRIMARY KEY,
  -- 256-bit number, little-endian.
  target BLOB NOT NULL UNIQUE CHECK (length(target) = 32),
  difficulty REAL NOT NULL CHECK (difficulty > 0)
) STRICT;

-- The identities of shares. The height comes first in the key: rows of one height lie together, new
-- ones are written near the end of the tree, and those of a deep height go as one range.
CREATE TABLE share_proof (
  height INTEGER NOT NULL CHECK (height >= 0),
  proof_id BLOB NOT NULL CHECK (length(proof_id) = 32),
  PRIMARY KEY (height, proof_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE share (
  -- Never used again, also when old rows are removed.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  worker INTEGER NOT NULL REFERENCES worker,
  target INTEGER NOT NULL REFERENCES share_target,
  job_id INTEGER NOT NULL CHECK (job_id BETWEEN 0 AND 2147483647),
  height INTEGER NOT NULL CHECK (height >= 0),
  timestamp_ms INTEGER NOT NULL CHECK (timestamp_ms >= 0),
  is_block INTEGER NOT NULL CHECK (is_block IN (0, 1)),
  -- The credit is credit_zat + credit_pico / 10^12 zatoshis.
  credit_zat INTEGER NOT NULL CHECK (credit_zat >= 0),
  credit_pico INTEGER NOT NULL CHECK (credit_pico BETWEEN 0 AND 999999999999)
) STRICT;

CREATE TABLE block (
  id INTEGER PRIMARY KEY,
  -- Internal byte order, as previous_hash.
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  height INTEGER NOT NULL CHECK (height >= 0),
  previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
  worker INTEGER NOT NULL REFERENCES worker,
  found_at_ms INTEGER NOT NULL CHECK (found_at_ms >= 0),
  state TEXT NOT NULL CHECK (state IN (
    'submitted', 'accepted', 'side_chain', 'rejected', 'unknown', 'immature', 'mature', 'orphaned'
  )),
  reason TEXT CHECK (length(reason) <= 500),
  value_zat INTEGER NOT NULL CHECK (value_zat >= 0),
  fees_zat INTEGER NOT NULL CHECK (fees_zat >= 0)
) STRICT;

CREATE TABLE block_event (
  id INTEGER PRIMARY KEY,
  block INTEGER NOT NULL REFERENCES block,
  at_ms INTEGER NOT NULL CHECK (at_ms >= 0),
  state TEXT NOT NULL,
  reason TEXT CHECK (length(reason) <= 500)
) STRICT;

CREATE INDEX block_event_of_block ON block_event (block, id);

CREATE TABLE reject (
  -- Days since 1970-01-01 (UTC).
  day INTEGER NOT NULL CHECK (day >= 0),
  miner INTEGER NOT NULL REFERENCES miner,
  stale INTEGER NOT NULL DEFAULT 0,
  duplicate INTEGER NOT NULL DEFAULT 0,
  invalid INTEGER NOT NULL DEFAULT 0,
  low_diff INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (day, miner)
) STRICT, WITHOUT ROWID;

-- The last write of each process whose rows have no identity of their own (counts).
CREATE TABLE writer (
  name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
  sequence INTEGER NOT NULL CHECK (sequence >= 1)
) STRICT, WITHOUT ROWID;

CREATE VIEW shares (id, miner_id, difficulty, timestamp, job_id, is_block) AS
SELECT
  share.id,
  miner.miner_id,
  share_target.difficulty,
  strftime('%Y-%m-%d %H:%M:%f', share.timestamp_ms / 1000.0, 'unixepoch'),
  share.job_id,
  share.is_block
FROM share
JOIN worker ON worker.id = share.worker
JOIN miner ON miner.id = worker.miner
JOIN share_target ON share_target.id = share.target;

-- Only what was paid stands here, and nothing can be paid yet.
CREATE VIEW payouts (id, miner_id, amount, txid, timestamp) AS
SELECT 0, '', 0, NULL, NULL WHERE FALSE;

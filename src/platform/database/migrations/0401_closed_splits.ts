import { type Migration, portable } from "./migration.ts";

/** Splits of blocks so deep below a tip that was looked up that nothing comes of them any more. */
export const closedSplits: Migration = {
  number: 401,
  name: "closed_splits",
  ...portable(`
ALTER TABLE coinbase_split ADD COLUMN closed INT64 NOT NULL DEFAULT 0 CHECK (closed IN (0, 1));

CREATE INDEX coinbase_split_open ON coinbase_split (height) WHERE closed = 0;
CREATE INDEX block_of_coinbase ON block (coinbase_txid);
`),
};

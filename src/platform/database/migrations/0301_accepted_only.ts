import { type Migration, portable } from "./migration.ts";

/**
 * Only accepted work leaves rows. Refused shares were counted by miner and day, so that strangers
 * wrote rows without end; nobody read them, as nobody read the steps of a block, which stand in the
 * journal. A miner without a worker is one who was refused only.
 */
export const acceptedOnly: Migration = {
  number: 301,
  name: "accepted_only",
  ...portable(`
DROP TABLE block_event;
DROP TABLE reject;
DROP TABLE writer;
DELETE FROM miner WHERE id NOT IN (SELECT miner FROM worker);
`),
};

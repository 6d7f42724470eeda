import { type Migration, portable } from "./migration.ts";

/** Blocks whose reward is not due yet are looked at with every tip, whatever their height. */
export const undecidedBlocks: Migration = {
  number: 3,
  name: "undecided_blocks",
  ...portable(
    `CREATE INDEX block_undecided ON block (height)
     WHERE state IN ('submitted', 'accepted', 'side_chain', 'unknown', 'immature');`,
  ),
};

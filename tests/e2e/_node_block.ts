/** Blocks made of a node's own template, right or with one fault; without proof of work. */
import { concatBytes } from "../../src/base/mod.ts";
import type { FoundBlock } from "../../src/chain/blocks/mod.ts";
import type { NodeClient } from "../../src/chain/node/mod.ts";
import {
  type BlockTemplate,
  encodeCompactSize,
  parseBlockTemplate,
  sha256d,
} from "../../src/chain/zcash/mod.ts";
import { encodeBlockHeader } from "../support/block_headers.ts";

/** What is put in the place of the template's own. */
export type BlockFault = Partial<
  Pick<BlockTemplate, "previousBlockHash" | "blockCommitments" | "merkleRoot" | "bits" | "coinbase">
>;

/** The block of the node's newest template; Regtest checks neither hash nor solution. */
export async function blockOf(
  client: NodeClient,
  fault: BlockFault & { readonly nonce?: number } = {},
): Promise<FoundBlock> {
  return blockFrom(parseBlockTemplate(await client.getBlockTemplate()), fault);
}

export function blockFrom(
  template: BlockTemplate,
  fault: BlockFault & { readonly nonce?: number } = {},
): FoundBlock {
  const fields = { ...template, ...fault };
  const header = encodeBlockHeader({
    ...fields,
    time: template.curTime,
    nonce: new Uint8Array(32).fill(fault.nonce ?? 0),
    solution: new Uint8Array(1344),
  });
  const count = encodeCompactSize(1 + template.transactions.length);
  const bodies = template.transactions.map(({ data }) => data);
  return {
    hash: sha256d(header),
    height: template.height,
    previousBlockHash: fields.previousBlockHash,
    block: concatBytes(header, count, fields.coinbase, ...bodies),
    minerId: "test",
    foundAt: Date.now(),
  };
}

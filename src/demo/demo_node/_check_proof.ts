/**
 * The checks of a header that need no chain: its target, its hash and its Equihash solution.
 *
 * @module
 */
import { displayHash, u256FromLe } from "../../base/mod.ts";
import { type Block, encodeHeader, EQUIHASH_INPUT_LENGTH } from "./_block.ts";
import { expandBits } from "./_compact_bits.ts";
import { checkEquihash } from "./_equihash.ts";
import { faultOfBlock } from "./_refusal.ts";
import type { ChainRules } from "./_rules.ts";

/** @throws {BlockRefusal} when the header is no proof of work. */
export function checkProofOfWork(block: Block, rules: ChainRules): void {
  const { header } = block;
  const target = expandBits(header.bits);
  if (target === undefined) throw faultOfBlock("InvalidDifficulty");
  if (target > rules.powLimit) throw faultOfBlock("TargetDifficultyLimit");
  if (u256FromLe(block.hash) > target) {
    throw faultOfBlock(`DifficultyFilter(${displayHash(block.hash)})`);
  }
  const input = encodeHeader(header).subarray(0, EQUIHASH_INPUT_LENGTH);
  if (!checkEquihash(input, header.solution)) {
    throw faultOfBlock('EquihashInvalid("invalid equihash solution")');
  }
}

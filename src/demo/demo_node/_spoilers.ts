/**
 * The ways in which templates can be made wrong on order, one at a time; everything else in them
 * stays right and fits the wrong part.
 *
 * @module
 */
import { compactBits, roundTarget } from "./_compact_bits.ts";
import type { TemplateSpoiler } from "./_template.ts";
import type { TransactionOutput } from "./_transaction.ts";

/** Names of wrong templates. */
export const SPOILER_NAMES = [
  "pays_someone_else",
  "value_one_more",
  "value_one_less",
  "stream_missing",
  "bits_too_hard",
  "merkle_root_wrong",
  "auth_data_root_wrong",
  "history_root_wrong",
  "commitment_wrong",
] as const;

/** One of {@link SPOILER_NAMES}. */
export type SpoilerName = typeof SPOILER_NAMES[number];

/** What makes templates wrong in the named way. */
export function spoilerOf(name: SpoilerName): TemplateSpoiler {
  return SPOILERS[name];
}

const SPOILERS: Readonly<Record<SpoilerName, TemplateSpoiler>> = {
  // Half of the miner's part goes to a script of someone's, in an output that looks required.
  pays_someone_else: {
    outputs: ([first, ...others]) => {
      if (first === undefined) return [];
      const taken = { valueZat: first.valueZat / 2n, script: flipped(first.script, 5) };
      return [{ ...first, valueZat: first.valueZat - taken.valueZat }, ...others, taken];
    },
  },
  value_one_more: {
    outputs: changeFirst(({ valueZat, script }) => ({ valueZat: valueZat + 1n, script })),
  },
  value_one_less: {
    outputs: changeFirst(({ valueZat, script }) => ({ valueZat: valueZat - 1n, script })),
  },
  // The miner gets what the stream should have, so that the sum is right.
  stream_missing: {
    outputs: ([first, ...others]) => {
      if (first === undefined) return [];
      const taken = others.reduce((sum, output) => sum + output.valueZat, first.valueZat);
      return [{ ...first, valueZat: taken }];
    },
  },
  bits_too_hard: {
    finished: (template) => {
      const target = roundTarget(template.target / 4n);
      return { ...template, target, bits: compactBits(target) };
    },
  },
  merkle_root_wrong: { finished: (t) => ({ ...t, merkleRoot: flipped(t.merkleRoot, 0) }) },
  auth_data_root_wrong: { finished: (t) => ({ ...t, authDataRoot: flipped(t.authDataRoot, 0) }) },
  history_root_wrong: {
    finished: (t) => ({ ...t, chainHistoryRoot: flipped(t.chainHistoryRoot, 0) }),
  },
  commitment_wrong: {
    finished: (t) => ({ ...t, blockCommitments: flipped(t.blockCommitments, 0) }),
  },
};

function changeFirst(change: (output: TransactionOutput) => TransactionOutput) {
  return (outputs: TransactionOutput[]): TransactionOutput[] =>
    outputs.map((output, i) => i === 0 ? change(output) : output);
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.map((byte, i) => i === index ? byte ^ 1 : byte);
}

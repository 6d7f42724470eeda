/** Which shares one acknowledgement speaks for, in whatever order their verdicts come. */
import assert from "node:assert/strict";
import { ShareAnswers } from "../../../../src/mining/sv2_server/share_answers.ts";
import type { ChannelJob } from "../../../../src/mining/channels/mod.ts";
import type { ShareVerdict } from "../../../../src/mining/shares/mod.ts";

const WORK_OF_DIFFICULTY_1 = 8_192n;

function accepted(difficulty: bigint): ShareVerdict {
  return acceptedWork(difficulty * WORK_OF_DIFFICULTY_1);
}

function acceptedWork(work: bigint): ShareVerdict {
  const job = { work } as ChannelJob;
  return { kind: "accepted", hash: new Uint8Array(32), job, isBlock: false };
}

const REJECTED: ShareVerdict = { kind: "rejected", reason: "low_difficulty" };

/** Shares 1 to 4 of difficulty 1, 10, 100, 1000; after each verdict, what there is to be acknowledged. */
const ORDERS: {
  readonly name: string;
  readonly verdicts: readonly [sequenceNumber: number, accepted: boolean][];
  /** [lastSequenceNumber, count, difficulty], undefined for nothing. */
  readonly taken: readonly ([number, number, bigint] | undefined)[];
}[] = [
  {
    name: "in order",
    verdicts: [[1, true], [2, true], [3, true], [4, true]],
    taken: [[1, 1, 1n], [2, 1, 10n], [3, 1, 100n], [4, 1, 1_000n]],
  },
  {
    name: "the first one last",
    verdicts: [[4, true], [3, true], [2, true], [1, true]],
    taken: [undefined, undefined, undefined, [4, 4, 1_111n]],
  },
  {
    name: "a reject in the middle is passed over",
    verdicts: [[1, true], [3, true], [2, false], [4, true]],
    taken: [[1, 1, 1n], undefined, [3, 1, 100n], [4, 1, 1_000n]],
  },
  {
    name: "a reject at the end acknowledges nothing",
    verdicts: [[4, false], [1, true], [2, true], [3, true]],
    taken: [undefined, [1, 1, 1n], [2, 1, 10n], [3, 1, 100n]],
  },
  {
    name: "rejects only",
    verdicts: [[2, false], [1, false], [4, false], [3, false]],
    taken: [undefined, undefined, undefined, undefined],
  },
];

for (const { name, verdicts, taken } of ORDERS) {
  Deno.test(`an acknowledgement speaks for what is settled without a gap: ${name}`, () => {
    const answers = new ShareAnswers();
    const settles = [1, 2, 3, 4].map((sequence) => answers.submitted(sequence));
    assert.equal(answers.waiting, 4);
    const heard = verdicts.map(([sequence, good]) => {
      settles[sequence - 1]?.(good ? accepted(10n ** BigInt(sequence - 1)) : REJECTED);
      const acknowledged = answers.take();
      return acknowledged &&
        [acknowledged.lastSequenceNumber, acknowledged.count, acknowledged.difficulty];
    });
    assert.deepEqual(heard, taken);
    assert.equal(answers.waiting, 0);
    assert.equal(answers.take(), undefined);
  });
}

Deno.test("fractions of a difficulty are carried to the next acknowledgement", () => {
  const answers = new ShareAnswers();
  const sums = [1, 2, 3, 4, 5].map((sequence) => {
    answers.submitted(sequence)(acceptedWork(WORK_OF_DIFFICULTY_1 * 2n / 5n));
    return answers.take()?.difficulty;
  });
  // Five shares of two fifths are two, but for the rounding of the work itself.
  assert.deepEqual(sums, [0n, 0n, 1n, 0n, 0n]);
  answers.submitted(6)(acceptedWork(WORK_OF_DIFFICULTY_1 * 2n / 5n));
  assert.equal(answers.take()?.difficulty, 1n);
});

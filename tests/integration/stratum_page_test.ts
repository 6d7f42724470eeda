/** The dialogue in the page for miner authors is what this pool says, and its lengths are right. */
import { assertSection } from "../support/marked_section.ts";
import {
  goodSolution,
  MINER_ADDRESS,
  numberedBytes,
  PoolHarness,
  templateOn,
} from "../support/pool_harness.ts";
import {
  NewEquihashJob,
  SetTarget,
  SubmitEquihashShare,
  SubmitSharesSuccess,
} from "../../src/wire/protocol/mod.ts";
import type { StratumMiner } from "../support/stratum_miner.ts";
import assert from "node:assert/strict";

const README = new URL("../../src/wire/stratum/README.md", import.meta.url);

/** Long digits are no use to a reader. */
function shortened(line: string): string {
  return line.replace(/[0-9a-f]{65,}/g, (digits) => `${digits.slice(0, 12)}…${digits.slice(-6)}`);
}

/** What a miner says and hears, one line each. */
class Dialogue {
  readonly #miner: StratumMiner;
  readonly lines: string[] = [];
  #heard = 0;

  constructor(miner: StratumMiner) {
    this.#miner = miner;
  }

  async say(line: string): Promise<void> {
    this.lines.push(`miner ${shortened(line)}`);
    await this.#miner.raw(line);
    this.hear();
  }

  /** What the pool has said since. */
  hear(): void {
    const sent = this.#miner.connection.sent.slice(this.#heard);
    this.#heard += sent.length;
    const text = sent.map((bytes) => new TextDecoder().decode(bytes)).join("");
    for (const line of text.split("\n").slice(0, -1)) this.lines.push(`pool  ${shortened(line)}`);
  }
}

Deno.test("the dialogue in the page of Stratum V1 is what this pool says", async () => {
  const pool = await PoolHarness.start({ initialDifficulty: 1e-6 });
  try {
    await pool.template(templateOn(1));
    const miner = await pool.connectLines();
    const dialogue = new Dialogue(miner);
    const user = `${MINER_ADDRESS}.rig`;
    const request = (id: number, method: string, params: readonly unknown[]): string =>
      JSON.stringify({ id, method, params });
    await dialogue.say(
      request(1, "mining.subscribe", ["miner/1.0", null, "pool.example.org", 3335]),
    );
    await dialogue.say(request(2, "mining.authorize", [user, "x"]));
    const submit = (id: number, solution: string, worker = user): string => {
      const [jobId, , , , , time] = miner.job;
      const nonce2 = "1".padStart(56, "0");
      return request(id, "mining.submit", [worker, jobId, time, nonce2, `fd4005${solution}`]);
    };
    const good = `01${"00".repeat(1_343)}`;
    await dialogue.say(submit(3, good));
    await dialogue.say(submit(4, good));
    await dialogue.say(submit(5, good, "t1Unknown.fee"));
    await dialogue.say(request(6, "mining.extranonce.subscribe", []));
    await pool.clock.advance(2_000);
    await dialogue.say(request(7, "mining.suggest_difficulty", [0.125]));
    await pool.template(templateOn(2));
    dialogue.hear();
    await dialogue.say(request(8, "mining.configure", []));
    assert(dialogue.lines.length > 15);
    assertSection(README, "dialogue", `\`\`\`text\n${dialogue.lines.join("\n")}\n\`\`\``);
  } finally {
    await pool.stop();
  }
});

/** Authentication codes of a frame over Noise: its header's and its payload's. */
const SEAL_LENGTH = 32;

Deno.test("the page of Stratum V1 has the bytes of a share and of a job beside those of V2", async () => {
  const pool = await PoolHarness.start();
  try {
    await pool.template(templateOn(1));
    const miner = await pool.connectStratum(`${MINER_ADDRESS}.rig`);
    const modern = await pool.connectMiner(`${MINER_ADDRESS}.rig`);
    const sizes: number[] = [];
    const { connection } = miner;
    const deliver = connection.deliver.bind(connection);
    connection.deliver = (lines) => {
      sizes.push(...lines.map((line) => line.length + 1));
      deliver(lines);
    };
    await miner.share();
    const lineLength = (part: string): number => {
      const texts = connection.sent.map((bytes) => new TextDecoder().decode(bytes)).join("");
      const line = texts.split("\n").findLast((text) => text.includes(part));
      assert(line !== undefined, part);
      return line.length + 1;
    };
    const { job } = modern;
    const { channelId, jobId, time } = job;
    const nonce2 = numberedBytes(job.nonce2Len, 1);
    const share = { channelId, sequenceNumber: 0, jobId, time, nonce2, solution: goodSolution() };
    const answer = {
      channelId,
      lastSequenceNumber: 0,
      newSubmitsAcceptedCount: 1,
      newSharesSum: 1n,
    };
    const target = { channelId, maximumTarget: new Uint8Array(32) };
    const rows: readonly (readonly [string, number | undefined, number])[] = [
      ["a share", sizes[0], SubmitEquihashShare.encode(share).length],
      [
        "its answer (V2: of all since the last one)",
        lineLength('"result":true'),
        SubmitSharesSuccess.encode(answer).length,
      ],
      ["a job", lineLength("mining.notify"), NewEquihashJob.encode(job).length],
      ["a target", lineLength("mining.set_target"), SetTarget.encode(target).length],
    ];
    const table = rows.map(([what, v1, v2]) =>
      `| ${what} | ${v1} | ${v2} | ${v2 + SEAL_LENGTH} | ${
        ((v1 ?? NaN) / (v2 + SEAL_LENGTH)).toFixed(1)
      } |`
    );
    assertSection(
      README,
      "bytes",
      [
        "| bytes of | V1 | V2 plain | V2 over Noise | V1 to Noise |",
        "|---|---|---|---|---|",
        ...table,
      ].join("\n"),
    );
  } finally {
    await pool.stop();
  }
});

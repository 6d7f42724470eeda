/**
 * The long form: rounds in which the pool, as a process with files, is ended at a random moment by
 * kill -9, SIGTERM or two SIGTERMs, while its node hangs, refuses, reorganises or closes its
 * connections, and a real miner works. After the last round every block's fate is known and the
 * shares in the file are those that were acknowledged, within the stated bound.
 *
 *     deno task test:hostile-long [SEED [ROUNDS]]
 *
 * @module
 */
import assert from "node:assert/strict";
import { displayHash, systemClock } from "../../src/base/mod.ts";
import { type DemoNode, startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { MINER_ADDRESS } from "../support/pool_harness.ts";
import { PoolProcess } from "../support/pool_process.ts";
import { type SeededChoices, seededChoices } from "../support/seeded_choices.ts";
import { startTestMiner } from "../support/test_miner.ts";
import { openStore } from "../support/test_store.ts";

/** Every fourth solution is a block, every second a share. */
const LIMIT = (1n << 256n) / 4n;

/** A batch is written at the latest 250 ms after its first share; twice that is allowed here. */
const LOSS_BOUND_MS = 500;

const CONFIGURATION = `
[server]
listen_addr = "127.0.0.1:0"
[mining]
initial_difficulty = 0.00024
min_difficulty = 0.00024
target_shares_per_minute = 600
validation_threads = 1
[payout]
pool_address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v"
[security]
noise_enabled = true
require_noise = true
noise_private_key = "${"5a".repeat(32)}"
[jd]
enabled = false
[metrics]
listen_addr = "127.0.0.1:0"
[zebra]
`;

/** What a round's miner heard. */
interface Round {
  /** Shares acknowledged so long before the end that they must be in the file. */
  owed: number;
  /** Shares acknowledged at all. */
  heard: number;
  readonly blocks: string[];
}

async function playRound(folder: string, node: DemoNode, choose: SeededChoices): Promise<Round> {
  const pool = await PoolProcess.start(folder, `${CONFIGURATION}url = "${node.url}"`);
  const miner = startTestMiner(await pool.minerUrl(), `${MINER_ADDRESS}.rig`);
  const acknowledged = () => miner.events.filter(({ kind }) => kind === "share_accepted").length;
  await pause(500 + choose.below(3_000));
  trouble(node, choose);
  const owed = acknowledged();
  await pause(LOSS_BOUND_MS + choose.below(1_500));
  const ending = choose.of(["kill", "kill", "kill", "stop", "stop twice"]);
  if (ending === "stop twice") void pool.end("SIGTERM");
  const code = await pool.end(ending === "kill" ? "SIGKILL" : "SIGTERM");
  assert(ending === "kill" || code === 0 || code === 130, `${ending}: exit code ${code}`);
  const heard = acknowledged();
  await miner.stop();
  node.control.clearFaults();
  const blocks = pool.log.filter(({ event }) => event === "block_found")
    .map((line) => String(line["hash"]));
  console.log(
    `${ending}: ${heard} shares, ${blocks.length} blocks, tip ${node.control.tip.height}`,
  );
  return { owed, heard, blocks };
}

function trouble(node: DemoNode, choose: SeededChoices): void {
  const { control } = node;
  choose.of([
    () => control.setFault({ kind: "hang" }, { method: "submitblock" }),
    () => control.setFault({ kind: "close" }, { method: "submitblock", times: 3 }),
    () => control.setFault({ kind: "hang" }),
    () => control.closeConnections(),
    () => control.tip.height > 3 && control.reorg(2),
    () => control.generate(2),
    () => {},
  ])();
}

async function settleBlocks(folder: string, node: DemoNode): Promise<void> {
  const pool = await PoolProcess.start(folder, `${CONFIGURATION}url = "${node.url}"`);
  const { metrics } = await pool.line("pool_started");
  for (;;) {
    const status = await (await fetch(`${metrics}/status`)).json();
    if (status["blocks_unsettled"] === 0) break;
    await pause(200);
  }
  assert.equal(await pool.end("SIGTERM"), 0);
}

async function checkRecords(folder: string, rounds: readonly Round[]): Promise<void> {
  const path = `${folder}/data/zcash-pool.sqlite`;
  const store = await openStore({ kind: "sqlite", path }, { clock: systemClock });
  const { shares } = await store.totals();
  const blocks = await store.blocks(1_000);
  await store.close();
  const owed = rounds.reduce((sum, round) => sum + round.owed, 0);
  const heard = rounds.reduce((sum, round) => sum + round.heard, 0);
  assert(shares >= owed, `${shares} in the file, ${owed} were owed`);
  // One share a round may be written and its acknowledgement still be on its way.
  assert(shares <= heard + rounds.length, `${shares} in the file, ${heard} were acknowledged`);
  const known = new Map(blocks.map(({ hash, state }) => [displayHash(hash), state]));
  for (const hash of rounds.flatMap((round) => round.blocks)) {
    const state = known.get(hash) ?? "in no record";
    assert(!["submitted", "unknown", "in no record"].includes(state), `block ${hash} is ${state}`);
  }
  console.log(`${shares} shares (${owed} to ${heard} expected), ${known.size} blocks, all settled`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const seed = Number(Deno.args[0] ?? Date.now() % 1_000_000);
const count = Number(Deno.args[1] ?? 15);
console.log(`seed ${seed}, ${count} rounds`);
const choose = seededChoices(seed);
const folder = await Deno.makeTempDir({ prefix: "zcash-pool-hostile-" });
const node = await startDemoNode({ powLimit: LIMIT, transactionIntervalMs: 0 });
try {
  const rounds: Round[] = [];
  for (let i = 0; i < count; i++) rounds.push(await playRound(folder, node, choose));
  await settleBlocks(folder, node);
  await checkRecords(folder, rounds);
} finally {
  await node.close();
  await Deno.remove(folder, { recursive: true });
}

/**
 * What declared blocks cost. First the pool's own time for a declaration, by level and number of
 * transactions, with a node that answers at once. Then, with a real zebrad (ZEBRAD), how long its
 * templates take while 20 declarers declare as often as they may, against a node left alone.
 *
 *     deno task bench:jd [zebrad]
 *
 * @module
 */
import { displayHash } from "../../src/base/mod.ts";
import type { Transaction } from "../../src/chain/zcash/mod.ts";
import type { FullTemplateLevel } from "../../src/mining/job_declaration/mod.ts";
import {
  AllocateMiningJobTokenSuccess,
  DeclarationTemplate,
  GetMissingTransactions,
  SetFullTemplateJobError,
  SetFullTemplateJobSuccess,
} from "../../src/wire/protocol/mod.ts";
import { connectDeclarer } from "../e2e/_declaring.ts";
import type { TimingOrder } from "./_template_times.ts";
import { minerOutput, send } from "../support/chain_transactions.ts";
import type { Declarer } from "../support/declarer.ts";
import { LivePool } from "../support/live_pool.ts";
import { PoolHarness, templateOn } from "../support/pool_harness.ts";
import { testnetAddress } from "../support/payout_addresses.ts";
import { findProgram } from "../support/requirements.ts";
import { spendingTransaction } from "../support/spending_transaction.ts";
import { ANYONE_CAN_SPEND_ADDRESS, regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";

const LEVELS = ["Minimal", "Standard", "Strict"] as const;
const COUNTS = [0, 100, 1_000];
const DECLARERS = 20;

/** As many as an identity at an address may send: one a second. */
const PAUSE_MS = 1_000;

const PHASE_MS = 10_000;
const PHASES = 3;

async function timeOf(level: FullTemplateLevel, transactions: readonly Transaction[]) {
  const harness = await PoolHarness.start({ fullTemplates: level });
  const byId = new Map(transactions.map(({ txid, bytes }) => [displayHash(txid), bytes]));
  // Read anew: what the maker of a transaction has read is no use to the pool.
  harness.findTransaction = (txid) => Promise.resolve(byId.get(displayHash(txid))?.slice());
  await harness.template(templateOn(1));
  const declarer = await harness.connectDeclarer();
  await declarer.allocate({ requestedMode: 1 });
  const declare = async (): Promise<number> => {
    const began = performance.now();
    const answers = declarer.heard(SetFullTemplateJobSuccess).length;
    const asks = declarer.heard(GetMissingTransactions).length;
    await declarer.declareFull(transactions, { transactions: [] });
    if (declarer.heard(GetMissingTransactions).length > asks) await declarer.provide(transactions);
    await declarer.hear(SetFullTemplateJobSuccess, answers + 1);
    return performance.now() - began;
  };
  const first = await declare();
  const again = await declare();
  await harness.stop();
  return `${first.toFixed(1)} ms, again ${again.toFixed(1)} ms`;
}

console.log("the pool's time for a declaration, the second one of the same transactions:");
for (const count of COUNTS) {
  const transactions = Array.from({ length: count }, (_, i) => spendingTransaction(i));
  for (const level of LEVELS) {
    console.log(`  ${level}, ${count} transactions: ${await timeOf(level, transactions)}`);
  }
}

/** What is declared, and what its fees leave the coinbase (ZIP 235). */
interface DeclaredList {
  readonly transactions: readonly Transaction[];
  readonly keptZat: bigint;
}

/** Declares as often as it may, until told to stop. */
async function declareOn(
  declarer: Declarer,
  signal: AbortSignal,
  { transactions, keptZat }: DeclaredList,
): Promise<void> {
  while (!signal.aborted) {
    const began = performance.now();
    const answers = answersOf(declarer);
    const serial = performance.now() & 0xffff;
    const mark = Uint8Array.of(2, serial & 0xff, serial >> 8);
    const coinbase = declarer.coinbase({ mark, offBy: keptZat });
    await declarer.declareFull(transactions, { coinbase });
    while (answersOf(declarer) === answers && !signal.aborted) await pause(5);
    await pause(PAUSE_MS - (performance.now() - began));
  }
}

function answersOf(declarer: Declarer): number {
  return declarer.heard(SetFullTemplateJobSuccess).length +
    declarer.heard(SetFullTemplateJobError).length;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

function templateTimes(thread: Worker, { url, cookiePath }: ZebraNode): Promise<number[]> {
  const order: TimingOrder = { url, cookiePath, forMs: PHASE_MS };
  thread.postMessage(order);
  return new Promise((resolve) => {
    thread.onmessage = ({ data }: MessageEvent<number[]>) => resolve(data);
  });
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}

async function nodeLatency(path: string): Promise<void> {
  await using node = await ZebraNode.start(path, {
    network: regtest({ fundingStreams: true }),
    minerAddress: ANYONE_CAN_SPEND_ADDRESS,
  });
  await untilTemplate(node);
  await node.generate(101);
  // Outputs that lie in the chain, and transactions that spend them and nobody has seen.
  const { unspent } = await send(node, [await minerOutput(node, 1)], {
    ...{ feeZat: 1_000_000, outputs: 100 },
  });
  await pause(3_000);
  await node.generate(1);
  const feesZat = BigInt(unspent.reduce((sum, { valueZat }) => sum + valueZat - 1_000, 0));
  const transactions = unspent.map(({ txid, index }, i) =>
    spendingTransaction(i, {
      spends: [{ txid: Uint8Array.fromHex(txid).reverse(), index }],
    })
  );
  const list = { transactions, keptZat: feesZat - 6n * feesZat / 10n };
  await using pool = await LivePool.start({
    nodes: [node.url],
    cookiePath: node.cookiePath,
    jd: "full_template_enabled = true\nshare_difficulty = 1.0",
  });
  await pool.events.next("work", ({ kind }) => kind === "work");
  const declarers: Declarer[] = [];
  for (let i = 0; i < DECLARERS; i++) {
    const declarer = await connectDeclarer(pool);
    const userIdentifier = testnetAddress(i);
    await declarer.allocate({ requestedMode: 1, userIdentifier });
    await declarer.hear(AllocateMiningJobTokenSuccess);
    await declarer.hear(DeclarationTemplate);
    declarers.push(declarer);
  }
  const threadUrl = new URL("./_template_times.ts", import.meta.url);
  const thread = new Worker(threadUrl, { type: "module" });
  const alone: number[] = [];
  const beside: number[] = [];
  for (let phase = 0; phase < PHASES; phase++) {
    alone.push(...await templateTimes(thread, node));
    const controller = new AbortController();
    const running = declarers.map((each) => declareOn(each, controller.signal, list));
    beside.push(...await templateTimes(thread, node));
    controller.abort();
    await Promise.all(running);
  }
  thread.terminate();
  const all = declarers.reduce((sum, each) => sum + answersOf(each), 0);
  const jobs = declarers.reduce(
    (sum, each) => sum + each.heard(SetFullTemplateJobSuccess).length,
    0,
  );
  const [refusal] = declarers.flatMap((each) => each.heard(SetFullTemplateJobError));
  console.log(
    `a template of zebrad, median: ${median(alone).toFixed(2)} ms alone, ` +
      `${median(beside).toFixed(2)} ms beside ${DECLARERS} declarers: ratio ` +
      `${
        (median(beside) / median(alone)).toFixed(2)
      } (${all} declarations of ${transactions.length} ` +
      `transactions answered in ${PHASES * PHASE_MS / 1_000} s, ${jobs} of them jobs` +
      `${refusal === undefined ? ")" : `; a refusal: ${refusal.message})`}`,
  );
}

const zebrad = Deno.args[0] ?? findProgram("zebrad");
if (zebrad === undefined) console.log("no zebrad: the second part is left out");
else await nodeLatency(zebrad);

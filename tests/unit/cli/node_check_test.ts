import { RpcError } from "../../../src/platform/rpc/mod.ts";
import assert from "node:assert/strict";
import type { Finding } from "../../../src/cli/finding.ts";
import { checkNode } from "../../../src/cli/node_check.ts";
import { parseConfig } from "../../../src/service/config/mod.ts";
import {
  type BlockchainInfo,
  type DeprecationInfo,
  type NodeClient,
} from "../../../src/chain/node/mod.ts";
import { decodeBlockHeader, parseAddress, parseTransaction } from "../../../src/chain/zcash/mod.ts";
import { madeTemplate, templateJson } from "../../support/block_templates.ts";
import { unified } from "../../support/unified_addresses.ts";

const POOL = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs";
const POOL_SCRIPT = parseAddress(POOL).scriptPubKey as Uint8Array;
const TEST_POOL = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
const SHIELDED_POOL =
  "zs1xl84ekz6stprmvrp39s77mf9t953nqjndwlcjtzfrr3cgjjez87639xm4u9pfuvylrhec3uryy5";
const DAY_SECS = 86_400;

/** What a scripted node answers; each question has a good answer unless another is given. */
interface Answers {
  readonly chain?: Partial<BlockchainInfo> | RpcError;
  readonly connections?: number;
  readonly support?: DeprecationInfo | RpcError;
  readonly template?: unknown;
}

const paysPool = madeTemplate({
  height: 101,
  outputs: [{ valueZat: 41_666_668n, script: POOL_SCRIPT }],
});

const NOW_MS = paysPool.curTime * 1000;

function scriptedNode(answers: Answers): NodeClient {
  const unasked = (): Promise<never> => Promise.reject(new Error("not part of a check"));
  const answer = <T>(value: T | RpcError): Promise<T> =>
    value instanceof RpcError ? Promise.reject(value) : Promise.resolve(value);
  return {
    url: "http://node",
    getBlockchainInfo: () =>
      answers.chain instanceof RpcError ? Promise.reject(answers.chain) : answer({
        chain: "main",
        blocks: 100,
        bestBlockHash: new Uint8Array(32),
        estimatedHeight: 100,
        consensus: { chainTip: 0, nextBlock: 0 },
        ...answers.chain,
      }),
    getNetworkInfo: () =>
      answer({ subversion: "/Zebra:7.0.0/", connections: answers.connections ?? 8 }),
    getDeprecationInfo: () => answer<DeprecationInfo | undefined>(answers.support),
    getBlockTemplate: () =>
      answer<unknown>(answers.template === undefined ? templateJson(paysPool) : answers.template),
    proposeBlock: unasked,
    submitBlock: unasked,
    getBlockHash: unasked,
    getBlockHeader: unasked,
    getBlock: unasked,
    getBlockLinks: unasked,
    getBlockSubsidy: unasked,
    getBestBlockHeightAndHash: unasked,
    validateAddress: unasked,
    zValidateAddress: unasked,
    getTransactionPlace: unasked,
    getTransactionOutputs: unasked,
    getTransaction: unasked,
    isUnspent: unasked,
    sendRawTransaction: unasked,
  };
}

async function findingsOf(answers: Answers, settings = "", address = POOL): Promise<Finding[]> {
  const { config } = parseConfig(`[payout]\npool_address = "${address}"\n${settings}`);
  return await checkNode(scriptedNode(answers), config, NOW_MS);
}

/** Those that are not in order, as `level: text`. */
function troubles(findings: readonly Finding[]): string[] {
  return findings.filter(({ level }) => level !== "ok").map(({ level, text }) =>
    `${level}: ${text}`
  );
}

/** The coinbase of a real block, as it stands in the vectors. */
function realCoinbase(network: string, height: number): Uint8Array {
  const found = blocks.find((block) => block.network === network && block.height === height);
  assert(found !== undefined);
  const bytes = Uint8Array.fromHex(found.hex);
  // Fewer than 253 transactions: their count is one byte.
  return parseTransaction(bytes, decodeBlockHeader(bytes).length + 1).bytes;
}

const { blocks } = JSON.parse(
  await Deno.readTextFile(new URL("../../vectors/data/zcash/blocks.json", import.meta.url)),
) as { blocks: readonly { network: string; height: number; hex: string }[] };

Deno.test("a node that is in order is told nothing but that", async () => {
  const findings = await findingsOf({});
  assert.deepEqual(troubles(findings), []);
  assert.equal(findings.length, 6);
});

Deno.test("a node on another network than the settings is a fault", async () => {
  const rows: [Answers, string, RegExp][] = [
    [{ chain: { chain: "test" } }, "", /^fault: It is on a test network, but payout\.pool_address/],
    [{ chain: { chain: "test" } }, '[mining]\nnetwork = "main"\n', /but mining\.network is main/],
  ];
  for (const [answers, settings, expected] of rows) {
    const found = troubles(await findingsOf(answers, settings));
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", expected);
  }
});

Deno.test("a node's end of support is told, warned of 14 days ahead, and a fault once past", async () => {
  const at = (days: number): number => NOW_MS / 1000 + days * DAY_SECS;
  const rows: [Answers["support"] & object, RegExp | undefined][] = [
    [{ blockHeight: 60_000, estimatedTime: at(15) }, undefined],
    [{ blockHeight: 60_000, estimatedTime: undefined }, undefined],
    [{ blockHeight: 45_000, estimatedTime: at(13) }, /^warning: Its support ends at height 45000/],
    [{ blockHeight: 100, estimatedTime: at(0) }, /^fault: Its support ends at height 100/],
    [
      new RpcError("node", "rpc", "Method not found"),
      /^warning: It does not report its end of support/,
    ],
  ];
  for (const [support, expected] of rows) {
    const findings = await findingsOf({ support });
    const found = troubles(findings);
    if (expected === undefined) {
      assert.deepEqual(found, []);
      assert(findings.some(({ text }) => text.startsWith("Its support ends at height 60000")));
    } else {
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", expected);
    }
  }
});

Deno.test("a node alone, and one with another time, are warned of", async () => {
  assert.match(
    troubles(await findingsOf({ connections: 0 }))[0] ?? "",
    /^warning: It has no peers/,
  );
  const late = { ...paysPool, curTime: paysPool.curTime + 61, maxTime: paysPool.maxTime + 61 };
  assert.match(
    troubles(await findingsOf({ template: templateJson(late) }))[0] ?? "",
    /^warning: Its time and this machine's differ/,
  );
});

Deno.test("on Regtest neither peers, estimate nor the template's time raise an alarm", async () => {
  const ownScript = parseAddress(TEST_POOL).scriptPubKey as Uint8Array;
  const paysOwn = madeTemplate({
    height: 101,
    outputs: [{ valueZat: 41_666_668n, script: ownScript }],
  });
  const hoursAgo = { ...paysOwn, curTime: paysOwn.curTime - 9000, minTime: paysOwn.minTime - 9000 };
  const answers: Answers = {
    chain: { chain: "test", estimatedHeight: 2_000_000 },
    connections: 0,
    template: templateJson(hoursAgo),
  };
  const findings = await findingsOf(answers, '[mining]\nnetwork = "regtest"\n', TEST_POOL);
  assert.deepEqual(troubles(findings), []);
  assert(findings.some(({ text }) => text.endsWith("with 0 peers, at height 100.")));
  assert(findings.some(({ text }) => text.endsWith("height 101, 0 transactions.")));
  const public_ = troubles(await findingsOf(answers, "", TEST_POOL));
  assert.equal(public_.length, 2, "the same node on the test network is warned of twice");
});

Deno.test("whom the node's coinbase pays is compared with the pool's address", async () => {
  const other = madeTemplate({ height: 101 });
  const shielded = madeTemplate({
    height: 949_496,
    coinbase: realCoinbase("mainnet", 949_496),
  });
  const odd = madeTemplate({
    height: 101,
    outputs: [{ valueZat: 41_666_668n, script: Uint8Array.of(0x6a) }],
  });
  const rows: [unknown, string, RegExp | undefined][] = [
    [templateJson(paysPool), POOL, undefined],
    [templateJson(other), POOL, undefined],
    [templateJson(odd), POOL, /^fault: Its coinbase pays no ordinary address/],
    [templateJson(shielded), POOL, /^fault: Its coinbase pays a shielded address.*miner_address/],
    [templateJson(shielded), SHIELDED_POOL, /^warning: .* can neither change nor check/],
    [templateJson(other), SHIELDED_POOL, /^fault: .*transparent address, the pool's is shielded/],
  ];
  for (const [template, address, expected] of rows) {
    const found = troubles(await findingsOf({ template }, "", address));
    assert.equal(found.length, expected === undefined ? 0 : 1, found.join());
    if (expected !== undefined) assert.match(found[0] ?? "", expected);
  }
});

Deno.test("a pool's address that has expired is a fault, which the node does not know of", async () => {
  const expired = unified([[3, 43], [0xe1, 8]], { prefix: "zu", bytes: 0 });
  const found = troubles(await findingsOf({}, "", expired));
  assert.match(found[0] ?? "", /^fault: payout\.pool_address has expired/);
});

Deno.test("where the node's own coinbase may be mined, it must pay the pool", async () => {
  const asMade = '[mining]\nunknown_coinbase = "as_the_node_made_it"\n';
  const late = { ...paysPool, coinbaseAuthDigest: new Uint8Array(32).fill(1) };
  const rows: [unknown, string, RegExp | undefined][] = [
    [templateJson(paysPool), asMade, undefined],
    [templateJson(madeTemplate({ height: 101 })), asMade, /^fault: .*another transparent address/],
    [templateJson(late), asMade, /^warning: .*as the node made it: whom it pays cannot be checked/],
    [templateJson(late), "", /^fault: .*template is refused/],
  ];
  for (const [template, toml, expected] of rows) {
    const found = troubles(await findingsOf({ template }, toml));
    assert.equal(found.length, expected === undefined ? 0 : 1, found.join());
    if (expected !== undefined) assert.match(found[0] ?? "", expected);
  }
});

Deno.test("a node that refuses, is silent or answers nonsense is one fault with what to do", async () => {
  const rows: [Answers, number, RegExp][] = [
    [{ template: new RpcError("node", "rpc", "not synced", { rpcCode: -10 }) }, 3, /not synced/],
    [{ template: {} }, 3, /template/],
    [{ template: null }, 3, /template/],
    [{ template: { ...templateJson(paysPool), height: 102 } }, 3, /template is refused/],
    [
      { support: new RpcError("node", "timeout", "No answer within 3 s") },
      2,
      /No answer within 3 s/,
    ],
    [{ chain: new RpcError("node", "unreachable", "No connection") }, 0, /No connection/],
  ];
  for (const [answers, known, expected] of rows) {
    const findings = await findingsOf(answers);
    assert.deepEqual(
      findings.map(({ level }) => level),
      [...Array<string>(known).fill("ok"), "fault"],
    );
    assert.match(findings.at(-1)?.text ?? "", expected);
  }
});

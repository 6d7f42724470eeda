import assert from "node:assert/strict";
import { concatBytes, displayHash, hexToBytes } from "../../../../src/base/mod.ts";
import { parseBlock } from "../../../../src/demo/demo_node/_block.ts";
import { checkProofOfWork } from "../../../../src/demo/demo_node/_check_proof.ts";
import { BlockRefusal } from "../../../../src/demo/demo_node/_refusal.ts";
import { openScriptSig, push } from "../../../../src/demo/demo_node/_script.ts";
import {
  makeTransaction,
  type Transaction,
  type TransactionFields,
  type TransactionOutput,
} from "../../../../src/demo/demo_node/_transaction.ts";
import { type BlockChanges, blockOf, currentTemplate, demoCore } from "./_demo_core.ts";
import { recordedBlocks, rulesOf, unknownHash } from "./_recorded.ts";

type Row = readonly [name: string, changes: BlockChanges, reason: RegExp];

const FILL = new Uint8Array(1);
const FILL32 = new Uint8Array(32).fill(0x22);

/** Changes the coinbase's only input. */
function coinbaseScript(scriptSig: Uint8Array): BlockChanges {
  return { coinbase: ({ inputs }) => ({ inputs: inputs.map((i) => ({ ...i, scriptSig })) }) };
}

/** Changes one output of the coinbase. */
function coinbaseOutput(
  index: number,
  change: (output: TransactionOutput) => TransactionOutput,
): BlockChanges {
  return {
    coinbase: ({ outputs }) => ({ outputs: outputs.map((o, i) => i === index ? change(o) : o) }),
  };
}

/** Changes the last transaction, on which no other depends. */
function lastSpend(change: (fields: TransactionFields) => Partial<TransactionFields>) {
  return {
    transactions: (list: Transaction[]): Transaction[] => {
      const last = list.at(-1);
      assert(last !== undefined);
      return [...list.slice(0, -1), makeTransaction({ ...last, ...change(last) })];
    },
  };
}

function outputs(change: (output: TransactionOutput) => TransactionOutput) {
  return lastSpend((fields) => ({ outputs: fields.outputs.map(change) }));
}

function inputs(scriptSig: Uint8Array): BlockChanges {
  return lastSpend((fields) => ({ inputs: fields.inputs.map((i) => ({ ...i, scriptSig })) }));
}

const ROWS: readonly Row[] = [
  ["time at the median", { header: () => ({ time: 1_789_913_600 }) }, /timetooearly/],
  ["time too far ahead", { header: () => ({ time: 1_790_007_201 }) }, /time-invalidblocktime/],
  [
    "bits of another target",
    { header: () => ({ bits: 0x201fffff }) },
    /invaliddifficultythreshold/,
  ],
  ["another merkle root", { header: () => ({ merkleRoot: FILL32 }) }, /badmerkleroot-actual-root/],
  [
    "another commitment",
    { header: () => ({ blockCommitments: FILL32 }) },
    /invalidblockcommitment-invalidchainhistoryblocktxauthcommitment-expected-/,
  ],
  ["another height", coinbaseScript(hexToBytes("5204f09fa693")), /coinbaseexpiryblockheight/],
  [
    "another height and expiry",
    {
      coinbase: ({ inputs }) => ({
        expiryHeight: 2,
        inputs: inputs.map((i) => ({ ...i, scriptSig: hexToBytes("5204f09fa693") })),
      }),
    },
    /nonsequentialblock/,
  ],
  ["a height in a longer form", coinbaseScript(hexToBytes("010104f09fa693")), /coinbaseheight/],
  ["no height", coinbaseScript(hexToBytes("04f09fa693")), /coinbaseheight/],
  ["a scriptSig of one byte", coinbaseScript(hexToBytes("51")), /coinbasescriptlength/],
  [
    "a scriptSig of 101 bytes",
    coinbaseScript(concatBytes(hexToBytes("51"), push(new Uint8Array(98)))),
    /coinbasescriptlength/,
  ],
  ["another expiry height", { coinbase: () => ({ expiryHeight: 0 }) }, /coinbaseexpiryblockheight/],
  ["another branch id", { coinbase: () => ({ branchId: 0x37a5165b }) }, /wrongbranchid/],
  [
    "a zatoshi too much",
    coinbaseOutput(0, (o) => ({ ...o, valueZat: o.valueZat + 1n })),
    /subsidy-invalidminerfees/,
  ],
  [
    "a zatoshi too little",
    coinbaseOutput(0, (o) => ({ ...o, valueZat: o.valueZat - 1n })),
    /subsidy-invalidminerfees/,
  ],
  [
    "no funding stream",
    { coinbase: ({ outputs }) => ({ outputs: outputs.slice(0, 1) }) },
    /fundingstreamnotfound/,
  ],
  [
    "a funding stream to someone else",
    coinbaseOutput(1, (o) => ({ ...o, script: hexToBytes(`a914${"11".repeat(20)}87`) })),
    /fundingstreamnotfound/,
  ],
  [
    "a funding stream that is cut",
    coinbaseOutput(1, (o) => ({ ...o, valueZat: o.valueZat - 1n })),
    /fundingstreamnotfound/,
  ],
  [
    "a negative output",
    { coinbase: ({ outputs }) => ({ outputs: [...outputs, { valueZat: -1n, script: FILL }] }) },
    /amount/,
  ],
  ["no coinbase", { transactions: (list) => list.slice(1) }, /nocoinbase/],
  [
    "a coinbase in the middle",
    {
      transactions: (list) => {
        assert(list[0] !== undefined);
        return [...list, makeTransaction({ ...list[0], version: 5 })];
      },
    },
    /coinbaseafterfirst/,
  ],
  [
    "a transaction left out",
    { transactions: (list) => list.slice(0, -1) },
    /subsidy-invalidminerfees/,
  ],
  [
    "a transaction twice",
    { transactions: (list) => [...list, ...list.slice(-1)] },
    /duplicatetransaction/,
  ],
  [
    "an output spent twice",
    {
      transactions: (list) => {
        const last = list.at(-1);
        assert(last !== undefined);
        return [...list, makeTransaction({ ...last, expiryHeight: 50 })];
      },
    },
    /duplicatetransparentspend/,
  ],
  ["a script that does not open", inputs(hexToBytes("0100")), /transaction-script/],
  ["a script that is no push", inputs(hexToBytes("61010151")), /transaction-script/],
  [
    "more out than in",
    outputs((o) => ({ ...o, valueZat: o.valueZat + 100_000n })),
    /incorrectfee/,
  ],
  ["money from nothing", outputs((o) => ({ ...o, valueZat: 2_200_000_000_000_000n })), /amount/],
  [
    "a fee that is not claimed",
    outputs((o) => ({ ...o, valueZat: o.valueZat - 10n })),
    /minerfees/,
  ],
  ["no outputs", lastSpend(() => ({ outputs: [] })), /nooutputs/],
  ["no inputs", lastSpend(() => ({ inputs: [] })), /noinputs/],
  ["a spend of another branch", lastSpend(() => ({ branchId: 0x37a5165b })), /wrongbranchid/],
  [
    "a spend that expires too late",
    lastSpend(() => ({ expiryHeight: 500_000_000 })),
    /maximumexp/,
  ],
  [
    "a spend that is locked",
    lastSpend(({ inputs }) => ({
      lockTime: 100,
      inputs: inputs.map((i) => ({ ...i, sequence: 0 })),
    })),
    /lockeduntil/,
  ],
  [
    "too many signature checks",
    outputs((o) => ({ ...o, script: new Uint8Array(10_001).fill(0xac) })),
    /toomanytransparentsignatureoperations-2000[0-9]/,
  ],
];

Deno.test("the template's own block passes, with its transactions and without them", async () => {
  const { core, clock } = demoCore();
  const template = currentTemplate(core);
  assert(template.transactions.length >= 3);
  const { signal } = new AbortController();
  assert.equal(await core.inbox.propose(blockOf(template), signal), null);
  core.mempool.clear();
  core.board?.rebuild();
  assert.equal(await core.inbox.propose(blockOf(currentTemplate(core)), signal), null);
  const added = core.chain.add(parseBlock(blockOf(template)), {
    nowMs: clock.now(),
    proofOfWork: false,
  });
  assert.equal(added.kind, "added");
  core.close();
});

Deno.test("a coinbase of version 5 and one with a longer scriptSig pass too", async () => {
  const { core } = demoCore();
  const { signal } = new AbortController();
  const template = currentTemplate(core);
  const five = blockOf(template, { coinbase: () => ({ version: 5 }) });
  assert.equal(await core.inbox.propose(five, signal), null);
  const tagged = concatBytes(hexToBytes("51"), new Uint8Array(99).fill(0x2f));
  assert.equal(await core.inbox.propose(blockOf(template, coinbaseScript(tagged)), signal), null);
  core.close();
});

for (const [name, changes, reason] of ROWS) {
  Deno.test(`a block is refused for: ${name}`, async () => {
    const { core, clock } = demoCore();
    const bytes = blockOf(currentTemplate(core), changes);
    const answer = await core.inbox.propose(bytes, new AbortController().signal);
    assert.match(answer ?? "accepted", reason);
    const added = core.chain.add(parseBlock(bytes), { nowMs: clock.now(), proofOfWork: false });
    assert.equal(added.kind, "refused");
    assert.equal(core.chain.tip.height, 0);
    core.close();
  });
}

Deno.test("a changed scriptSig without a new commitment is refused", async () => {
  const { core } = demoCore();
  const template = currentTemplate(core);
  const bytes = blockOf(template, {
    ...coinbaseScript(hexToBytes("510102")),
    header: () => ({ blockCommitments: template.blockCommitments }),
  });
  const answer = await core.inbox.propose(bytes, new AbortController().signal);
  assert.match(answer ?? "accepted", /invalidblockcommitment/);
  core.close();
});

Deno.test("an expired transaction is refused", async () => {
  const { core } = demoCore();
  const open = [...core.mempool.spendable().keys()].at(-1);
  assert(open !== undefined);
  core.miner.generate(3);
  const template = currentTemplate(core);
  const first = template.transactions[0]?.transaction ?? core.mempool.transactions[0]?.transaction;
  assert(first !== undefined);
  const bytes = blockOf(template, {
    transactions: ([coinbase]) => {
      assert(coinbase !== undefined);
      return [coinbase, makeTransaction({ ...first, expiryHeight: 3 })];
    },
  });
  const answer = await core.inbox.propose(bytes, new AbortController().signal);
  assert.match(answer ?? "accepted", /expiredtransaction/);
  core.close();
});

Deno.test("a proposal for another parent than the tip is refused by name", async () => {
  const { core } = demoCore();
  const bytes = blockOf(currentTemplate(core), {
    header: () => ({ previousBlockHash: unknownHash() }),
  });
  const answer = await core.inbox.propose(bytes, new AbortController().signal);
  assert.equal(answer, "proposal-does-not-extend-the-current-chain-tip");
  core.close();
});

Deno.test("a coinbase output to the open script cannot be spent", async () => {
  const { core } = demoCore({ transactionIntervalMs: 0 });
  const script = hexToBytes("a914da1745e9b549bd0bfa1a569971c77eba30cd5a4b87");
  const bytes = blockOf(currentTemplate(core), coinbaseOutput(0, (o) => ({ ...o, script })));
  const block = parseBlock(bytes);
  assert.equal(
    core.chain.add(block, { nowMs: 1_790_000_000_000, proofOfWork: false }).kind,
    "added",
  );
  const [coinbase] = block.transactions;
  assert(coinbase !== undefined);
  const spend = makeTransaction({
    version: 5,
    branchId: coinbase.branchId,
    lockTime: 0,
    expiryHeight: 0,
    inputs: [{
      previousTxid: coinbase.txid,
      previousIndex: 0,
      scriptSig: openScriptSig(FILL),
      sequence: 0,
    }],
    outputs: [{ valueZat: 1n, script }],
  });
  assert.throws(() => core.mempool.add(spend), BlockRefusal);
  await Promise.resolve();
  core.close();
});

Deno.test("proof of work: limit, hash and solution are each refused by name", () => {
  const [, first] = recordedBlocks("pow_testnet_nu7");
  assert(first !== undefined);
  const rules = rulesOf("pow_testnet_nu7");
  const easy = { ...rules, powLimit: (1n << 255n) - 1n };
  const whole = hexToBytes(first.hex);
  const real = parseBlock(whole);
  checkProofOfWork(real, rules);
  const withBits = (bits: number) => ({ ...real, header: { ...real.header, bits } });
  assert.throws(() => checkProofOfWork(withBits(0x2007ffff + 1), rules), /TargetDifficultyLimit/);
  assert.throws(() => checkProofOfWork(withBits(0x0100_0000), rules), /InvalidDifficulty/);
  assert.throws(
    () => checkProofOfWork(withBits(0x1f07ffff), rules),
    new RegExp(`DifficultyFilter\\(${displayHash(real.hash)}`),
  );
  // The real hash with a spoiled solution: only the last check can see it.
  const solution = real.header.solution.slice();
  solution[700] = (solution[700] ?? 0) ^ 1;
  const spoiled = { ...real, header: { ...real.header, solution } };
  assert.throws(() => checkProofOfWork(spoiled, easy), /EquihashInvalid/);
  const otherNonce = { ...real, header: { ...real.header, nonce: new Uint8Array(32) } };
  assert.throws(() => checkProofOfWork(otherNonce, easy), /EquihashInvalid/);
});

import assert from "node:assert/strict";
import { bytesToHex, concatBytes, hexToBytes } from "../../../../src/base/mod.ts";
import {
  makeJobTemplate,
  measureBlock,
  payAllTo,
  payThenRest,
} from "../../../../src/chain/jobs/mod.ts";
import {
  authDataRoot,
  type BlockTemplate,
  hashBlockCommitments,
  merkleRoot,
  p2pkhScript,
  p2shScript,
  parseTransaction,
  TemplateError,
  type TemplateFault,
} from "../../../../src/chain/zcash/mod.ts";
import {
  madeTemplate,
  madeTransaction,
  NODE_SCRIPT,
  STREAM_SCRIPT,
} from "../../../support/block_templates.ts";
import { type BlockVector, readVectors } from "../../../vectors/zcash/_data.ts";

const poolScript = p2pkhScript(new Uint8Array(20).fill(0x33));
const options = {
  split: payAllTo(poolScript),
  processBytes: hexToBytes("0102030405060708"),
  tag: new TextEncoder().encode("/pool/"),
  serial: 1,
};

function refused(template: BlockTemplate, fault: TemplateFault, row: string, extra = {}): void {
  assert.throws(
    () => makeJobTemplate(template, { ...options, ...extra }),
    (error) => error instanceof TemplateError && error.fault === fault,
    row,
  );
}

Deno.test("a coinbase of v4, v5 and v6 is rebuilt, and only its id may show the new scriptSig", () => {
  for (const version of [4, 5, 6] as const) {
    const template = madeTemplate({ version, transactions: [madeTransaction(1)] });
    const one = makeJobTemplate(template, options);
    const two = makeJobTemplate(template, { ...options, processBytes: new Uint8Array(8) });
    assert.equal(parseTransaction(one.coinbase).version, version);
    const sameId = bytesToHex(one.coinbaseTxid) === bytesToHex(two.coinbaseTxid);
    assert.equal(sameId, version !== 4, `v${version}`);
    const sameCommitment = bytesToHex(one.blockCommitments) === bytesToHex(two.blockCommitments);
    // Before v5 the auth digest of a transaction says nothing, the id says all.
    assert.equal(sameCommitment, version === 4, `v${version}`);
    assert.notDeepEqual(one.headerPrefix(one.time), two.headerPrefix(two.time), `v${version}`);
  }
});

Deno.test("the header commits to every transaction, for every shape of the trees", () => {
  for (let count = 0; count <= 17; count++) {
    const transactions = Array.from({ length: count }, (_, i) => madeTransaction(i));
    const template = madeTemplate({ transactions });
    const job = makeJobTemplate(template, options);
    const { txid, authDigest } = parseTransaction(job.coinbase);
    const root = merkleRoot([txid, ...transactions.map((tx) => tx.txid)]);
    const authRoot = authDataRoot([authDigest, ...transactions.map((tx) => tx.authDigest)]);
    assert.deepEqual(job.merkleRoot, root, `${count}`);
    const commitment = hashBlockCommitments(template.chainHistoryRoot, authRoot);
    assert.deepEqual(job.blockCommitments, commitment, `${count}`);
    assert.deepEqual([job.transactionCount, job.empty], [count, count === 0]);
  }
});

Deno.test("the scriptSig keeps the height, and drops the node's text whole when it does not fit", () => {
  const scripts = [3, 16, 17, 128, 40_000, 3_543_405, 9_000_000].map((height) => {
    const job = makeJobTemplate(madeTemplate({ height }), options);
    return bytesToHex(parseTransaction(job.coinbase).inputs[0]?.script ?? new Uint8Array(0));
  });
  const own = "080102030405060708" + "062f706f6f6c2f" + "04f09fa693";
  assert.deepEqual(scripts, [
    "53" + own,
    "60" + own,
    "0111" + own,
    "028000" + own,
    "03409c00" + own,
    "036d1136" + own,
    "0440548900" + own,
  ]);
  for (const [length, kept] of [[79, true], [80, true], [81, false], [92, false]] as const) {
    const nodeMark = concatBytes(Uint8Array.of(0x4c, length - 2), new Uint8Array(length - 2));
    const height = 1_000_000; // 4 bytes; own marks 16 bytes
    const job = makeJobTemplate(madeTemplate({ height, nodeMark }), options);
    const script = parseTransaction(job.coinbase).inputs[0]?.script ?? new Uint8Array(0);
    assert.equal(script.length, kept ? 20 + length : 20, `${length} bytes of the node's own`);
  }
});

Deno.test("an empty tag leaves no push, and marks of wrong lengths are a fault of the caller", () => {
  const job = makeJobTemplate(madeTemplate(), { ...options, tag: new Uint8Array(0) });
  const script = parseTransaction(job.coinbase).inputs[0]?.script ?? new Uint8Array(0);
  assert.equal(bytesToHex(script), "02e803" + "080102030405060708" + "04f09fa693");
  for (const marks of [{ tag: new Uint8Array(76) }, { processBytes: new Uint8Array(7) }]) {
    assert.throws(() => makeJobTemplate(madeTemplate(), { ...options, ...marks }), RangeError);
  }
});

Deno.test("a template whose parts contradict each other is refused, whichever part it is", () => {
  const template = madeTemplate({ transactions: [madeTransaction(1), madeTransaction(2)] });
  makeJobTemplate(template, options);
  const wrong = new Uint8Array(32).fill(1);
  const [first, second] = template.transactions;
  assert.ok(first && second);
  const changes: Record<string, Partial<BlockTemplate>> = {
    coinbaseTxid: { coinbaseTxid: wrong },
    coinbaseAuthDigest: { coinbaseAuthDigest: wrong },
    merkleRoot: { merkleRoot: wrong },
    authDataRoot: { authDataRoot: wrong },
    blockCommitments: { blockCommitments: wrong },
    chainHistoryRoot: { chainHistoryRoot: wrong },
    height: { height: template.height + 1 },
    "order of the transactions": { transactions: [second, first] },
    "a txid": { transactions: [{ ...first, txid: wrong }, second] },
    "an auth digest": { transactions: [first, { ...second, authDigest: wrong }] },
    "a missing transaction": { transactions: [first] },
    "more fees than there are": { coinbaseFee: 20_001n },
  };
  // What a later upgrade may compute by other rules is told apart from what is merely wrong.
  const ruled = ["coinbaseTxid", "coinbaseAuthDigest", "blockCommitments", "chainHistoryRoot"];
  for (const [row, change] of Object.entries(changes)) {
    const fault = ruled.includes(row) ? "unknown-form" : "does-not-add-up";
    refused({ ...template, ...change }, fault, row);
  }
});

Deno.test("a template from before NU5 is refused with what to do", () => {
  const template = { ...madeTemplate({ version: 4 }), coinbaseAuthDigest: new Uint8Array(32) };
  assert.throws(
    () => makeJobTemplate(template, options),
    { code: "template-does-not-add-up", message: /height 1000 is before NU5/ },
  );
});

Deno.test("a coinbase that is none, or pays impossible sums, does not add up", () => {
  const coinbase = madeTemplate().coinbase;
  const change = (start: number, bytes: number[]) => {
    const changed = coinbase.slice();
    changed.set(bytes, start);
    return madeTemplate({ coinbase: changed });
  };
  refused(change(21, [1]), "does-not-add-up", "spends an output");
  refused(change(53, [0]), "does-not-add-up", "another index");
  refused(madeTemplate({ coinbaseFee: 50_000n }), "does-not-add-up", "fees without transactions");
  const repeated = [madeTransaction(1), madeTransaction(1)];
  refused(madeTemplate({ transactions: repeated }), "does-not-add-up", "a transaction twice");
  const max = 2_100_000_000_000_000n;
  const outputs = [{ valueZat: max, script: NODE_SCRIPT }, { valueZat: 1n, script: STREAM_SCRIPT }];
  refused(madeTemplate({ outputs }), "does-not-add-up", "more than there is");
  const template = madeTemplate();
  const { length } = template.coinbase;
  refused(
    { ...template, coinbase: template.coinbase.subarray(0, length - 1) },
    "unknown-form",
    "a byte less",
  );
  const longer = concatBytes(template.coinbase, Uint8Array.of(0));
  refused({ ...template, coinbase: longer }, "malformed", "a byte more");
});

Deno.test("a miner's output that cannot be told is refused as paying someone else", () => {
  const strange = concatBytes(Uint8Array.of(0x21), new Uint8Array(33).fill(2), Uint8Array.of(0xac));
  refused(madeTemplate({ outputs: [] }), "pays-someone-else", "no output");
  refused(
    madeTemplate({ outputs: [{ valueZat: 5n, script: strange }] }),
    "unknown-form",
    "bare key",
  );
  const { split: _, ...shieldedOptions } = options;
  assert.throws(
    () => makeJobTemplate(madeTemplate(), shieldedOptions),
    { code: "template-pays-someone-else", message: /miner_address/ },
  );
});

Deno.test("a first output that holds less than the fees is not the miner's", () => {
  const outputs = [{ valueZat: 9_999n, script: STREAM_SCRIPT }];
  const transactions = [madeTransaction(1)];
  refused(madeTemplate({ outputs, transactions }), "does-not-add-up", "less than the fees");
});

Deno.test("with the node's subsidy at hand one zatoshi more or less is refused", () => {
  const transactions = [madeTransaction(1, { fee: 30_001n })];
  const template = madeTemplate({ transactions, coinbaseFee: 12_001n });
  const streams = [{ valueZat: 4_166_666n, script: STREAM_SCRIPT }];
  const subsidy = { minerZat: 41_666_668n, streams };
  const job = makeJobTemplate(template, { ...options, subsidy });
  assert.deepEqual([job.minerValueZat, job.feesZat], [41_678_669n, 12_001n]);
  const more = { ...subsidy, minerZat: 41_666_667n };
  refused(template, "does-not-add-up", "miner one more", { subsidy: more });
  const stream = { valueZat: 4_166_667n, script: STREAM_SCRIPT };
  refused(template, "does-not-add-up", "stream one less", {
    subsidy: { ...subsidy, streams: [stream] },
  });
  refused(template, "does-not-add-up", "stream missing", {
    subsidy: { ...subsidy, streams: [...streams, ...streams] },
  });
});

Deno.test("a full block loses transactions from its end, and the coinbase what they paid", () => {
  const transactions = Array.from(
    { length: 10 },
    (_, i) => madeTransaction(i, { length: 1000, fee: 1_001n + BigInt(i) }),
  );
  const nodeMark = hexToBytes("04f09fa693");
  for (const rule of [(fees: bigint) => fees, (fees: bigint) => fees - 6n * fees / 10n]) {
    const fees = transactions.reduce((sum, tx) => sum + tx.fee, 0n);
    const made = { transactions, nodeMark, coinbaseFee: rule(fees) };
    const nodeSize = 1487 + 1 + 10_000 + madeTemplate(made).coinbase.length;
    const template = madeTemplate({ ...made, sizeLimit: nodeSize });
    const job = makeJobTemplate(template, options);
    assert.equal(job.transactionCount, 9);
    const kept = fees - 1_010n;
    assert.equal(job.feesZat, rule(kept));
    assert.equal(job.minerValueZat, 41_666_668n + rule(kept));
    const coinbase = parseTransaction(job.coinbase);
    assert.equal(coinbase.outputs[0]?.valueZat, job.minerValueZat);
    assert.deepEqual(coinbase.outputs[1]?.valueZat, 4_166_666n);
    const left = transactions.slice(0, 9);
    assert.deepEqual(job.merkleRoot, merkleRoot([coinbase.txid, ...left.map((tx) => tx.txid)]));
    assert.equal(job.encodeBlock(new Uint8Array(1487)).length <= nodeSize, true);
  }
});

Deno.test("a block with just enough room loses nothing, with one byte less one transaction", () => {
  const transactions = [madeTransaction(1), madeTransaction(2)];
  const job = makeJobTemplate(madeTemplate({ transactions }), options);
  const size = job.encodeBlock(new Uint8Array(1487)).length;
  for (const [sizeLimit, count] of [[size, 2], [size - 1, 1], [size - 250, 1], [size - 251, 0]]) {
    const fitted = makeJobTemplate(
      madeTemplate({ transactions, sizeLimit: sizeLimit ?? 0 }),
      options,
    );
    assert.equal(fitted.transactionCount, count, `${sizeLimit} of ${size} bytes`);
  }
});

Deno.test("signature operations of the pool's own output count against the limit", () => {
  const transactions = [madeTransaction(1, { sigops: 5 }), madeTransaction(2, { sigops: 4 })];
  const count = (script: Uint8Array, sigopLimit: number) =>
    makeJobTemplate(madeTemplate({ transactions, sigopLimit }), {
      ...options,
      split: payAllTo(script),
    })
      .transactionCount;
  assert.equal(count(p2shScript(new Uint8Array(20)), 9), 2);
  assert.equal(count(poolScript, 10), 2);
  assert.equal(count(poolScript, 9), 1);
});

Deno.test("a hundred payees share a full block to the zatoshi, and lost fees are shared too", () => {
  const scripts = Array.from({ length: 100 }, (_, i) => p2pkhScript(new Uint8Array(20).fill(i)));
  const split = (valueZat: bigint) => {
    const each = valueZat / 100n;
    const rest = valueZat - 99n * each;
    return scripts.map((script, i) => ({ valueZat: i === 0 ? rest : each, script }));
  };
  const transactions = Array.from(
    { length: 10 },
    (_, i) => madeTransaction(i, { length: 1000, fee: 1_001n, sigops: 1 }),
  );
  const made = { transactions, nodeMark: hexToBytes("04f09fa693") };
  const nodeSize = 1487 + 1 + 10_000 + madeTemplate(made).coinbase.length;
  const job = makeJobTemplate(madeTemplate({ ...made, sizeLimit: nodeSize }), {
    ...options,
    split,
  });
  const { outputs } = parseTransaction(job.coinbase);
  assert.equal(job.transactionCount, 6, "3,400 bytes of outputs cost four transactions");
  assert.equal(job.minerValueZat, 41_666_668n + 6n * 1_001n);
  assert.deepEqual(outputs.slice(0, 100), split(job.minerValueZat));
  assert.deepEqual(job.minerOutputs, split(job.minerValueZat));
  assert.deepEqual(outputs.slice(100).map(({ script }) => script), [STREAM_SCRIPT]);
  assert.ok(job.encodeBlock(new Uint8Array(1487)).length <= nodeSize);
  const sigops = madeTemplate({ ...made, sigopLimit: 105 });
  assert.equal(makeJobTemplate(sigops, { ...options, split }).transactionCount, 5);
});

Deno.test("a split that pays a zatoshi more or less, or grows with a lower value, makes no job", () => {
  const off = (zat: bigint) => (valueZat: bigint) => [
    { valueZat: valueZat + zat, script: poolScript },
  ];
  for (const zat of [1n, -1n, -41_666_668n]) {
    assert.throws(() => makeJobTemplate(madeTemplate(), { ...options, split: off(zat) }), {
      code: "assertion-failed",
    });
  }
  const transactions = [madeTransaction(1), madeTransaction(2)];
  const size = makeJobTemplate(madeTemplate({ transactions }), options)
    .encodeBlock(new Uint8Array(1487)).length;
  const growing = (valueZat: bigint) =>
    valueZat < 41_686_668n
      ? [{ valueZat, script: poolScript }, { valueZat: 0n, script: poolScript }]
      : [{ valueZat, script: poolScript }];
  assert.throws(
    () =>
      makeJobTemplate(madeTemplate({ transactions, sizeLimit: size - 1 }), {
        ...options,
        split: growing,
      }),
    { code: "assertion-failed" },
  );
});

Deno.test("a block that cannot be made small enough is refused", () => {
  refused(madeTemplate({ sizeLimit: 1500 }), "too-large", "no room for a coinbase");
  const transactions = [madeTransaction(1), madeTransaction(2)];
  const size = 1487 + 1 + 500 + madeTemplate({ transactions }).coinbase.length;
  const template = madeTemplate({ transactions, coinbaseFee: 7_777n, sizeLimit: size - 4 });
  refused(template, "too-large", "fees by a rule that is not known");
});

Deno.test("the pool's marks give way before work does, one after the other", () => {
  // By an unknown rule of fees nothing can be left out; the pool's output has 2 bytes more.
  const transactions = [madeTransaction(1), madeTransaction(2)];
  const made = { transactions, coinbaseFee: 7_777n };
  const node = 1487 + 1 + 500 + madeTemplate(made).coinbase.length;
  const scriptWith = (room: number) => {
    const job = makeJobTemplate(madeTemplate({ ...made, sizeLimit: node + room }), options);
    assert.equal(job.transactionCount, 2);
    assert.ok(job.encodeBlock(new Uint8Array(1487)).length <= node + room, `${room}`);
    return bytesToHex(parseTransaction(job.coinbase).inputs[0]?.script ?? new Uint8Array(0));
  };
  const [height, process, tag, mark] = [
    "02e803",
    "080102030405060708",
    "062f706f6f6c2f",
    "04f09fa693",
  ];
  const table: [number, string][] = [
    [18, height + process + tag + mark],
    [17, height + process + tag],
    [13, height + process + tag],
    [12, height + process],
    [6, height + process],
    [5, height + mark],
    [2, height + mark],
    [1, height],
    [-3, height],
  ];
  for (const [room, script] of table) assert.equal(scriptWith(room), script, `${room} bytes`);
  assert.throws(() => scriptWith(-4), { code: "template-too-large" });
});

const unknownForms: Record<string, () => BlockTemplate> = {
  "a later version": () => {
    const template = madeTemplate({ transactions: [madeTransaction(1)] });
    const coinbase = template.coinbase.slice();
    coinbase[0] = 7;
    return { ...template, coinbase };
  },
  "another digest": () => ({ ...madeTemplate(), coinbaseAuthDigest: new Uint8Array(32).fill(1) }),
  "another commitment": () => ({ ...madeTemplate(), blockCommitments: new Uint8Array(32).fill(1) }),
  "an output of a new form": () => {
    const script = new Uint8Array(34).fill(0x51);
    return madeTemplate({ outputs: [{ valueZat: 41_666_668n, script }] });
  },
};

Deno.test("a coinbase of an unknown form stops the work, or is mined as the node made it", () => {
  const asMade = { ...options, unknownCoinbase: "as-the-node-made-it" } as const;
  for (const [row, make] of Object.entries(unknownForms)) {
    const template = make();
    refused(template, "unknown-form", row);
    refused(template, "unknown-form", row, { unknownCoinbase: "refuse" });
    const job = makeJobTemplate(template, asMade);
    assert.deepEqual([job.payee, job.unread?.fault], ["unread", "unknown-form"], row);
    assert.deepEqual(
      [job.coinbase, job.coinbaseTxid, job.merkleRoot, job.blockCommitments],
      [template.coinbase, template.coinbaseTxid, template.merkleRoot, template.blockCommitments],
    );
    assert.equal(job.transactionCount, template.transactions.length);
    assert.deepEqual([job.minerValueZat, job.feesZat, job.minerOutputs], [0n, 0n, []], row);
    const block = job.encodeBlock(new Uint8Array(1487));
    const start = 1488 + template.coinbase.length;
    assert.deepEqual(block.subarray(1488, start), template.coinbase, row);
    assert.equal(block.length, start + template.transactions.length * 250, row);
  }
  const late = unknownForms["a later version"]?.() ?? madeTemplate();
  const twice = [madeTransaction(1), madeTransaction(1)];
  refused({ ...late, transactions: twice }, "does-not-add-up", "listed twice", asMade);
  refused({ ...late, merkleRoot: new Uint8Array(32) }, "does-not-add-up", "other root", asMade);
  refused(madeTemplate({ coinbaseFee: 5n }), "does-not-add-up", "money that was read", asMade);
  assert.equal(makeJobTemplate(madeTemplate(), asMade).payee, "checked");
});

Deno.test("a shielded coinbase keeps its outputs and gets the pool's marks, unchecked", () => {
  const { split: _, ...shieldedOptions } = options;
  const { coinbase, transactions, height } = nu7Block();
  const template = madeTemplate({ coinbase, transactions, height, coinbaseFee: 8_000n });
  const before = parseTransaction(coinbase);
  const job = makeJobTemplate(template, shieldedOptions);
  const after = parseTransaction(job.coinbase);
  assert.equal(job.payee, "unchecked-shielded");
  assert.equal(job.minerValueZat, -before.valueBalanceZat);
  assert.deepEqual(job.coinbaseTxid, before.txid, "the bundles are signed over this id");
  assert.notDeepEqual(after.authDigest, before.authDigest);
  assert.match(bytesToHex(after.inputs[0]?.script ?? new Uint8Array(0)), /080102030405060708/);
  assert.deepEqual(
    after.bytes.subarray(after.transparentEnd),
    before.bytes.subarray(before.transparentEnd),
  );
  refused(template, "pays-someone-else", "a transparent pool address");
  const limit = 1487 + 1 + coinbase.length + (transactions[0]?.data.length ?? 0);
  const full = makeJobTemplate({ ...template, sizeLimit: limit }, shieldedOptions);
  assert.ok(full.encodeBlock(new Uint8Array(1487)).length <= limit, "the node's text gives way");
  assert.equal(full.transactionCount, 1);
  const tag = new Uint8Array(75).fill(0x41);
  const long = makeJobTemplate({ ...template, sizeLimit: limit }, { ...shieldedOptions, tag });
  assert.match(bytesToHex(long.coinbase), /080102030405060708ffffffff/, "the long tag gives way");
});

Deno.test("a header prefix carries the time that is asked for, a block only a whole header", () => {
  const job = makeJobTemplate(madeTemplate(), options);
  const prefix = job.headerPrefix(1_795_001_234);
  assert.equal(prefix.length, 108);
  assert.equal(new DataView(prefix.buffer).getUint32(100, true), 1_795_001_234);
  for (const length of [140, 1486, 1488]) {
    assert.throws(() => job.encodeBlock(new Uint8Array(length)), RangeError);
  }
});

function nu7Block() {
  const { blocks } = readVectors<{ blocks: BlockVector[] }>("blocks");
  const hex = blocks.find(({ height }) => height === 4_465_026)?.hex ?? "";
  const coinbase = parseTransaction(hexToBytes(hex), 1488);
  const other = parseTransaction(hexToBytes(hex), 1488 + coinbase.bytes.length);
  const { txid, authDigest } = other;
  return {
    coinbase: coinbase.bytes,
    height: 4_465_026,
    transactions: [{ data: other.bytes, txid, authDigest, fee: 20_000n, sigops: 1 }],
  };
}

const payees = [
  { valueZat: 5_000n, script: p2pkhScript(new Uint8Array(20).fill(0x44)) },
  { valueZat: 7_000n, script: p2shScript(new Uint8Array(20).fill(0x45)) },
];

Deno.test("a divided job pays its payees first and the rest to the pool, and has an id of its own", () => {
  for (const version of [4, 5, 6] as const) {
    const template = madeTemplate({ version, transactions: [madeTransaction(1)] });
    const plain = makeJobTemplate(template, options).atTime(template.curTime + 3);
    const split = payThenRest(payees, poolScript);
    const job = plain.withSplit({ split, sequence: 7 });
    const restZat = plain.minerValueZat - 12_000n;
    assert.deepEqual(job.minerOutputs, [...payees, { valueZat: restZat, script: poolScript }]);
    const coinbase = parseTransaction(job.coinbase);
    assert.deepEqual(coinbase.outputs.slice(0, 3), job.minerOutputs, `v${version}`);
    assert.equal(coinbase.inputs[0]?.sequence, 7);
    assert.deepEqual(job.coinbaseTxid, coinbase.txid);
    assert.deepEqual([job.time, job.serial, job.minerValueZat], [
      plain.time,
      plain.serial,
      plain.minerValueZat,
    ]);
    const root = merkleRoot([coinbase.txid, ...template.transactions.map((tx) => tx.txid)]);
    assert.deepEqual(job.merkleRoot, root);
    const other = job.withSplit({ split, sequence: 8 });
    assert.notDeepEqual(other.coinbaseTxid, job.coinbaseTxid, `v${version}`);
    assert.deepEqual(job.withSplit({ split, sequence: 7 }).coinbaseTxid, job.coinbaseTxid);
  }
});

Deno.test("in a full block the payees stay and transactions go", () => {
  const transactions = [madeTransaction(1), madeTransaction(2)];
  const template = madeTemplate({ transactions });
  const plain = makeJobTemplate(template, options);
  const { size } = measureBlock(parseTransaction(plain.coinbase), transactions);
  const full = makeJobTemplate({ ...template, sizeLimit: size + 33 }, options);
  const job = full.withSplit({ split: payThenRest(payees, poolScript), sequence: 1 });
  assert.equal(job.transactionCount, 1);
  assert.deepEqual(job.minerOutputs.slice(0, 2), payees);
  assert.ok(job.minerValueZat < full.minerValueZat, "the fee of what was left out is missing");
});

Deno.test("what is not the pool's own transparent coinbase is not divided", () => {
  const job = makeJobTemplate(madeTemplate(), options);
  const coinbase = parseTransaction(job.coinbase);
  const declared = job.withCoinbase({ coinbase, poolOutputs: coinbase.outputs });
  const divided = { split: payThenRest(payees, poolScript), sequence: 1 };
  assert.throws(() => declared.withSplit(divided), RangeError);
});

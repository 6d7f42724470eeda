import assert from "node:assert/strict";
import { bytesToHex, displayHash, hexToBytes } from "../../../src/base/mod.ts";
import { makeJobTemplate, payAllTo } from "../../../src/chain/jobs/mod.ts";
import {
  inspectBlock,
  parseBlockSubsidy,
  parseBlockTemplate,
  parseTransaction,
} from "../../../src/chain/zcash/mod.ts";
import { readVectors, type TemplateAnswer } from "./_data.ts";

interface AcceptedJob {
  readonly name: string;
  readonly template: TemplateAnswer;
  readonly subsidy?: unknown;
  readonly pool_script?: string | null;
  readonly process_bytes?: string;
  readonly tag?: string;
  readonly accepted_block?: string;
  readonly refused?: string;
}

const jobs = readVectors<{ jobs: AcceptedJob[] }>("accepted_jobs").jobs;
const accepted = jobs.filter(({ refused }) => refused === undefined);

function remake(row: AcceptedJob) {
  return makeJobTemplate(parseBlockTemplate(row.template), {
    ...(row.pool_script ? { split: payAllTo(hexToBytes(row.pool_script)) } : {}),
    ...(row.subsidy === undefined ? {} : { subsidy: parseBlockSubsidy(row.subsidy) }),
    processBytes: hexToBytes(row.process_bytes ?? "0000000000000000"),
    tag: new TextEncoder().encode(row.tag ?? ""),
    serial: 1,
  });
}

Deno.test("every block that zebrad 7.0.0 accepted from this pool is made again to the byte", () => {
  assert.equal(accepted.length, 6);
  for (const row of accepted) {
    const block = hexToBytes(row.accepted_block ?? "");
    const job = remake(row);
    assert.equal(
      bytesToHex(job.headerPrefix(job.time)),
      bytesToHex(block.subarray(0, 108)),
      row.name,
    );
    const again = job.encodeBlock(block.subarray(0, 1487));
    assert.equal(bytesToHex(again), row.accepted_block, row.name);
  }
});

Deno.test("the accepted blocks pay what was asked for, and keep what the node required", () => {
  for (const row of accepted) {
    const job = remake(row);
    const report = inspectBlock(hexToBytes(row.accepted_block ?? ""), () => true);
    assert.equal(report.height, row.template.height, row.name);
    assert.equal(report.merkleRootValid, true, row.name);
    assert.match(report.coinbase?.scriptText ?? "", /\/zcash-pool\/.*hello/, row.name);
    const before = parseTransaction(hexToBytes(row.template.coinbasetxn.data));
    const outputs = report.coinbase?.outputs ?? [];
    const required = outputs.slice(row.pool_script ? 1 : 0);
    assert.deepEqual(
      required.map(({ script }) => script),
      before.outputs.slice(row.pool_script ? 1 : 0).map(({ script }) => bytesToHex(script)),
      row.name,
    );
    const minerZat = row.pool_script ? outputs[0]?.valueZat : report.coinbase?.shieldedZat;
    assert.equal(minerZat, job.minerValueZat, row.name);
    if (row.pool_script) assert.equal(outputs[0]?.script, row.pool_script, row.name);
    assert.equal(job.payee, row.pool_script ? "checked" : "unchecked-shielded", row.name);
  }
});

Deno.test("fees of six real transactions are claimed by the rule of their upgrade", () => {
  const fees = 72_015n;
  const claimed = accepted.filter(({ template }) => template.transactions.length === 6)
    .map((row) => [row.name, remake(row).feesZat]);
  assert.deepEqual(claimed, [
    ["transparent, v6, NU7, six transactions", fees - 6n * fees / 10n],
    ["transparent, v5, NU6, six transactions", fees],
  ]);
});

Deno.test("the node's transactions have the ids and auth digests that it gives them", () => {
  for (const { name, template } of accepted) {
    for (const given of [...template.transactions, template.coinbasetxn]) {
      const tx = parseTransaction(hexToBytes(given.data));
      assert.equal(displayHash(tx.txid), given.hash, name);
      assert.equal(displayHash(tx.authDigest), given.authdigest, name);
    }
  }
});

Deno.test("zebrad's template from before NU5 is refused as such", () => {
  const [row, more] = jobs.filter(({ refused }) => refused !== undefined);
  assert.ok(row !== undefined && more === undefined);
  assert.throws(() => remake({ ...row, pool_script: "a914" + "00".repeat(20) + "87" }), {
    fault: "does-not-add-up",
    message: /before NU5/,
  });
});

import assert from "node:assert/strict";
import { bytesToHex, concatBytes, displayHash, hexToBytes } from "../../../src/base/mod.ts";
import { makeJobTemplate, payAllTo } from "../../../src/chain/jobs/mod.ts";
import {
  authDataRoot,
  decodeBlockHeader,
  hashBlockCommitments,
  merkleRoot,
  p2pkhScript,
  parseBlockTemplate,
  parseTransaction,
} from "../../../src/chain/zcash/mod.ts";
import { recordedTemplates } from "./_data.ts";

const poolScript = p2pkhScript(hexToBytes("00112233445566778899aabbccddeeff01234567"));
const marks = {
  processBytes: hexToBytes("a1a2a3a4a5a6a7a8"),
  tag: new TextEncoder().encode("/zcash-pool/"),
};

Deno.test("every recorded template adds up and becomes a job that pays the pool and all others", () => {
  const templates = recordedTemplates();
  assert.equal(templates.length, 8);
  for (const { name, answer } of templates) {
    const template = parseBlockTemplate(answer);
    const job = makeJobTemplate(template, { split: payAllTo(poolScript), ...marks, serial: 7 });
    const before = parseTransaction(template.coinbase);
    const after = parseTransaction(job.coinbase);
    assert.equal(after.bytes.length, job.coinbase.length, name);
    assert.deepEqual(after.outputs[0]?.script, poolScript, name);
    assert.equal(after.outputs[0]?.valueZat, before.outputs[0]?.valueZat, name);
    assert.deepEqual(after.outputs.slice(1), before.outputs.slice(1), name);
    assert.equal(job.minerValueZat, before.outputs[0]?.valueZat, name);
    assert.equal(job.feesZat, BigInt(-answer.coinbasetxn.fee), name);
    assert.equal(job.payee, "checked", name);
    assert.equal(job.empty, answer.transactions.length === 0, name);
    assert.deepEqual(
      [after.version, after.consensusBranchId, after.lockTime, after.expiryHeight],
      [before.version, before.consensusBranchId, before.lockTime, before.expiryHeight],
      name,
    );
  }
});

Deno.test("the header of a job commits to its own coinbase and to all other transactions", () => {
  for (const { name, answer } of recordedTemplates()) {
    const template = parseBlockTemplate(answer);
    const job = makeJobTemplate(template, { split: payAllTo(poolScript), ...marks, serial: 1 });
    const coinbase = parseTransaction(job.coinbase);
    const txids = [coinbase.txid, ...template.transactions.map((tx) => tx.txid)];
    const digests = [coinbase.authDigest, ...template.transactions.map((tx) => tx.authDigest)];
    assert.deepEqual(job.coinbaseTxid, coinbase.txid, name);
    assert.deepEqual(job.merkleRoot, merkleRoot(txids), name);
    const history = hexToBytes(answer.defaultroots.chainhistoryroot).reverse();
    assert.deepEqual(
      job.blockCommitments,
      hashBlockCommitments(history, authDataRoot(digests)),
      name,
    );
    const solved = concatBytes(
      job.headerPrefix(answer.curtime + 1),
      new Uint8Array(32).fill(9),
      hexToBytes("fd4005"),
      new Uint8Array(1344).fill(3),
    );
    const block = job.encodeBlock(solved);
    const { header, length } = decodeBlockHeader(block);
    assert.equal(header.version, answer.version, name);
    assert.equal(displayHash(header.previousBlockHash), answer.previousblockhash, name);
    assert.equal(header.time, answer.curtime + 1, name);
    assert.equal(header.bits.toString(16), answer.bits, name);
    assert.deepEqual(header.merkleRoot.slice(), job.merkleRoot, name);
    assert.deepEqual(header.blockCommitments.slice(), job.blockCommitments, name);
    const body = [job.coinbase, ...template.transactions.map((tx) => tx.data)];
    assert.equal(
      bytesToHex(block.subarray(length)),
      bytesToHex(concatBytes(Uint8Array.of(body.length), ...body)),
      name,
    );
  }
});

Deno.test("the coinbase for zebrad 7.0.0 is the expected one to the byte", () => {
  const recorded = recordedTemplates().find(({ name }) => name === "regtest_nu7");
  const job = makeJobTemplate(parseBlockTemplate(recorded?.answer), {
    split: payAllTo(poolScript),
    ...marks,
    serial: 1,
  });
  const expected = [
    "0600008098b684d8d90a1977000000000a000000", // v6, NU7, lock time 0, expiry height 10
    "01" + "00".repeat(32) + "ffffffff",
    "23" + "5a", // scriptSig of 35 bytes, height 10
    "08a1a2a3a4a5a6a7a8",
    "0c2f7a636173682d706f6f6c2f",
    "0bf09fa6933a2068656c6c6f", // the node's own mark and text
    "ffffffff",
    "02",
    "ac21ef0900000000" + "1976a91400112233445566778899aabbccddeeff0123456788ac",
    "2a50fe0000000000" + "17a91471e1df05024288a00802de81e08c437859586c8787",
    "00000000",
  ].join("");
  assert.equal(bytesToHex(job.coinbase), expected);
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bytesToHex, displayHash, hexToBytes } from "../../../src/base/mod.ts";
import { blockReportJson, coinbaseTxidOf, inspectBlock } from "../../../src/chain/zcash/mod.ts";
import { type BlockVector, readVectors, type RecordedNode } from "./_data.ts";

const blocks = readVectors<{ blocks: BlockVector[] }>("blocks").blocks;
const right = () => true;

Deno.test("every real block is reported sound, with all that is known of it", () => {
  assert.equal(blocks.length, 41);
  for (const vector of blocks) {
    const row = `${vector.network} ${vector.height}`;
    const bytes = hexToBytes(vector.hex);
    const report = inspectBlock(bytes, (header) => {
      assert.deepEqual(header, bytes.subarray(0, 1487), row);
      return true;
    });
    const json = blockReportJson(report);
    assert.deepEqual(report.faults, [], row);
    assert.equal(json["verdict"], "sound", row);
    assert.equal(json["hash"], vector.hash, row);
    assert.equal(json["height"], vector.height, row);
    assert.equal(json["version"], vector.header_version, row);
    assert.equal(json["time"], vector.time, row);
    assert.equal(json["bits"], vector.bits, row);
    assert.equal(json["target"], vector.target, row);
    assert.equal(json["pow_valid"], true, row);
    const regtest = vector.network === "regtest";
    assert.equal(json["equihash_valid"], regtest ? null : true, row);
    assert.match(String(json["equihash_note"]), regtest ? /\(48,5\)/ : /^null$/, row);
    assert.equal(json["merkle_root_valid"], true, row);
    assert.deepEqual(json["txids"], vector.txids, row);
    assert.deepEqual(json["auth_digests"], vector.auth_digests, row);
    const authRoot = bytesToHex(hexToBytes(vector.auth_data_root_internal).reverse());
    assert.equal(json["auth_data_root"], authRoot, row);
    assert.equal(report.coinbase?.scriptSig, vector.coinbase_script_sig, row);
    assert.equal(report.coinbase?.version, vector.coinbase_version, row);
    assert.doesNotThrow(() => JSON.stringify(json), row);
    const txid = regtest ? undefined : coinbaseTxidOf(bytes);
    assert.equal(txid && displayHash(txid), regtest ? undefined : vector.txids[0], row);
  }
});

Deno.test("bytes that are no block have no coinbase", () => {
  assert.equal(coinbaseTxidOf(new Uint8Array(0)), undefined);
  assert.equal(coinbaseTxidOf(new Uint8Array(1_487)), undefined);
  assert.equal(coinbaseTxidOf(new Uint8Array(2_000)), undefined);
});

Deno.test("the first block's coinbase can be read as text", () => {
  const report = inspectBlock(hexToBytes(blocks[0]?.hex ?? ""), right);
  assert.match(report.coinbase?.scriptText ?? "", /Zcash0b9c4eef8b7cc417ee5001e3500984b6fea35683a/);
});

Deno.test("a shielded coinbase shows what it pays into its pool", () => {
  const nu7 = blocks.find(({ height, network }) => network === "testnet" && height === 4465026);
  const report = inspectBlock(hexToBytes(nu7?.hex ?? ""), right);
  assert.equal(report.coinbase?.consensusBranchId, "77190ad9");
  // Subsidy 52,083,333 with 12 % to the lockbox, and 8,000 of the fees.
  const outputs = report.coinbase?.outputs.reduce((sum, output) => sum + output.valueZat, 0n) ?? 0n;
  assert.equal(outputs + (report.coinbase?.shieldedZat ?? 0n), 52_083_333n - 6_249_999n + 8_000n);
});

Deno.test("the block with foreign transactions is told by its merkle root", () => {
  const { blocks: [bad] } = readVectors<{ blocks: { hex: string; height: number }[] }>(
    "blocks_invalid",
  );
  const report = inspectBlock(hexToBytes(bad?.hex ?? ""), right);
  assert.equal(report.verdict, "broken");
  assert.equal(report.merkleRootValid, false);
  assert.equal(report.powValid, true);
  assert.match(report.faults[0] ?? "", /merkle root/);
  // Its coinbase was changed so that height 202 stands there as a negative number.
  assert.equal(report.height, null);
  assert.deepEqual(report.faults.slice(1), ["The coinbase does not start with a height."]);
});

Deno.test("blocks of Regtest have roots and heights, and say honestly that they carry no work", () => {
  const recorded = readVectors<RecordedNode>("zebra_7.0.0");
  for (const block of recorded.regtest_nu7_blocks.slice(1)) {
    const report = inspectBlock(hexToBytes(block.hex), () => false);
    assert.equal(report.hash, block.hash);
    assert.equal(report.height, block.height);
    assert.equal(report.merkleRootValid, true);
    assert.equal(report.equihashValid, false);
    assert.match(report.faults.join(" "), /Equihash/);
  }
  for (const block of recorded.pow_testnet_nu7_blocks) {
    const report = inspectBlock(hexToBytes(block.hex), right);
    assert.deepEqual([report.hash, report.height, report.verdict], [
      block.hash,
      block.height,
      "sound",
    ]);
  }
});

Deno.test("a block cut anywhere gets a verdict that says where it breaks off", () => {
  for (const index of [4, 6, 12, 16, 35, 38, 40]) {
    const vector = blocks[index] as BlockVector;
    const bytes = hexToBytes(vector.hex);
    const step = Math.max(1, Math.floor(bytes.length / 150));
    for (let length = 0; length < bytes.length; length += step) {
      const report = inspectBlock(bytes.subarray(0, length), right);
      const row = `${vector.network} ${vector.height}: ${length} of ${bytes.length} bytes`;
      assert.equal(report.verdict, "broken", row);
      assert.match(report.faults.join(" "), /at byte \d+/, row);
      assert.equal(report.merkleRootValid, null, row);
    }
  }
});

Deno.test("no change of a single byte crashes the inspection or goes unnoticed", () => {
  // The auth data of v5 is in no root that the block itself carries, so a v4 block is taken.
  const vector = blocks.find(({ network, height }) => network === "mainnet" && height === 949496);
  const bytes = hexToBytes(vector?.hex ?? "");
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice();
    changed[i] = (changed[i] as number) ^ (1 + (i % 255));
    const report = inspectBlock(
      changed,
      (header) => sha256(header) === sha256(bytes.subarray(0, 1487)),
    );
    assert.equal(report.verdict, "broken", `byte ${i}`);
    assert.notEqual(report.faults.length, 0);
  }
});

Deno.test("a block with more behind it, or nothing in it, is broken", () => {
  const bytes = hexToBytes(blocks[1]?.hex ?? "");
  const longer = new Uint8Array(bytes.length + 3);
  longer.set(bytes);
  assert.match(inspectBlock(longer, right).faults.join(), /3 bytes follow the block's end/);
  const empty = new Uint8Array(1488);
  empty.set(bytes.subarray(0, 1487));
  assert.match(inspectBlock(empty, right).faults.join(), /no transaction/);
  assert.equal(inspectBlock(new Uint8Array(0), right).hash, null);
  assert.match(inspectBlock(new Uint8Array(2_000_001), right).faults[0] ?? "", /at most 2000000/);
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

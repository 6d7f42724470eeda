import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bytesToHex, displayHash, hexToBytes } from "../../../src/base/mod.ts";
import {
  authDataRoot,
  ByteReader,
  decodeBlockHeader,
  hashBlockCommitments,
  merkleRoot,
  parseTransaction,
  sha256d,
  targetFromBits,
} from "../../../src/chain/zcash/mod.ts";
import { type BlockVector, readVectors, type RecordedNode } from "./_data.ts";
import { encodeBlockHeader } from "../../support/block_headers.ts";

interface CommitmentVectors {
  readonly from_templates: readonly {
    readonly name: string;
    readonly chain_history_root_internal: string;
    readonly auth_digests_internal: readonly string[];
    readonly auth_data_root_internal: string;
    readonly txids_internal: readonly string[];
    readonly merkle_root_internal: string;
    readonly block_commitments_internal: string;
  }[];
  readonly trees: readonly {
    readonly leaves: number;
    readonly merkle_root_internal: string;
    readonly auth_data_root_internal: string;
  }[];
}

const commitments = readVectors<CommitmentVectors>("block_commitments");

Deno.test("both trees have the given roots for every number of leaves", () => {
  for (const tree of commitments.trees) {
    const leaves = Array.from(
      { length: tree.leaves },
      (_, i) => new Uint8Array(createHash("sha256").update(`leaf${i}`).digest()),
    );
    const row = `${tree.leaves} leaves`;
    assert.equal(bytesToHex(merkleRoot(leaves)), tree.merkle_root_internal, row);
    assert.equal(bytesToHex(authDataRoot(leaves)), tree.auth_data_root_internal, row);
  }
});

Deno.test("the commitments of recorded templates follow from their parts", () => {
  for (const row of commitments.from_templates) {
    const authRoot = authDataRoot(row.auth_digests_internal.map(hexToBytes));
    assert.equal(bytesToHex(authRoot), row.auth_data_root_internal, row.name);
    const commitment = hashBlockCommitments(hexToBytes(row.chain_history_root_internal), authRoot);
    assert.equal(bytesToHex(commitment), row.block_commitments_internal, row.name);
    const root = merkleRoot(row.txids_internal.map(hexToBytes));
    assert.equal(bytesToHex(root), row.merkle_root_internal, row.name);
  }
});

Deno.test("every real block from Sprout to NU7 is parsed to its last byte, with its ids and roots", () => {
  for (const vector of readVectors<{ blocks: BlockVector[] }>("blocks").blocks) {
    const row = `${vector.network} ${vector.height}`;
    const bytes = hexToBytes(vector.hex);
    const { header, length } = decodeBlockHeader(bytes);
    assert.equal(displayHash(sha256d(bytes.subarray(0, length))), vector.hash, row);
    assert.deepEqual(encodeBlockHeader(header), bytes.slice(0, length), row);
    assert.equal(targetFromBits(header.bits), BigInt(`0x${vector.target}`), row);
    const transactions = readTransactions(bytes, length);
    assert.deepEqual(transactions.map((tx) => displayHash(tx.txid)), vector.txids, row);
    assert.deepEqual(
      transactions.map((tx) => displayHash(tx.authDigest)),
      vector.auth_digests,
      row,
    );
    assert.equal(
      bytesToHex(merkleRoot(transactions.map((tx) => tx.txid))),
      bytesToHex(header.merkleRoot),
      row,
    );
    assert.equal(
      bytesToHex(authDataRoot(transactions.map((tx) => tx.authDigest))),
      vector.auth_data_root_internal,
      row,
    );
  }
});

Deno.test("the chains recorded from zebrad 7.0.0 have their hashes and merkle roots", () => {
  const recorded = readVectors<RecordedNode>("zebra_7.0.0");
  for (const block of [...recorded.pow_testnet_nu7_blocks, ...recorded.regtest_nu7_blocks]) {
    const bytes = hexToBytes(block.hex);
    const { header, length } = decodeBlockHeader(bytes);
    assert.equal(displayHash(sha256d(bytes.subarray(0, length))), block.hash);
    const transactions = readTransactions(bytes, length);
    assert.deepEqual(merkleRoot(transactions.map((tx) => tx.txid)), header.merkleRoot.slice());
  }
});

function readTransactions(
  bytes: Uint8Array,
  offset: number,
): ReturnType<typeof parseTransaction>[] {
  const reader = new ByteReader(bytes, offset);
  const count = reader.compactSize("count");
  let position = reader.offset;
  const transactions = Array.from({ length: count }, () => {
    const transaction = parseTransaction(bytes, position);
    position += transaction.bytes.length;
    return transaction;
  });
  assert.equal(position, bytes.length);
  return transactions;
}

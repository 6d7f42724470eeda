import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "../../../../src/base/mod.ts";
import {
  authDataRoot,
  blockCommitments,
  encodeBlock,
  merkleRoot,
  parseBlock,
} from "../../../../src/demo/demo_node/_block.ts";
import { WireError } from "../../../../src/demo/demo_node/_wire.ts";
import { readData, recordedBlocks } from "./_recorded.ts";

interface Commitments {
  readonly from_templates: readonly {
    name: string;
    chain_history_root_internal: string;
    auth_digests_internal: string[];
    auth_data_root_internal: string;
    txids_internal: string[];
    merkle_root_internal: string;
    block_commitments_internal: string;
  }[];
  /** Leaf i is the SHA-256 of the text "leaf" and i in decimal. */
  readonly trees: readonly {
    leaves: number;
    merkle_root_internal: string;
    auth_data_root_internal: string;
  }[];
}

const vectors = readData<Commitments>("zcash/block_commitments");
const bytesOf = (texts: readonly string[]) => texts.map((text) => hexToBytes(text));

Deno.test("roots and commitments of recorded templates come out of their parts", () => {
  for (const entry of vectors.from_templates) {
    const authRoot = authDataRoot(bytesOf(entry.auth_digests_internal));
    assert.equal(bytesToHex(authRoot), entry.auth_data_root_internal, entry.name);
    const txRoot = merkleRoot(bytesOf(entry.txids_internal));
    assert.equal(bytesToHex(txRoot), entry.merkle_root_internal, entry.name);
    const commitments = blockCommitments(hexToBytes(entry.chain_history_root_internal), authRoot);
    assert.equal(bytesToHex(commitments), entry.block_commitments_internal, entry.name);
  }
});

Deno.test("both trees follow the vectors at every width", () => {
  assert(vectors.trees.length > 5);
  for (const tree of vectors.trees) {
    const leaves = Array.from(
      { length: tree.leaves },
      (_, i) => sha256(new TextEncoder().encode(`leaf${i}`)),
    );
    const label = `${leaves.length} leaves`;
    assert.equal(bytesToHex(merkleRoot(leaves)), tree.merkle_root_internal, label);
    assert.equal(bytesToHex(authDataRoot(leaves)), tree.auth_data_root_internal, label);
  }
});

Deno.test("a real block is read and written down as it was", () => {
  for (const { hex, height } of recordedBlocks("pow_testnet_nu7").slice(1)) {
    const block = parseBlock(hexToBytes(hex));
    assert.equal(bytesToHex(encodeBlock(block.header, block.transactions)), hex, `block ${height}`);
  }
});

Deno.test("every truncation of a block is refused, and so is a byte too many", () => {
  const whole = hexToBytes(recordedBlocks("pow_testnet_nu7")[1]?.hex ?? "");
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => parseBlock(whole.subarray(0, length)), WireError, `${length} bytes`);
  }
  assert.throws(() => parseBlock(Uint8Array.from([...whole, 0])), WireError);
});

Deno.test("a block of more than two million bytes is refused", () => {
  assert.throws(() => parseBlock(new Uint8Array(2_000_001)), WireError);
});

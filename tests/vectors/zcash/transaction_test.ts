import assert from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/base/mod.ts";
import {
  digestTransaction,
  type ModernTransaction,
  parseTransaction,
} from "../../../src/chain/zcash/mod.ts";
import { ByteReader } from "../../../src/chain/zcash/byte_reader.ts";
import { readActionBundle, readSaplingBundle } from "../../../src/chain/zcash/_shielded_bundles.ts";
import { readVectors, type TransactionVector } from "./_data.ts";

const zip244 = readVectors<{ vectors: TransactionVector[] }>("zip244_v5").vectors;
const coinbases = readVectors<
  { vectors: TransactionVector[]; empty_node_digests: { personalization: string }[] }
>("coinbase_digests").vectors;

Deno.test("every published and derived v5 and v6 transaction has the id and auth digest given", () => {
  assert.equal(zip244.length + coinbases.length, 74);
  for (const vector of [...zip244, ...coinbases]) {
    const row = vector.name ?? `zip244 ${vector.index}`;
    const bytes = hexToBytes(vector.tx);
    const tx = parseTransaction(bytes);
    assert.equal(tx.version, vector.version, row);
    assert.equal(tx.consensusBranchId, Number.parseInt(vector.branch_id, 16), row);
    assert.equal(bytesToHex(tx.txid), vector.txid_internal, row);
    assert.equal(bytesToHex(tx.authDigest), vector.auth_digest_internal, row);
    assert.equal(tx.bytes.length, bytes.length, row);
  }
});

Deno.test("every intermediate digest of the coinbase vectors is the one given", () => {
  for (const vector of coinbases) {
    const tx = parseTransaction(hexToBytes(vector.tx));
    const digests = digestTransaction(modernParts(tx));
    const found: Record<string, string> = {
      header_digest: bytesToHex(digests.header),
      transparent_digest: bytesToHex(digests.transparent),
      sapling_digest: bytesToHex(digests.sapling),
      orchard_digest: bytesToHex(digests.orchard),
      transparent_auth_digest: bytesToHex(digests.transparentAuth),
      sapling_auth_digest: bytesToHex(digests.saplingAuth),
      orchard_auth_digest: bytesToHex(digests.orchardAuth),
    };
    if (digests.ironwood !== undefined && digests.ironwoodAuth !== undefined) {
      found["ironwood_digest"] = bytesToHex(digests.ironwood);
      found["ironwood_auth_digest"] = bytesToHex(digests.ironwoodAuth);
    }
    assert.deepEqual(found, vector.parts, vector.name);
  }
});

Deno.test("every prefix of a transaction is refused as too short, and never read beyond its end", () => {
  for (const vector of [zip244[0], zip244[9], coinbases[0], coinbases[2]]) {
    const bytes = hexToBytes((vector as TransactionVector).tx);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(
        () => parseTransaction(bytes.slice(0, length)),
        { code: "zcash-format" },
        `${length} of ${bytes.length} bytes`,
      );
    }
  }
});

function modernParts(tx: ReturnType<typeof parseTransaction>): ModernTransaction {
  const reader = new ByteReader(tx.bytes, tx.transparentEnd);
  return {
    version: tx.version === 5 ? 5 : 6,
    header: tx.bytes.subarray(0, 20),
    consensusBranchId: tx.consensusBranchId ?? 0,
    inputs: tx.inputs,
    outputs: tx.outputs,
    sapling: readSaplingBundle(reader),
    orchard: readActionBundle(reader, "orchard"),
    ironwood: tx.version === 6 ? readActionBundle(reader, "ironwood") : undefined,
  };
}

Deno.test("the Sapling parts of v6 have ids without and auth digests with the anchor", () => {
  const { vectors } = readVectors<{ vectors: TransactionVector[] }>("zip229_v6_sapling");
  assert.equal(vectors.length, 3);
  for (const vector of vectors) {
    const bytes = hexToBytes(vector.tx);
    const header = bytes.slice(0, 20);
    // The vectors are older than the version group id, which this parser insists on.
    bytes.set(hexToBytes("98b684d8"), 4);
    const digests = digestTransaction({ ...modernParts(parseTransaction(bytes)), header });
    assert.equal(bytesToHex(digests.txid), vector.txid_internal, vector.name);
    assert.equal(bytesToHex(digests.authDigest), vector.auth_digest_internal, vector.name);
  }
});

Deno.test("v3 and v4 transactions with JoinSplits and Sapling parts are read to their last byte", () => {
  const { vectors } = readVectors<{ vectors: TransactionVector[] }>("legacy_transactions");
  const counts = { joinSplits: 0, saplingSpends: 0, saplingOutputs: 0 };
  for (const { tx, version, index } of vectors) {
    const bytes = hexToBytes(tx);
    const longer = new Uint8Array(bytes.length + 50).fill(0xaa);
    longer.set(bytes);
    const parsed = parseTransaction(longer);
    assert.equal(parsed.version, version);
    assert.equal(parsed.bytes.length, bytes.length, `v${version} ${index}`);
    counts.joinSplits += parsed.shielded.joinSplits;
    counts.saplingSpends += parsed.shielded.saplingSpends;
    counts.saplingOutputs += parsed.shielded.saplingOutputs;
  }
  for (const [kind, count] of Object.entries(counts)) assert.ok(count > 0, kind);
});

import assert from "node:assert/strict";
import { encodeSpoolRecord, scanSpool } from "../../../src/chain/blocks/spool_record.ts";
import {
  AddressError,
  BitsError,
  countSigops,
  decodeBlockHeader,
  heightOfCoinbaseScript,
  inspectBlock,
  parseAddress,
  parseBlockSubsidy,
  parseBlockTemplate,
  parseTransaction,
  targetFromBits,
  TemplateError,
  ZcashFormatError,
} from "../../../src/chain/zcash/mod.ts";
import { equalBytes } from "../../../src/base/mod.ts";
import { declared, type FuzzTarget, jsonTarget, textTarget } from "../fuzz_target.ts";

interface Vectors {
  readonly vectors: readonly { readonly tx: string }[];
}

function readVectors<T>(name: string): T {
  const url = new URL(`../../vectors/data/zcash/${name}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(url)) as T;
}

const TRANSACTION_FILES = [
  "legacy_transactions",
  "zip244_v5",
  "zip229_v6_sapling",
  "coinbase_digests",
];

/** Long ones make slow inputs and reach nothing that short ones do not. */
const SEED_LENGTH_MAX = 20_000;

/** Real transactions of all versions. */
export function transactionSeeds(): Uint8Array[] {
  return TRANSACTION_FILES.flatMap((name) => readVectors<Vectors>(name).vectors)
    .map(({ tx }) => Uint8Array.fromHex(tx)).filter(({ length }) => length <= SEED_LENGTH_MAX);
}

const transactions: FuzzTarget = {
  name: "zcash.transactions",
  lengthMax: 2 * SEED_LENGTH_MAX,
  seeds: transactionSeeds,
  read(input) {
    const transaction = declared([ZcashFormatError], () => parseTransaction(input));
    if (transaction === undefined) return;
    const { bytes, txid, inputs, outputs } = transaction;
    assert.ok(equalBytes(bytes, input.subarray(0, bytes.length)));
    // The same bytes without what follows them are the same transaction.
    const again = parseTransaction(bytes.slice());
    assert.deepEqual(again.txid, txid);
    assert.equal(again.inputs.length, inputs.length);
    assert.equal(again.outputs.length, outputs.length);
  },
};

interface Blocks {
  readonly blocks: readonly { readonly hex: string }[];
}

function blockSeeds(): Uint8Array[] {
  return readVectors<Blocks>("blocks").blocks.map(({ hex }) => Uint8Array.fromHex(hex))
    .filter(({ length }) => length <= SEED_LENGTH_MAX);
}

const blocks: FuzzTarget = {
  name: "zcash.blocks",
  lengthMax: 2 * SEED_LENGTH_MAX,
  seeds: blockSeeds,
  read(input) {
    declared([ZcashFormatError], () => decodeBlockHeader(input));
    const report = inspectBlock(input, () => false);
    assert.equal(report.verdict === "sound", report.faults.length === 0);
  },
};

const addresses = textTarget({
  name: "zcash.addresses",
  lengthMax: 2_100,
  words: ["t1", "t3", "tm", "zs1", "u1", "utest1", "tex1", "1"],
  seeds: () => {
    const { transparent, other } = readVectors<
      Record<"transparent" | "other", readonly { readonly address: string }[]>
    >("addresses");
    return [...transparent, ...other].map(({ address }) => address);
  },
  read(text) {
    const any = declared([AddressError], () => parseAddress(text));
    for (const network of ["main", "test", "regtest"] as const) {
      const here = declared([AddressError], () => parseAddress(text, network));
      if (here !== undefined) assert.ok(any !== undefined);
    }
  },
});

const targets: FuzzTarget = {
  name: "zcash.targets",
  lengthMax: 4,
  seeds: () => [Uint8Array.of(0x0f, 0x0f, 0x0f, 0x20), Uint8Array.of(0x9c, 0x4d, 0x01, 0x1c)],
  read(input) {
    const bits = input.reduce((sum, byte, index) => sum + byte * 256 ** index, 0);
    const target = declared([BitsError], () => targetFromBits(bits));
    if (target !== undefined) assert.ok(target > 0n && target < 1n << 256n);
  },
};

const scripts: FuzzTarget = {
  name: "zcash.scripts",
  lengthMax: 10_100,
  seeds: () => [
    Uint8Array.fromHex("76a914000000000000000000000000000000000000000088ac"),
    Uint8Array.fromHex("03a0252e04deadbeef"),
    Uint8Array.fromHex("4c02acad4d0100ac4e01000000ae"),
  ],
  read(input) {
    assert.ok(countSigops(input) <= 20 * input.length);
    const height = heightOfCoinbaseScript(input);
    if (height !== undefined) assert.ok(Number.isSafeInteger(height) && height >= 0);
  },
};

const templates = jsonTarget({
  name: "zcash.templates",
  lengthMax: 60_000,
  seeds: () => {
    const { templates } = readVectors<{ templates: readonly { result: unknown }[] }>("zebra_7.0.0");
    return templates.map(({ result }) => result)
      .filter((result) => JSON.stringify(result).length <= SEED_LENGTH_MAX);
  },
  read(value) {
    declared([TemplateError], () => parseBlockTemplate(value));
  },
});

const subsidies = jsonTarget({
  name: "zcash.subsidies",
  lengthMax: 4_000,
  seeds: () =>
    readVectors<{ jobs: readonly { subsidy: unknown }[] }>("accepted_jobs").jobs
      .map(({ subsidy }) => subsidy),
  read(value) {
    declared([TemplateError], () => parseBlockSubsidy(value));
  },
});

const spool: FuzzTarget = {
  name: "zcash.spool",
  lengthMax: 3_000,
  seeds: () => {
    const hash = new Uint8Array(32).fill(3);
    const found = encodeSpoolRecord({
      kind: "found",
      found: {
        hash,
        previousBlockHash: new Uint8Array(32).fill(2),
        height: 7,
        foundAt: 1_800_000_000_000,
        minerId: "t1",
        block: new Uint8Array(300).fill(5),
        worth: { valueZat: 9n, feesZat: 1n, workerName: "rig" },
      },
    });
    const done = encodeSpoolRecord({ kind: "done", hash, state: "confirmed" });
    const both = new Uint8Array(found.length + done.length);
    both.set(found);
    both.set(done, found.length);
    return [found, done, both];
  },
  read(input) {
    const { records, damagedBytes } = scanSpool(input);
    const whole = records.reduce((sum, { length }) => sum + length, 0);
    assert.equal(whole + damagedBytes, input.length);
    for (const { record, offset, length } of records) {
      const again = encodeSpoolRecord(record);
      assert.deepEqual(scanSpool(again).records[0]?.record, record);
      assert.ok(offset + length <= input.length);
    }
  },
};

export const ZCASH_TARGETS: readonly FuzzTarget[] = [
  transactions,
  blocks,
  addresses,
  targets,
  scripts,
  templates,
  subsidies,
  spool,
];

import assert from "node:assert/strict";
import { bytesToHex } from "../../../../src/base/mod.ts";
import { makeJobTemplate, payAllTo } from "../../../../src/chain/jobs/mod.ts";
import {
  p2pkhScript,
  parseBlockSubsidy,
  parseBlockTemplate,
} from "../../../../src/chain/zcash/mod.ts";
import { readVectors, recordedTemplates } from "../../../vectors/zcash/_data.ts";

/** What zebrad 7.0.0 answered on Regtest with NU7, 8 % to an address and 12 % deferred. */
const REGTEST = {
  fundingstreams: [{
    recipient: "Zcash Community Grants NU6",
    specification: "https://zips.z.cash/zip-1015",
    value: 0.16666666,
    valueZat: 16666666,
    address: "t2Gvxv2uNM7hbbACjNox4H6DjByoKZ2Fa3P",
  }],
  lockboxstreams: [{ recipient: "Lockbox NU6", value: 0.24999999, valueZat: 24999999 }],
  miner: 1.66666668,
  founders: 0,
  fundingstreamstotal: 0.16666666,
  lockboxtotal: 0.24999999,
  totalblocksubsidy: 2.08333333,
};

Deno.test("a subsidy is read to the zatoshi, with and without streams", () => {
  const subsidy = parseBlockSubsidy(REGTEST);
  assert.equal(subsidy.minerZat, 166_666_668n);
  assert.deepEqual(subsidy.streams.map(({ valueZat, script }) => [valueZat, bytesToHex(script)]), [
    [16_666_666n, "a91471e1df05024288a00802de81e08c437859586c8787"],
  ]);
  assert.deepEqual(parseBlockSubsidy({ miner: 2.08333333 }), {
    minerZat: 208_333_333n,
    streams: [],
  });
  assert.equal(parseBlockSubsidy({ miner: 1e-8 }).minerZat, 1n);
  const samples = readVectors<{ samples: { name: string; result: unknown }[] }>(
    "zebra_rpc_samples",
  );
  const read = samples.samples.filter(({ name }) => name.startsWith("getblocksubsidy"))
    .map(({ result }) => parseBlockSubsidy(result));
  assert.deepEqual(read.map(({ minerZat, streams }) => [minerZat, streams.length]), [
    [250_000_000n, 3],
    [125_000_000n, 1],
  ]);
});

Deno.test("the template that zebrad recorded with it pays exactly this", () => {
  const recorded = recordedTemplates().find(({ name }) => name === "regtest_nu7");
  const job = makeJobTemplate(parseBlockTemplate(recorded?.answer), {
    split: payAllTo(p2pkhScript(new Uint8Array(20))),
    subsidy: parseBlockSubsidy(REGTEST),
    processBytes: new Uint8Array(8),
    tag: new Uint8Array(0),
    serial: 1,
  });
  assert.equal(job.minerValueZat, 166_666_668n);
});

Deno.test("answers that are no subsidy are refused with their path", () => {
  const [stream] = REGTEST.fundingstreams;
  const table: [unknown, RegExp][] = [
    [null, /subsidy: an object expected/],
    [{}, /subsidy\.miner: a number of 0 to 21000000 expected, received nothing/],
    [{ miner: "1.5" }, /subsidy\.miner/],
    [{ miner: -1 }, /subsidy\.miner/],
    [{ miner: Number.NaN }, /subsidy\.miner/],
    [{ miner: 1, fundingstreams: {} }, /subsidy\.fundingstreams: a list/],
    [{ miner: 1, fundingstreams: [{ ...stream, valueZat: 0.5 }] }, /fundingstreams\[0\]\.valueZat/],
    [{ miner: 1, fundingstreams: [{ ...stream, address: "t2x" }] }, /\[0\]\.address: an address/],
  ];
  for (const [json, message] of table) {
    assert.throws(() => parseBlockSubsidy(json), { code: "template-malformed", message });
  }
});

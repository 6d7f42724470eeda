/**
 * Scenarios 28 and 29: whom the blocks pay, and who can be paid.
 *
 * @module
 */
import assert from "node:assert/strict";
import { makeJobTemplate, payAllTo } from "../../../src/chain/jobs/mod.ts";
import { p2shScript, parseAddress, TemplateError } from "../../../src/chain/zcash/mod.ts";
import { madeTemplate, NODE_SCRIPT } from "../../support/block_templates.ts";
import { PoolHarness } from "../../support/pool_harness.ts";
import { NewEquihashJob } from "../../../src/wire/protocol/mod.ts";
import vectors from "../../vectors/data/zcash/addresses.json" with { type: "json" };
import type { Scenario } from "./_scenario.ts";

/** Only the prefix and the letters, as some pools look at an address. */
function looksRight(text: string): void {
  if (!/^(t1|t3|zs1|u1)[0-9a-zA-Z]{10,}$/.test(text)) throw new Error("no address");
}

/** One character changed, one lost, one more, blanks, mixed case. */
function corruptions(text: string): string[] {
  const at = Math.floor(text.length / 2);
  const other = text[at] === "q" ? "p" : "q";
  const changed = text.slice(0, at) + other + text.slice(at + 1);
  const mixed = text.slice(0, -1) + (text.at(-1) ?? "").toUpperCase();
  const odd = [changed, text.slice(0, -1), `${text}q`, ` ${text}`, `${text}\n`, `${text}\u0000`];
  return mixed === text ? odd : [...odd, mixed];
}

const MAIN: readonly string[] = [
  ...vectors.transparent.filter(({ network }) => network === "mainnet").map((v) => v.address),
  "zs1z7rejlpsa98s2rrrfkwmaxu53e4ue0ulcrw0h4x5g8jl04tak0d3mm47vdtahatqrlkngh9slya",
  "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY",
  "t3Vz22vK5z2LcKEdg16Yv4FFneEL1zg9ojd",
];

export const ADDRESSES: readonly Scenario[] = [
  {
    number: 28,
    what: "a template whose coinbase pays another than the pool's address: no work of it is made",
    guard: "payeeOfTheTemplate",
    async run(guarded) {
      // The pool's address is shielded, and the node pays somebody in the open.
      const template = madeTemplate();
      const marks = { processBytes: new Uint8Array(8), tag: new Uint8Array(), serial: 1 };
      const make = () =>
        guarded
          ? makeJobTemplate(template, marks)
          : makeJobTemplate(template, { ...marks, split: payAllTo(NODE_SCRIPT) });
      assert.throws(
        make,
        (thrown) => thrown instanceof TemplateError && thrown.code === "template-pays-someone-else",
      );
      // A value that the node's own subsidy does not explain is refused as well.
      const wrong = madeTemplate({ coinbaseFee: 5n });
      const subsidy = { minerZat: 1n, streams: [] };
      const poolScript = p2shScript(new Uint8Array(20).fill(1));
      assert.throws(
        () => makeJobTemplate(wrong, { ...marks, split: payAllTo(poolScript), subsidy }),
        TemplateError,
      );
      // And the pool, which is given such a template, hands out no work and says so.
      const harness = await PoolHarness.start();
      await harness.template({ ...template, coinbaseFee: 77n });
      const miner = await harness.connectMiner();
      assert.equal(miner.heard(NewEquihashJob).length, 0);
      await harness.stop();
    },
  },
  {
    number: 29,
    what: "all address vectors are read, and every corruption of them is refused",
    guard: "addressChecks",
    run(guarded) {
      const check = guarded ? (text: string) => void parseAddress(text, "main") : looksRight;
      for (const address of MAIN) {
        check(address);
        for (const corrupt of corruptions(address)) {
          assert.throws(() => check(corrupt), Error, JSON.stringify(corrupt));
        }
      }
      for (const { address, network } of vectors.transparent) {
        if (network === "mainnet") continue;
        assert.throws(() => check(address), /Mainnet|no address/);
      }
    },
  },
];

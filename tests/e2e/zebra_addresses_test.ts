/** Unified Addresses of both revisions: what the pool reads, the node takes, and the other way round. */
import assert from "node:assert/strict";
import { bech32m } from "@scure/base";
import { concatBytes, hexToBytes } from "../../src/base/mod.ts";
import { parseAddress } from "../../src/chain/zcash/mod.ts";
import { f4Jumble } from "../support/f4_jumble.ts";
import { testWith } from "../support/requirements.ts";
import { regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";
import vectors from "../vectors/data/zcash/unified_address_r2.json" with { type: "json" };

type Item = readonly [typecode: number, data: Uint8Array];

/** A Unified Address of Regtest. */
function encode(prefix: string, items: readonly Item[]): string {
  const padding = new Uint8Array(16);
  padding.set(new TextEncoder().encode(prefix));
  const body = items.map(([typecode, data]) =>
    concatBytes(Uint8Array.of(typecode, data.length), data)
  );
  const payload = f4Jumble(concatBytes(...body, padding));
  return bech32m.encode(prefix, bech32m.toWords(payload), false);
}

/** The receivers of a published address, which lie on their curves. */
function receiversOf(vector: (typeof vectors.addresses)[number]): Item[] {
  const { p2pkh, p2sh, sapling, orchard } = vector;
  return [p2pkh, p2sh, sapling, orchard].flatMap((hex, typecode): Item[] =>
    hex === null ? [] : [[typecode, hexToBytes(hex)]]
  );
}

const HEIGHT: Item = [0xe0, Uint8Array.of(255, 255, 255, 0)];
const TIME: Item = [0xe1, Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)];
const EXPIRED: Item = [0xe1, new Uint8Array(8)];
const IGNORED: Item = [0xdf, new Uint8Array(3)];
const UNKNOWN_CONDITION: Item = [0xe2, new Uint8Array(3)];

testWith("zebrad", "pool and node read the same Unified Addresses", async (path) => {
  await using node = await ZebraNode.start(path, { network: regtest() });
  await untilTemplate(node);
  const tails: readonly Item[][] = [
    [],
    [HEIGHT],
    [TIME],
    [HEIGHT, TIME],
    [EXPIRED],
    [IGNORED],
    [UNKNOWN_CONDITION],
  ];
  let [taken, refused] = [0, 0];
  // One of every published group of receivers.
  for (let at = 0; at < vectors.addresses.length; at += 3) {
    const vector = vectors.addresses[at];
    if (vector === undefined) continue;
    for (const prefix of ["uregtest", "zuregtest", "turegtest"]) {
      for (const tail of tails) {
        const text = encode(prefix, [...receiversOf(vector), ...tail]);
        const { isvalid } = await node.rpc("z_validateaddress", text) as { isvalid: boolean };
        assert.equal(reads(text), isvalid, `${prefix} ${vector.address} ${tail.length}`);
        if (isvalid) taken++;
        else refused++;
      }
    }
  }
  assert.ok(taken > 100 && refused > 100, `${taken} taken, ${refused} refused`);
});

function reads(text: string): boolean {
  try {
    parseAddress(text, "regtest");
    return true;
  } catch {
    return false;
  }
}

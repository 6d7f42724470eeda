import assert from "node:assert/strict";
import { bytesToHex } from "../../../src/base/mod.ts";
import { AddressError, type AddressNetwork, parseAddress } from "../../../src/chain/zcash/mod.ts";
import { readVectors } from "./_data.ts";

interface AddressVectors {
  readonly transparent: readonly {
    readonly address: string;
    readonly network: string;
    readonly type: string;
    readonly script_pubkey: string;
  }[];
  readonly other: readonly {
    readonly address: string;
    readonly network: string;
    readonly type: string;
    readonly p2pkh?: string | null;
    readonly p2sh?: string | null;
    readonly sapling?: string | null;
    readonly orchard?: string | null;
  }[];
  readonly invalid: readonly { readonly address: string; readonly why: string }[];
}

/** One entry of `unified_address_r2.json`. */
interface RevisedAddress {
  readonly address: string;
  readonly p2pkh: string | null;
  readonly p2sh: string | null;
  readonly sapling: string | null;
  readonly orchard: string | null;
  readonly expiry_height: number | null;
  readonly expiry_time: number | null;
}

const vectors = readVectors<AddressVectors>("addresses");
const NETWORKS: Readonly<Record<string, readonly AddressNetwork[]>> = {
  mainnet: ["main"],
  testnet: ["test"],
  regtest: ["regtest"],
  "testnet/regtest": ["test", "regtest"],
};
const ALL: readonly AddressNetwork[] = ["main", "test", "regtest"];

Deno.test("every transparent address gives its script, on its own networks only", () => {
  assert.equal(vectors.transparent.length, 37);
  for (const { address, network, type, script_pubkey } of vectors.transparent) {
    const own = NETWORKS[network] ?? [];
    for (const wanted of ALL) {
      if (!own.includes(wanted)) {
        assert.throws(() => parseAddress(address, wanted), { fault: "wrong-network" }, address);
        continue;
      }
      const parsed = parseAddress(address, wanted);
      assert.deepEqual([parsed.kind, parsed.network], [type, wanted], address);
      assert.equal(parsed.canonical, address);
      assert.equal(bytesToHex(parsed.scriptPubKey ?? new Uint8Array(0)), script_pubkey, address);
    }
    assert.equal(parseAddress(address).network, own[0]);
  }
});

Deno.test("every shielded and TEX address is known, in lower and upper case, with its receivers", () => {
  for (const vector of vectors.other.filter(({ type }) => type !== "sprout")) {
    const { address, network } = vector;
    const kind = vector.type.split(" ")[0];
    const [own] = NETWORKS[network] ?? [];
    for (const text of [address, address.toUpperCase()]) {
      const parsed = parseAddress(text, own);
      assert.deepEqual([parsed.kind, parsed.network, parsed.canonical], [kind, own, address]);
      assert.equal(parsed.scriptPubKey, undefined);
      for (const name of ["p2pkh", "p2sh", "sapling", "orchard"] as const) {
        const expected = vector[name];
        if (expected === undefined) continue;
        const found = parsed.receivers?.[name];
        assert.equal(
          found === undefined ? null : bytesToHex(found),
          expected,
          `${name} ${address}`,
        );
      }
    }
    for (const wanted of ALL.filter((network) => network !== own)) {
      assert.throws(() => parseAddress(address, wanted), { fault: "wrong-network" }, address);
    }
  }
});

Deno.test("every Unified Address of revision 2 is read with its receivers and its expiry", () => {
  const { addresses } = readVectors<{ addresses: RevisedAddress[] }>("unified_address_r2");
  assert.equal(addresses.length, 60);
  for (const vector of addresses) {
    const { address } = vector;
    const parsed = parseAddress(address, "main");
    assert.deepEqual([parsed.kind, parsed.network, parsed.canonical], ["unified", "main", address]);
    for (const name of ["p2pkh", "p2sh", "sapling", "orchard"] as const) {
      const found = parsed.receivers?.[name];
      assert.equal(found === undefined ? null : bytesToHex(found), vector[name], address);
    }
    assert.equal(parsed.expiry?.height ?? null, vector.expiry_height, address);
    const time = parsed.expiry?.time;
    assert.equal(time === undefined ? null : Number(time), vector.expiry_time, address);
    assert.throws(() => parseAddress(address, "test"), { fault: "wrong-network" }, address);
  }
});

Deno.test("Sprout addresses are refused as such on every network", () => {
  const sprout = vectors.other.filter(({ type }) => type === "sprout");
  assert.equal(sprout.length, 2);
  for (const { address } of sprout) {
    for (const network of [undefined, ...ALL]) {
      assert.throws(() => parseAddress(address, network), { fault: "unsupported" }, address);
    }
  }
});

Deno.test("every invalid address is refused as malformed", () => {
  for (const { address, why } of vectors.invalid) {
    assert.throws(() => parseAddress(address, "main"), { fault: "malformed" }, why);
  }
});

Deno.test("one changed character in any place makes any address invalid", () => {
  const samples = [...vectors.transparent.slice(0, 2), ...vectors.other.slice(0, 7)];
  for (const { address } of samples) {
    for (let i = 0; i < address.length; i++) {
      const other = address[i] === "q" ? "p" : "q";
      const changed = address.slice(0, i) + other + address.slice(i + 1);
      assert.throws(() => parseAddress(changed), AddressError, changed);
    }
  }
});

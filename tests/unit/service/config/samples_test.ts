import assert from "node:assert/strict";
import { parseConfig } from "../../../../src/service/config/mod.ts";

const SAMPLES = [
  {
    file: "pool.mainnet.toml",
    placeholder: "t1YourPoolPayoutAddress",
    address: "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs",
    network: "main",
  },
  {
    file: "pool.testnet.toml",
    placeholder: "tmYourPoolPayoutAddress",
    address: "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma",
    network: "test",
  },
];

for (const { file, placeholder, address, network } of SAMPLES) {
  Deno.test(`the sample ${file} starts once address and key are put in`, async () => {
    const text = await Deno.readTextFile(new URL(`../../../../config/${file}`, import.meta.url));
    assert(text.includes(`pool_address = "${placeholder}"`));
    const { config, warnings } = parseConfig(text.replace(placeholder, address), {}, {
      fileName: file,
      readSecretFile: (path) => path === "noise.key" ? `${"5a".repeat(32)}\n` : "",
    });
    assert.equal(config.mining.network, network);
    assert.equal(config.payout.poolAddress, address);
    assert.equal(config.security.noisePrivateKey?.reveal(), "5a".repeat(32));
    assert.deepEqual(warnings, []);
  });

  Deno.test(`the sample ${file} holds no secret and is refused as it is`, async () => {
    const text = await Deno.readTextFile(new URL(`../../../../config/${file}`, import.meta.url));
    assert.doesNotMatch(text, /^\s*(noise_private_key|password|url *= *"postgres)\s*=/m);
    assert.throws(() => parseConfig(text), /payout\.pool_address/);
  });
}

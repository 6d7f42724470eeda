import assert from "node:assert/strict";
import { ConfigError, grantedEnvironment, loadConfig } from "../../../src/config/mod.ts";

const ADDRESS = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs";
const SETTING = [{ path: "payout.pool_address", text: ADDRESS, label: "--pool-address" }];

function faultsOf(load: () => unknown): string {
  try {
    load();
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.message;
    throw thrown;
  }
  return "";
}

function inFolder(run: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    run(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a configuration is loaded from its file and the files of its secrets", () => {
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/key`, `${"6b".repeat(32)}\n`);
    Deno.writeTextFileSync(
      `${folder}/pool.toml`,
      `[payout]\npool_address = "${ADDRESS}"\n[security]\nnoise_enabled = true\n` +
        `noise_private_key_file = "${folder}/key"\n`,
    );
    const { config, secretFiles } = loadConfig({ configFile: `${folder}/pool.toml` });
    assert.equal(config.security.noisePrivateKey?.reveal(), "6b".repeat(32));
    assert.deepEqual(secretFiles, [`${folder}/key`]);
  });
});

Deno.test("a file that is missing, too long, a folder or no text is a fault with its name", () => {
  inFolder((folder) => {
    Deno.writeFileSync(`${folder}/bytes`, Uint8Array.of(0xff, 0xfe, 0x00));
    Deno.writeTextFileSync(`${folder}/long`, "#".repeat(256 * 1024 + 1));
    const rows: [string, RegExp][] = [
      [`${folder}/gone.toml`, /gone\.toml: there is no such file/],
      [`${folder}/bytes`, /bytes: it is not UTF-8 text/],
      [`${folder}/long`, /long: it has 262145 bytes, at most 262144 are expected/],
      [folder, /allowed: a TOML file that can be read/],
    ];
    for (const [configFile, expected] of rows) {
      assert.match(faultsOf(() => loadConfig({ configFile })), expected);
    }
  });
});

Deno.test({
  name: "without permission to read, a file is a fault that names the flag",
  permissions: { read: false, env: false },
  fn() {
    assert.match(
      faultsOf(() => loadConfig({ configFile: "pool.toml" })),
      /pool\.toml: the permission is missing, add --allow-read=pool\.toml/,
    );
  },
});

Deno.test({
  name: "settings alone are enough without any permission",
  permissions: "none",
  fn() {
    assert.equal(loadConfig({ settings: SETTING }).config.payout.poolAddress, ADDRESS);
    assert.deepEqual(grantedEnvironment(), {});
  },
});

Deno.test({
  name: "of the environment only granted variables are read",
  permissions: { env: ["POOL__MINING__TAG", "POOL__MINING__NETWORK"] },
  fn() {
    Deno.env.set("POOL__MINING__TAG", "granted");
    try {
      assert.deepEqual(grantedEnvironment(), { POOL__MINING__TAG: "granted" });
      assert.equal(loadConfig({ settings: SETTING }).config.mining.tag, "granted");
    } finally {
      Deno.env.delete("POOL__MINING__TAG");
    }
  },
});

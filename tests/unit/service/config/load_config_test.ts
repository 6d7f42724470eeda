import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../../../../src/service/config/mod.ts";
import { grantedEnvironment } from "../../../../src/service/config/read_environment.ts";

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
      [`${folder}/long`, /long: it has more than 262144 bytes/],
      [folder, /: it is a folder; allowed: a TOML file that can be read/],
      // It has no length and no end.
      ["/dev/zero", /zero: it has more than 262144 bytes/],
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
  name: "a missing permission is told apart from other faults",
  permissions: { read: false, env: true },
  fn() {
    const permissionOnly = (settings: [string, string][]): boolean => {
      try {
        const given = settings.map(([path, text]) => ({ path, text, label: "--set" }));
        loadConfig({ settings: [...SETTING, ...given] });
      } catch (thrown) {
        if (thrown instanceof ConfigError) return thrown.isPermission;
        throw thrown;
      }
      throw new Error("nothing was wrong");
    };
    const key: [string, string] = ["security.noise_private_key_file", "noise.key"];
    assert.equal(permissionOnly([key]), true);
    assert.equal(permissionOnly([key, ["mining.tag", ""]]), false);
  },
});

Deno.test({
  name: "settings alone are enough without any permission",
  permissions: "none",
  fn() {
    assert.equal(loadConfig({ settings: SETTING }).config.payout.poolAddress, ADDRESS);
    assert.deepEqual(grantedEnvironment(), {});
    const { environmentSeen, warnings } = loadConfig({ settings: SETTING });
    assert.equal(environmentSeen, false);
    const unseen = warnings.filter(({ message }) => message.includes("--allow-env=POOL__*"));
    assert.equal(unseen.length, 1, "said once");
  },
});

Deno.test({
  name: "of the environment only granted variables are read",
  permissions: { env: ["POOL__MINING__TAG", "POOL__MINING__NETWORK"] },
  fn() {
    Deno.env.set("POOL__MINING__TAG", "granted");
    try {
      assert.deepEqual(grantedEnvironment(), { POOL__MINING__TAG: "granted" });
      const { config, environmentSeen } = loadConfig({ settings: SETTING });
      assert.deepEqual([config.mining.tag, environmentSeen], ["granted", true]);
    } finally {
      Deno.env.delete("POOL__MINING__TAG");
    }
  },
});

Deno.test({
  name:
    "settings that are ignored: a variable near a key's is a fault under a permission for a pattern",
  permissions: { env: ["POOL__*"] },
  fn() {
    const slips: readonly [string, string][] = [
      ["POOL__PAYOUT__POOL_FEE", "POOL__PAYOUT__POOL_FEE_PERCENT"],
      ["POOL__MINING__POOL_FEE_PERCENT", "POOL__PAYOUT__POOL_FEE_PERCENT"],
      ["POOL__PAYOUT_POOL_FEE_PERCENT", "POOL__PAYOUT__POOL_FEE_PERCENT"],
      ["POOL__PAYOUT__POOL_FEE_PERCNET", "POOL__PAYOUT__POOL_FEE_PERCENT"],
      ["POOL__PAYOUTS__POOL_FEE_PERCENT", "POOL__PAYOUT__POOL_FEE_PERCENT"],
      ["POOL__POOL_ADDRESS", "POOL__PAYOUT__POOL_ADDRESS"],
      ["POOL__PAYOUT__POOLADDRESS", "POOL__PAYOUT__POOL_ADDRESS"],
      ["POOL__ZEBRA__URLL", "POOL__ZEBRA__URL"],
      ["POOL__MINING__JOB_REFRESH", "POOL__MINING__JOB_REFRESH_SECS"],
      ["POOL__MINING__JOB_REFRESH_SECONDS", "POOL__MINING__JOB_REFRESH_SECS"],
      ["POOL__DATABASE__SHARE_RETENTION_HOURS", "POOL__DATABASE__SHARE_RETENTION_DAYS"],
    ];
    for (const [name, meant] of slips) {
      Deno.env.set(name, "1");
      try {
        const text = faultsOf(() => loadConfig({ settings: SETTING }));
        assert.match(text, new RegExp(`${name} .*did you mean ${meant}\\?`), name);
      } finally {
        Deno.env.delete(name);
      }
    }
  },
});

Deno.test({
  name: "the variables whose values count are named, and those that are overruled are not",
  permissions: { env: ["POOL__*"] },
  fn() {
    Deno.env.set("POOL__MINING__TAG", "seen");
    Deno.env.set("POOL__PAYOUT__POOL_ADDRESS", ADDRESS);
    try {
      const { environment } = loadConfig({ settings: SETTING });
      assert.deepEqual(environment, ["POOL__MINING__TAG"]);
    } finally {
      Deno.env.delete("POOL__MINING__TAG");
      Deno.env.delete("POOL__PAYOUT__POOL_ADDRESS");
    }
  },
});

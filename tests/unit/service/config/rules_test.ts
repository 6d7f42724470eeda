import assert from "node:assert/strict";
import { ConfigError, parseConfig } from "../../../../src/service/config/mod.ts";

const ADDRESS = '[payout]\npool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n';
const KEY = "22".repeat(32);

function faultPaths(toml: string, environment: Record<string, string> = {}): string[] {
  try {
    parseConfig(ADDRESS + toml, environment);
    return [];
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.faults.map(({ path }) => path);
    throw thrown;
  }
}

Deno.test("a TEX address cannot be the pool's, and the reason is said", () => {
  const toml = '[payout]\npool_address = "tex1s2rt77ggv6q989lr49rkgzmh5slsksa9khdgte"\n';
  assert.throws(() => parseConfig(toml, {}), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(error.faults.map(({ path }) => path), ["payout.pool_address"]);
    assert.match(error.message, /transparent funds alone \(ZIP 320\)/);
    return true;
  });
});

Deno.test("rules between keys name the key that breaks them", () => {
  const noise = `noise_enabled = true\nnoise_private_key = "${KEY}"\n`;
  const rows: [string, string[]][] = [
    ["[security]\nrequire_noise = true\n", ["security.require_noise"]],
    ["[dedup]\nenabled = true\n", ["dedup.redis_url"]],
    ['[dedup]\nenabled = true\nredis_url = "redis://a"\n', []],
    ["[security]\nnoise_enabled = true\n", ["security.noise_private_key"]],
    [`[security]\n${noise}require_noise = true\n`, []],
    [`[security]\nnoise_private_key = "${KEY}"\n`, []],
    ["[server]\nmax_connections = 5\n[security]\nmax_connections = 6\n", [
      "server.max_connections",
    ]],
    ["[server]\nmax_connections = 5\n[security]\nmax_connections = 5\n", []],
    ['[zebra]\nurl = "http://a:1"\nurls = ["http://a:1"]\n', ["zebra.url"]],
    ["[mining]\nnonce_1_len = 1\n[server]\nmax_connections = 64\n", []],
    ["[mining]\nnonce_1_len = 1\n[server]\nmax_connections = 65\n", ["mining.nonce_1_len"]],
    ["[mining]\nnonce_1_len = 2\n[security]\nmax_connections = 16384\n", []],
    ["[mining]\nnonce_1_len = 2\n[security]\nmax_connections = 16385\n", ["mining.nonce_1_len"]],
    ["[mining]\nmin_difficulty = 2.0\n", ["mining.initial_difficulty"]],
    ["[mining]\nmax_difficulty = 0.5\n", ["mining.initial_difficulty"]],
    ["[mining]\nmin_difficulty = 3.0\nmax_difficulty = 2.0\n", ["mining.min_difficulty"]],
    ["[mining]\nmin_difficulty = 1.0\nmax_difficulty = 1.0\n", []],
    ["[mining]\njob_refresh_secs = 60\njob_max_age_secs = 60\n", ["mining.job_max_age_secs"]],
    ['[zebra]\nurls = ["http://a:1", "http://b:1", "http://a:1/"]\n', ["zebra.urls"]],
    ['[zebra]\nurls = ["http://a:1", "http://a:2"]\n', []],
    ['[zebra]\ncookie_file = "c"\nuser = "u"\npassword = "p"\n', ["zebra.cookie_file"]],
    ['[zebra]\nuser = "u"\n', ["zebra.password"]],
    ['[zebra]\npassword = "p"\n', ["zebra.password"]],
    ['[zebra]\nuser = "u"\npassword = "p"\n', []],
    ['[metrics]\nlisten_addr = "127.0.0.1:3333"\n', ["metrics.listen_addr"]],
    ['[metrics]\nlisten_addr = "127.0.0.1:3333"\nenabled = false\n', []],
    ['[server]\njd_listen_addr = "127.0.0.1:3333"\n', ["server.jd_listen_addr"]],
    ['[server]\njd_listen_addr = "127.0.0.1:3333"\n[jd]\nenabled = false\n', []],
    ['[server]\njd_listen_addr = "0.0.0.0:9090"\n', ["server.jd_listen_addr"]],
    ['[server]\nlisten_addr = "0.0.0.0:0"\njd_listen_addr = "0.0.0.0:0"\n', []],
    ['[metrics]\nlisten_addr = "127.0.0.1:0"\n[server]\nlisten_addr = "0.0.0.0:0"\n', []],
    ['[metrics]\nlisten_addr = "localhost:1"\n[server]\nlisten_addr = "127.0.0.1:1"\n', [
      "metrics.listen_addr",
    ]],
    ['[metrics]\nlisten_addr = "127.0.0.1:1"\n[server]\nlisten_addr = "0:1"\n', [
      "metrics.listen_addr",
    ]],
    ['[zebra]\nurls = ["http://a:1", "http://b:1"]\n', []],
    ['[zebra]\nurls = ["http://a:1", "http://b:1", "http://A:1/"]\n', ["zebra.urls"]],
    ['[metrics]\nlisten_addr = "10.0.0.2:1"\n[server]\nlisten_addr = "10.0.0.1:1"\n', []],
  ];
  for (const [toml, expected] of rows) assert.deepEqual(faultPaths(toml), expected, toml);
});

Deno.test("a rule is silent about a key that has a fault of its own", () => {
  assert.deepEqual(faultPaths('[security]\nnoise_enabled = true\nnoise_private_key = "zz"\n'), [
    "security.noise_private_key",
  ]);
  assert.deepEqual(faultPaths("[mining]\nmin_difficulty = -1\nmax_difficulty = 0.5\n"), [
    "mining.min_difficulty",
  ]);
});

Deno.test("one of two ways to give a value wins when it comes from a stronger source", () => {
  const toml = `${ADDRESS}[zebra]\nurls = ["http://a:1"]\n[server]\nmax_connections = 5\n`;
  const { config } = parseConfig(toml, {
    POOL__ZEBRA__URL: "http://b:2",
    POOL__SECURITY__MAX_CONNECTIONS: "6",
  });
  assert.deepEqual(config.zebra.urls, ["http://b:2"]);
  assert.equal(config.server.maxConnections, 6);
});

Deno.test("lists in the environment are separated by commas", () => {
  const { config } = parseConfig(ADDRESS, { POOL__ZEBRA__URLS: "http://a:1, http://b:2/" });
  assert.deepEqual(config.zebra.urls, ["http://a:1", "http://b:2"]);
});

Deno.test("the pool's address is checked in form, and against the network that was set", () => {
  const testnet = "tmTc6trRhbv96kGfA99i7vrFwb5p7BVFwc3";
  const rows: [string, string, RegExp | undefined][] = [
    ["t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs", "auto", undefined],
    ["t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs", "main", undefined],
    [testnet, "auto", undefined],
    [testnet, "test", undefined],
    [testnet, "regtest", undefined],
    [testnet, "main", /t1/],
    ["t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbt", "auto", /./],
    ["t1YourPoolPayoutAddress", "auto", /./],
  ];
  for (const [address, network, reason] of rows) {
    const toml = `[payout]\npool_address = "${address}"\n[mining]\nnetwork = "${network}"\n`;
    if (reason === undefined) {
      assert.equal(parseConfig(toml).config.payout.poolAddress, address);
      continue;
    }
    assert.throws(() => parseConfig(toml), (error: unknown) => {
      assert(error instanceof ConfigError, address);
      assert.deepEqual(error.faults.map(({ path }) => path), ["payout.pool_address"], address);
      assert.match(error.faults[0]?.reason ?? "", reason, address);
      return true;
    });
  }
});

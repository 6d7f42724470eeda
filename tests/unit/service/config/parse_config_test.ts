import assert from "node:assert/strict";
import {
  ConfigError,
  type ConfigFault,
  faultLine,
  parseConfig,
  type ParseOptions,
} from "../../../../src/service/config/mod.ts";

const KEY = "11".repeat(32);

/** The least that a configuration needs. */
const ADDRESS = '[payout]\npool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n';

/** The operator guide's file, address and key put in. */
const GUIDE_FILE = `
[server]
listen_addr = "0.0.0.0:3333"
jd_listen_addr = "0.0.0.0:3334"
[zebra]
url = "http://127.0.0.1:8232"
[mining]
initial_difficulty = 1.0
target_shares_per_minute = 5.0
nonce_1_len = 4
[payout]
pool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"
pool_fee_percent = 1.0
[security]
noise_enabled = true
noise_private_key = "${KEY}"
max_connections = 10000
[jd]
enabled = true
full_template_enabled = true
full_template_validation = "Standard"
token_lifetime_secs = 300
`;

function faultsOf(
  toml: string,
  environment: Record<string, string> = {},
  options: ParseOptions = {},
): readonly ConfigFault[] {
  try {
    parseConfig(toml, environment, options);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.faults;
    throw thrown;
  }
  return [];
}

Deno.test("the operator guide's file is accepted, without a warning", () => {
  const { config, warnings } = parseConfig(GUIDE_FILE);
  assert.deepEqual(config.server.listenAddr, { hostname: "0.0.0.0", port: 3333 });
  assert.deepEqual(config.zebra.urls, ["http://127.0.0.1:8232"]);
  assert.equal(config.server.maxConnections, 10000);
  assert.equal(config.payout.poolFeePpm, 10_000);
  assert.equal(config.security.noisePrivateKey?.reveal(), KEY);
  assert.equal(config.jd.fullTemplateEnabled, true);
  assert.deepEqual(warnings, []);
});

Deno.test("an address alone gives every default of the operator guide", () => {
  const { config, explicit } = parseConfig(ADDRESS);
  assert.deepEqual([...explicit], ["payout.pool_address"]);
  assert.deepEqual(config.server, {
    listenAddr: { hostname: "0.0.0.0", port: 3333 },
    jdListenAddr: { hostname: "0.0.0.0", port: 3334 },
    maxConnections: 10000,
    proxyProtocol: false,
    trustedProxies: [],
    dataDir: "data",
    drainMs: 0,
  });
  assert.deepEqual(config.zebra, {
    urls: ["http://127.0.0.1:8232"],
    failoverTimeoutMs: 5000,
    pollIntervalMs: 500,
    cookieFile: undefined,
    user: undefined,
    password: undefined,
  });
  assert.deepEqual(config.mining, {
    network: "auto",
    initialDifficulty: 1,
    minDifficulty: 0.001,
    maxDifficulty: 1_000_000,
    targetSharesPerMinute: 5,
    nonce1Len: 4,
    validationThreads: 4,
    tag: "zcash-pool",
    unknownCoinbase: "refuse",
    jobRefreshSecs: 30,
    jobMaxAgeSecs: 120,
  });
  assert.deepEqual(config.payout, {
    poolAddress: "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs",
    poolFeePpm: 10_000,
    scheme: "pps",
    pplnsWindow: 100_000,
    pplnsWindowUnit: "shares",
    wallet: "none",
    coinbasePayeesMax: 100,
    minPayoutZat: 1_000_000n,
    payoutIntervalMs: 86_400_000,
    liabilityCapZat: undefined,
    reserveFloorZat: undefined,
    coinbaseMaturity: 100,
    startPaused: false,
  });
  assert.deepEqual(config.security, {
    allow: [],
    noiseEnabled: false,
    noisePrivateKey: undefined,
    requireNoise: false,
    noiseCertValiditySecs: 86_400,
    maxConnectionsPerIp: 100,
    handshakeTimeoutSecs: 10,
    connectionTimeoutSecs: 30,
    idleTimeoutSecs: 300,
    maxSharesPerSecond: 100,
    banThreshold: 50,
    banDurationSecs: 3600,
  });
  assert.deepEqual(config.jd, {
    enabled: true,
    fullTemplateEnabled: false,
    fullTemplateValidation: "Standard",
    tokenLifetimeSecs: 300,
    maxTokensPerClient: 10,
    coinbaseOutputMaxAdditionalSize: 256,
    minPoolPayoutZat: 10_000n,
    shareDifficulty: 1000,
  });
  assert.deepEqual(config.logging, {
    level: "info",
    format: "json",
    file: undefined,
    retentionDays: 90,
    includeMinerIps: false,
    includeShareDetails: false,
  });
  assert.deepEqual(config.dedup, { enabled: false, redisUrl: undefined, windowSeconds: 60 });
  assert.deepEqual(config.database, { url: undefined, path: undefined, shareRetentionDays: 7 });
  assert.deepEqual(config.metrics, {
    enabled: true,
    listenAddr: { hostname: "127.0.0.1", port: 9090 },
  });
});

Deno.test("the configuration is frozen to its leaves", () => {
  const { config } = parseConfig(ADDRESS);
  assert.throws(() => Object.assign(config, { mining: {} }), TypeError);
  assert.throws(() => Object.assign(config.mining, { tag: "x" }), TypeError);
  assert.throws(() => Object.assign(config.server.listenAddr, { port: 1 }), TypeError);
  assert.throws(() => (config.zebra.urls as string[]).push("x"), TypeError);
});

Deno.test("the command line wins over the environment, that over the file", () => {
  const toml = `${ADDRESS}[mining]\ntag = "file"\nnonce_1_len = 5\nvalidation_threads = 2\n`;
  const { config, explicit } = parseConfig(toml, {
    POOL__MINING__TAG: "environment",
    POOL__MINING__NONCE_1_LEN: "6",
    HOME: "/root",
  }, { settings: [{ path: "mining.tag", text: "argument", label: "--set" }] });
  assert.deepEqual(
    [config.mining.tag, config.mining.nonce1Len, config.mining.validationThreads],
    ["argument", 6, 2],
  );
  assert(explicit.has("mining.nonce_1_len"));
});

Deno.test("all faults are reported at once, each with path, what was given and what is allowed", () => {
  const faults = faultsOf(
    '[server]\nlisten_addr = "nowhere"\n[mining]\nnonce_1_len = 99\nvalidation_thread = 3\n' +
      "[minning]\n",
    { POOL__ZEBRA__POLL_INTERVAL_MS: "soon" },
    { fileName: "pool.toml" },
  );
  assert.deepEqual(
    faults.map(({ path, source, given }) => [path, source, given]),
    [
      ["mining.validation_thread", "pool.toml", undefined],
      ["minning", "pool.toml", undefined],
      ["server.listen_addr", "pool.toml", '"nowhere"'],
      ["zebra.poll_interval_ms", "POOL__ZEBRA__POLL_INTERVAL_MS", '"soon"'],
      ["mining.nonce_1_len", "pool.toml", "99"],
      ["payout.pool_address", undefined, undefined],
    ],
  );
  for (const fault of faults) assert.notEqual(fault.allowed, "", fault.path);
});

Deno.test("a name that does not exist is refused with the one that was meant", () => {
  const rows: [string, RegExp][] = [
    ["[mining]\nnonce1_len = 4", /^mining\.nonce1_len .*did you mean mining\.nonce_1_len\?/],
    ["[mining]\nmin_payout = 1", /^mining\.min_payout .*did you mean payout\.min_payout\?/],
    ["[securty]\nnoise_enabled = true", /^securty .*did you mean \[security\]\?/],
    ["pool_address = 't1'", /^pool_address .*did you mean payout\.pool_address\?/],
    [
      "[stratum_v3]\nenabled = true",
      /^stratum_v3 .*this section does not exist, did you mean \[stratum_v1\]\?; allowed: \[server\]/,
    ],
    ["[mining]\nqwertzuiop = 4", /this key does not exist; allowed: network, initial_difficulty/],
    ["[[security.deny]]\ncidr = 'x'", /^security\.deny .*this key does not exist/],
    ["[mining.tag]\ntext = 'x'", /^mining\.tag = a table/],
    ["mining = 5", /^mining .*allowed: a section, \[mining\]/],
  ];
  for (const [toml, expected] of rows) {
    assert.throws(() => parseConfig(toml), (error: Error) => {
      assert.match(error.message.split("\n")[1] ?? "", expected, toml);
      return true;
    });
  }
  const [fault] = faultsOf(ADDRESS, { POOL__MINING__NONCE_LEN: "4" });
  assert.match(fault?.reason ?? "", /did you mean POOL__MINING__NONCE_1_LEN\?/);
});

Deno.test("text that is no TOML is refused by line and column, without quoting the line", () => {
  const faults = faultsOf('[security]\nnoise_private_key = "abc\n', {}, { fileName: "pool.toml" });
  assert.equal(faults.length, 1, "what is missing in a file that is no TOML says nothing");
  const [fault] = faults;
  assert.equal(fault?.path, "pool.toml");
  assert.match(fault?.reason ?? "", /line \d+, column \d+/);
  assert.doesNotMatch(JSON.stringify(fault), /abc/);
});

Deno.test("every value out of its range is a fault at its path", () => {
  const rows: [string, string, string][] = [
    ["server", "listen_addr", '"127.0.0.1:65536"'],
    ["server", "listen_addr", '"127.0.0.1"'],
    ["server", "listen_addr", '"::1:3333"'],
    ["server", "listen_addr", "3333"],
    ["server", "max_connections", "0"],
    ["server", "max_connections", '"100"'],
    ["server", "max_connections", "1.5"],
    ["server", "max_connections", "99999999999999999999"],
    ["server", "data_dir", '""'],
    ["server", "data_dir", '"a\\u0000b"'],
    ["zebra", "url", '"ftp://127.0.0.1"'],
    ["zebra", "url", '"127.0.0.1:8232"'],
    ["zebra", "url", '"http://127.0.0.1:8232/?x=1"'],
    ["zebra", "urls", "[]"],
    ["zebra", "urls", '"http://127.0.0.1:8232"'],
    ["zebra", "urls", '["http://127.0.0.1:8232", 5]'],
    ["zebra", "poll_interval_ms", "10"],
    ["mining", "initial_difficulty", "0"],
    ["mining", "initial_difficulty", "-1.0"],
    ["mining", "initial_difficulty", "inf"],
    ["mining", "initial_difficulty", "nan"],
    ["mining", "initial_difficulty", '"1"'],
    ["mining", "network", '"Main"'],
    ["mining", "tag", '""'],
    ["mining", "tag", '"zürich"'],
    ["mining", "tag", `"${"x".repeat(65)}"`],
    ["mining", "nonce_1_len", "0"],
    ["payout", "pool_fee_percent", "-0.1"],
    ["payout", "pool_fee_percent", "100.1"],
    ["payout", "pool_fee_percent", "1.00001"],
    ["payout", "pool_fee_percent", '"1 %"'],
    ["payout", "pool_fee_percent", "true"],
    ["payout", "min_payout", "1000000000"],
    ["payout", "min_payout", "0.000000001"],
    ["payout", "payout_interval_hours", "0"],
    ["security", "noise_enabled", '"true"'],
    ["security", "noise_enabled", "1"],
    ["logging", "level", '"verbose"'],
    ["logging", "format", "1979-05-27"],
  ];
  for (const [section, key, value] of rows) {
    const payout = section === "payout"
      ? 'pool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n'
      : "";
    const rest = section === "payout" ? "" : `\n${ADDRESS}`;
    const faults = faultsOf(`[${section}]\n${payout}${key} = ${value}${rest}`);
    assert.deepEqual(faults.map(({ path }) => path), [`${section}.${key}`], `${key} = ${value}`);
  }
});

Deno.test("percentages and amounts are read exactly, as numbers and as text", () => {
  const rows: [string, string, number, bigint][] = [
    ["1.0", "0.01", 10_000, 1_000_000n],
    ["0", "0", 0, 0n],
    ["100", "1", 1_000_000, 100_000_000n],
    ["0.0001", "0.00000001", 1, 1n],
    ['"0.5"', '"0.10000000"', 5_000, 10_000_000n],
    ["2.9", "0.29", 29_000, 29_000_000n],
    ["1e-4", "1e-7", 1, 10n],
    ["33.3333", '"20999999.99999999"', 333_333, 2_099_999_999_999_999n],
  ];
  for (const [fee, least, ppm, zat] of rows) {
    const given =
      `[payout]\npool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\npool_fee_percent = ${fee}\n`;
    assert.equal(parseConfig(given).config.payout.poolFeePpm, ppm, fee);
    // The cap takes any amount above 0; the least payout has bounds of its own.
    const faults = faultsOf(`${given}liability_cap = ${least}\n`);
    assert.deepEqual(faults.map(({ path }) => path), zat === 0n ? ["payout.liability_cap"] : []);
    if (zat === 0n) continue;
    const { payout } = parseConfig(`${given}liability_cap = ${least}\n`).config;
    assert.equal(payout.liabilityCapZat, zat, least);
  }
});

Deno.test("a number may have an exponent wherever it stands", () => {
  const toml = `${ADDRESS}min_payout = 1e-3\n[mining]\ninitial_difficulty = 1e3\n`;
  const inFile = parseConfig(toml).config;
  const inEnvironment = parseConfig(ADDRESS, {
    POOL__MINING__INITIAL_DIFFICULTY: "1e3",
    POOL__PAYOUT__MIN_PAYOUT: "1e-3",
  }).config;
  for (const { mining, payout } of [inFile, inEnvironment]) {
    assert.deepEqual([mining.initialDifficulty, payout.minPayoutZat], [1_000, 100_000n]);
  }
  for (const text of ["1e", "e3", "1e9999", "0x10", "1 "]) {
    const faults = faultsOf(ADDRESS, { POOL__MINING__INITIAL_DIFFICULTY: text });
    assert.equal(faults[0]?.path, "mining.initial_difficulty", text);
  }
});

Deno.test("a fault is one line without controls, whatever names and values were given", () => {
  const rows = [
    '[mining]\n"k\\nzcash-pool: all is well\\u001b[31m" = 1\n',
    '["sec\\ntion\\u009b"]\nx = 1\n',
    '[mining]\nnetwork = "a\\u009b31m\\u202e\\u2028b"\n',
  ];
  for (const toml of rows) {
    const faults = faultsOf(ADDRESS + toml);
    assert.equal(faults.length, 1, toml);
    assert.match(faultLine(faults[0] as ConfigFault), /^[\x20-\x7e]+$/, toml);
  }
});

Deno.test("a PostgreSQL URL has nothing that the client would ignore", () => {
  const url = (rest: string) => faultsOf(`${ADDRESS}[database]\nurl = "postgres://${rest}"\n`);
  for (
    const fine of [
      "u:100%25@h/d",
      "h",
      "[::1]:5432/d?sslmode=verify-full&search_path=pool",
      "h/d?sslmode=disable",
      "h/d?sslmode=prefer",
      "h/d?sslmode=require",
    ]
  ) assert.deepEqual(url(fine), [], fine);
  const rows: [string, RegExp][] = [
    ["u:100%@h/d", /%25/],
    ["u%zz:p@h/d", /%25/],
    ["h/d%", /%25/],
    // Stronger than "require" for libpq, and it was taken for no encryption at all.
    ["h/d?sslmode=verify-ca", /sslmode has to be one of disable, prefer, require, verify-full/],
    ["h/d?sslmode=", /sslmode has to be/],
    ["h/d?sslmode=require&ssl_mode=x", /only sslmode and search_path/],
    ["h/d?connect_timeout=5", /only sslmode and search_path/],
  ];
  for (const [given, reason] of rows) {
    const [fault] = url(given);
    assert.equal(fault?.path, "database.url", given);
    assert.match(fault?.reason ?? "", reason, given);
  }
});

Deno.test("an address in brackets is one of IPv6", () => {
  const listen = (address: string) =>
    faultsOf(`${ADDRESS}[server]\nlisten_addr = "${address}"\n`).map(({ path }) => path);
  for (const fine of ["[::]:3333", "[::1]:3333", "[::ffff:1.2.3.4]:1", "[2001:db8::1]:65535"]) {
    assert.deepEqual(listen(fine), [], fine);
  }
  for (const wrong of ["[:::::]:3333", "[1.2.3.4]:3333", "[12]:1", "[::1::]:3333"]) {
    assert.deepEqual(listen(wrong), ["server.listen_addr"], wrong);
  }
});

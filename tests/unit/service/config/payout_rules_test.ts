import assert from "node:assert/strict";
import {
  ConfigError,
  faultLine,
  neededPermissions,
  parseConfig,
  permissionFlags,
} from "../../../../src/service/config/mod.ts";

const ADDRESS = 'pool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n';
const QUIET = "[jd]\nenabled = false\n";
const TOKEN = "0123456789abcdef";

function faults(payout: string, rest = ""): [string, string][] {
  try {
    parseConfig(`[payout]\n${ADDRESS}${payout}\n${QUIET}${rest}\n`);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.faults.map(({ path, reason, allowed }) => [path, `${reason ?? ""} ${allowed}`]);
  }
}

function warnings(payout: string, rest = ""): string[] {
  return parseConfig(`[payout]\n${ADDRESS}${payout}\n${QUIET}${rest}\n`).warnings
    .flatMap(({ paths }) => paths);
}

Deno.test("keys about payments that cannot work are refused by name", () => {
  const rows: [string, string, string, RegExp][] = [
    ['scheme = "fpps"', "", "payout.scheme", /"pps", "pplns", "prop" or "solo"/],
    ['scheme = "PPLNS"', "", "payout.scheme", /it is written "pplns"/],
    ['scheme = "pplsn"', "", "payout.scheme", /did you mean "pplns"\?/],
    ['pplns_window_unit = "blocks"', "", "payout.pplns_window_unit", /"shares" or "difficulty"/],
    ['pplns_window_unit = "difficulty"', "", "payout.pplns_window", /from 2 to 100, times/],
    ['pplns_window_unit = "difficulty"\npplns_window = 1', "", "payout.pplns_window", /from 2/],
    ['pplns_window_unit = "difficulty"\npplns_window = 101', "", "payout.pplns_window", /to 100/],
    ['pplns_window_unit = "difficulty"\npplns_window = 2.5', "", "payout.pplns_window", /whole/],
    [
      'wallet = "coinbase"',
      '[database]\npath = ":memory:"',
      "payout.wallet",
      /must outlast the process/,
    ],
    ['wallet = "coinbase"\ncoinbase_payees_max = 0', "", "payout.coinbase_payees_max", /from 1/],
    ['wallet = "zcashd"', "", "payout.wallet", /"none", "coinbase", "zallet" or "external"/],
    ["min_payout = 0.00009999", "", "payout.min_payout", /at least 0\.0001 ZEC/],
    ["min_payout = 1000000000", "", "payout.min_payout", /in ZEC, not in zatoshis/],
    ['min_payout = "0.123456789"', "", "payout.min_payout", /at most 8 decimals/],
    ['min_payout = "-1"', "", "payout.min_payout", /from 0 to 21000000/],
    ['min_payout = "ten"', "", "payout.min_payout", /an amount of ZEC/],
    ['liability_cap = "1,5"', "", "payout.liability_cap", /an amount of ZEC/],
    ["pool_fee_percent = 100.1", "", "payout.pool_fee_percent", /from 0 to 100/],
    ["coinbase_maturity = 99", "", "payout.coinbase_maturity", /regtest/],
    ['wallet = "external"', "", "settlement.token", /missing/],
    ['wallet = "external"', '[settlement]\ntoken = "short"', "settlement.token", /too short/],
    [
      'wallet = "external"',
      `[settlement]\ntoken = "${TOKEN}"\n[database]\npath = ":memory:"`,
      "payout.wallet",
      /must outlast the process.*database\.url/,
    ],
    [
      'wallet = "external"',
      `[settlement]\ntoken = "${TOKEN}"\nlisten_addr = "0.0.0.0:3333"`,
      "settlement.listen_addr",
      /no other listener/,
    ],
    [
      'wallet = "external"',
      `[settlement]\ntoken = "${TOKEN}"\n[metrics]\nlisten_addr = "0.0.0.0:9091"`,
      "settlement.listen_addr",
      /no other listener/,
    ],
    ["", '[wallet]\nuser = "u"', "wallet.password", /both or neither/],
    ["", '[wallet]\ncookie_file = "c"\nuser = "u"\npassword = "p"', "wallet.cookie_file", /or/],
    ["", "[wallet]\nsettle_confirmations = 2", "wallet.settle_confirmations", /from 3 to 100/],
    ["", '[database]\nurl = "mysql://h/d"', "database.url", /postgres:/],
    ["", '[database]\nurl = "postgres://h/d"\npath = "p"', "database.url", /one of the two/],
  ];
  for (const [payout, rest, path, text] of rows) {
    const found = faults(payout, rest);
    assert.deepEqual(found.map(([each]) => each), [path], `${payout} ${rest}`);
    assert.match(found[0]?.[1] ?? "", text, `${payout} ${rest}`);
  }
});

Deno.test("the wallet zallet needs its address and its account", () => {
  assert.deepEqual(faults('wallet = "zallet"').map(([path]) => path), [
    "wallet.url",
    "wallet.account",
  ]);
  assert.deepEqual(
    faults('wallet = "zallet"', '[wallet]\nurl = "http://127.0.0.1:28232"\naccount = "u1"'),
    [],
  );
});

Deno.test("figures that may stand and are hardly meant are warned of", () => {
  assert.deepEqual(warnings("min_payout = 0.0009"), ["payout.min_payout"]);
  assert.deepEqual(warnings("min_payout = 0.001"), []);
  assert.deepEqual(warnings("min_payout = 100.00000001"), ["payout.min_payout"]);
  assert.deepEqual(warnings("reserve_floor = 10"), ["payout.reserve_floor"]);
});

Deno.test("a section of a way to pay that was not chosen is warned of", () => {
  const wallet = '[wallet]\nurl = "http://127.0.0.1:28232"\naccount = "u1"\n';
  const settlement = `[settlement]\ntoken = "${TOKEN}"\n`;
  assert.deepEqual(warnings("", wallet), ["wallet.url", "wallet.account"]);
  assert.deepEqual(warnings('wallet = "zallet"', wallet), []);
  assert.deepEqual(warnings('wallet = "zallet"', wallet + settlement), ["settlement.token"]);
  assert.deepEqual(warnings('wallet = "external"', settlement), []);
  const { warnings: [warning] } = parseConfig(`[payout]\n${ADDRESS}${settlement}${QUIET}`);
  assert.equal(
    warning?.message,
    '[settlement] has no effect: payout.wallet is "none"; set it to "external" or leave the section out.',
  );
});

Deno.test("a fault shows what was written, and the file that a secret was read from", () => {
  const lines = (toml: string): string[] => {
    try {
      parseConfig(`[payout]\n${ADDRESS}${toml}\n`, {}, {
        fileName: "pool.toml",
        readSecretFile: () => "short",
      });
      return [];
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      return thrown.faults.map(faultLine);
    }
  };
  assert.deepEqual(lines("min_payout = 0.00009999"), [
    "payout.min_payout = 0.00009999 (pool.toml): allowed: at least 0.0001 ZEC: less is eaten by " +
    "the network's fee",
  ]);
  assert.deepEqual(lines('liability_cap = "0.0"'), [
    'payout.liability_cap = "0.0" (pool.toml): allowed: more than 0 ZEC; leave it out for no limit',
  ]);
  assert.deepEqual(lines('wallet = "external"\n[settlement]\ntoken_file = "payer.token"'), [
    'settlement.token_file = "payer.token" (pool.toml): the file\'s content is not allowed: it is ' +
    "too short; allowed: a secret of at least 16 characters",
  ]);
});

Deno.test("amounts are exact, and a change of unit stands in the name", () => {
  const { config } = parseConfig(
    `[payout]\n${ADDRESS}min_payout = "0.12345678"\nliability_cap = 1.5\n` +
      `[mining]\nnetwork = "main"\n${QUIET}`,
  );
  assert.equal(config.payout.minPayoutZat, 12_345_678n);
  assert.equal(config.payout.liabilityCapZat, 150_000_000n);
  assert.equal(config.payout.reserveFloorZat, undefined);
});

Deno.test("wallet, payer's interface and database get permissions only when they are used", () => {
  const flags = (payout: string, rest: string): string =>
    permissionFlags(
      neededPermissions(parseConfig(`[payout]\n${ADDRESS}${payout}\n${QUIET}${rest}\n`)),
    ).join(" ");
  const wallet =
    '[wallet]\nurl = "http://10.0.0.9:28232"\naccount = "a"\ncookie_file = "/w/.cookie"';
  assert.match(flags('wallet = "zallet"', wallet), /10\.0\.0\.9:28232.*read=\/w\/\.cookie/);
  assert.doesNotMatch(flags('wallet = "none"', wallet), /10\.0\.0\.9|cookie/);
  assert.match(
    flags('wallet = "external"', `[settlement]\ntoken = "${TOKEN}"`),
    /,127\.0\.0\.1:9091/,
  );
  assert.match(flags("", '[database]\nurl = "postgres://u:p@db/pool"'), /,db:5432 /);
});

Deno.test("what a shielded coinbase pays cannot be divided, and a block's payments have no interval", () => {
  const shielded = "zs1z7rejlpsa98s2rrrfkwmaxu53e4ue0ulcrw0h4x5g8jl04tak0d3mm47vdtahatqrlkngh9slya";
  assert.throws(
    () => parseConfig(`[payout]\npool_address = "${shielded}"\nwallet = "coinbase"\n${QUIET}`),
    (error) =>
      error instanceof ConfigError &&
      error.faults.some(({ path, reason }) =>
        path === "payout.wallet" && /signed by the node/.test(reason ?? "")
      ),
  );
  assert.deepEqual(faults('wallet = "coinbase"'), []);
  assert.deepEqual(warnings('wallet = "coinbase"\npayout_interval_hours = 12'), [
    "payout.payout_interval_hours",
  ]);
  assert.deepEqual(warnings("coinbase_payees_max = 12"), ["payout.coinbase_payees_max"]);
});

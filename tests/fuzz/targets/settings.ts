import assert from "node:assert/strict";
import { ConfigError, parseConfig } from "../../../src/service/config/mod.ts";
import { IpNetwork, PoolError } from "../../../src/base/mod.ts";
import { readPeriod } from "../../../src/cli/period.ts";
import { UsageError } from "../../../src/cli/errors.ts";
import { declared, type FuzzTarget, textTarget } from "../fuzz_target.ts";

const SAMPLE = `
[server]
listen_addr = "0.0.0.0:3333"
max_connections = 10_000
[zebra]
urls = ["http://127.0.0.1:8232"]
[payout]
scheme = "pplns"
pplns_window = 100_000
pool_fee_percent = 1.0
[[security.allow]]
network = "192.0.2.0/24"
`;

const toml = textTarget({
  name: "settings.toml",
  lengthMax: 6_000,
  words: [
    ..."[server] [payout] [[security.allow]] listen_addr pool_fee_percent = true 1e999 nan".split(
      " ",
    ),
    ...[
      "0x7fffffffffffffff",
      '"""',
      "'''",
      "1979-05-27T07:32:00Z",
      "\\ud800",
      "{ a = 1 }",
      "a.b = 2",
    ],
  ],
  seeds: () => [SAMPLE, SAMPLE.slice(0, 60)],
  read(text) {
    try {
      const { config } = parseConfig(text);
      assert.ok(Object.isFrozen(config));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      assert.ok(error.message.length < 200_000);
    }
  },
});

const environment = textTarget({
  name: "settings.environment",
  lengthMax: 150,
  words: ["POOL__SERVER__", "LISTEN_ADDR", "MAX_CONNECTIONS", "=", "\n", "[", '"'],
  seeds: () => ["POOL__SERVER__MAX_CONNECTIONS=5\nPOOL__ZEBRA__URLS=http://127.0.0.1:8232"],
  read(text) {
    const pairs = text.split("\n").map((line) => line.split("=", 2))
      .map(([name = "", value = ""]) => [name, value] as const);
    declared([ConfigError], () => parseConfig("", Object.fromEntries(pairs)));
  },
});

const networks = textTarget({
  name: "settings.networks",
  lengthMax: 80,
  words: ["/", "::", "255", ".", "ffff:"],
  seeds: () => ["192.0.2.0/24", "2001:db8::/32", "::ffff:192.0.2.1"],
  read(text) {
    declared([PoolError, RangeError], () => IpNetwork.parse(text));
  },
});

const periods = textTarget({
  name: "settings.periods",
  lengthMax: 60,
  words: ["2026-11-01", "T12:00Z", "-02-30", "275760-09-13"],
  seeds: () => ["2026-11-01", "2026-11-01T12:00Z"],
  read(text) {
    declared([UsageError], () => readPeriod({ from: text, to: undefined }));
    declared([UsageError], () => readPeriod({ from: undefined, to: text }));
  },
});

export const SETTINGS_TARGETS: readonly FuzzTarget[] = [toml, environment, networks, periods];

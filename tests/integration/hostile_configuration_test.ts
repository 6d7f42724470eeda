/**
 * Configurations that a tired operator, a broken editor or a stranger could write: thousands of
 * texts made from a good one. Each is either refused with declared faults, which show no secret, or
 * a pool can be made of it.
 */
import assert from "node:assert/strict";
import { silentLogger } from "../../src/base/mod.ts";
import { type Config, ConfigError, parseConfig } from "../../src/service/config/mod.ts";
import { JobFactory } from "../../src/chain/jobs/mod.ts";
import { jobFactoryOptions, miningServerOptions } from "../../src/service/pool/options.ts";
import { PeerNetworks } from "../../src/service/pool/peer_networks.ts";
import { type SeededChoices, seededChoices } from "../support/seeded_choices.ts";

const TEXTS = 10_000;
const SECRETS = [
  "7a8b9cadbecfd0e1f20314253647586970818293a4b5c6d7e8f90a1b2c3d4e5f",
  "hunter2-correct-horse-battery",
];
const [NOISE_KEY, NODE_PASSWORD] = SECRETS;

const GOOD = `[server]
listen_addr = "127.0.0.1:3333"
max_connections = 1000
data_dir = "data"

[zebra]
urls = ["http://127.0.0.1:8232", "http://[::1]:8233"]
user = "pool"
password = "${NODE_PASSWORD}"
poll_interval_ms = 500

[mining]
network = "test"
initial_difficulty = 1.0
min_difficulty = 0.001
max_difficulty = 1_000_000
target_shares_per_minute = 5
nonce_1_len = 4
validation_threads = 2
tag = "hostile pool"

[payout]
pool_address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v"
pool_fee_percent = "1.25"
min_payout = 0.01

[security]
noise_enabled = true
noise_private_key = "${NOISE_KEY}"
noise_cert_validity_secs = 86400
max_connections_per_ip = 100

[jd]
enabled = false

[logging]
level = "info"
format = "json"

[metrics]
listen_addr = "127.0.0.1:9090"
`;

/** Values that fit some key's form, and values that fit none. */
const ODD_VALUES = [
  "0",
  "-0",
  "-1",
  "1e400",
  "1e-400",
  "nan",
  "-inf",
  "0x10",
  "0.1",
  "9007199254740993",
  "99999999999999999999999999",
  "true",
  "[]",
  "[[[1]]]",
  "{}",
  "{ a = 1 }",
  '""',
  '"\\u0000"',
  '"\\u202e"',
  '"1"',
  '"NaN"',
  '"http://a@b:c"',
  '"http://"',
  '"file:///etc/passwd"',
  '"[::1]:65536"',
  '":0"',
  `"${"a".repeat(5_000)}"`,
  "1979-05-27T07:32:00Z",
  "'''\n'''",
] as const;

const ODD_CHARACTERS = ['"', "'", "[", "]", "=", ".", "#", "\n", "\\", "\0", "\ufeff", "é", "😀"];

const MUTATIONS: readonly ((text: string, choose: SeededChoices) => string)[] = [
  function oddValue(text, choose) {
    return changedLine(text, choose, (line) => {
      const at = line.indexOf("=");
      return at < 0 ? line : `${line.slice(0, at)}= ${choose.of(ODD_VALUES)}`;
    });
  },
  function oddCharacter(text, choose) {
    const at = choose.below(text.length + 1);
    return text.slice(0, at) + choose.of(ODD_CHARACTERS) + text.slice(at);
  },
  function lostCharacter(text, choose) {
    const at = choose.below(text.length + 1);
    return text.slice(0, at) + text.slice(at + 1);
  },
  function lostLine(text, choose) {
    return changedLine(text, choose, () => "");
  },
  function repeatedLine(text, choose) {
    return changedLine(text, choose, (line) => `${line}\n${line}`);
  },
  function oddKey(text, choose) {
    return changedLine(text, choose, (line) => choose.of(["x", "__proto__.", '"".', " "]) + line);
  },
  function cut(text, choose) {
    return text.slice(0, choose.below(text.length + 1));
  },
];

function changedLine(
  text: string,
  choose: SeededChoices,
  change: (line: string) => string,
): string {
  const lines = text.split("\n");
  const at = choose.below(lines.length);
  lines[at] = change(lines[at] ?? "");
  return lines.join("\n");
}

/** Everything of a pool that is made of a configuration alone. */
function build(config: Config): void {
  miningServerOptions(config, new PeerNetworks(config, { logger: silentLogger }));
  new JobFactory(jobFactoryOptions(config, new Uint8Array(8)));
}

/** No part of a secret by which it could be guessed. */
function assertNoSecret(message: string, text: string): void {
  for (const secret of SECRETS) {
    for (let at = 0; at + 8 <= secret.length; at += 4) {
      assert(!message.includes(secret.slice(at, at + 8)), `${message}\n--- of:\n${text}`);
    }
  }
}

Deno.test("a broken configuration is refused by declared faults without secrets, or makes a pool", () => {
  build(parseConfig(GOOD).config);
  let refused = 0;
  for (let seed = 0; seed < TEXTS; seed++) {
    const choose = seededChoices(seed);
    let text = GOOD;
    for (let count = 1 + choose.below(3); count > 0; count--) {
      text = choose.of(MUTATIONS)(text, choose);
    }
    try {
      build(parseConfig(text).config);
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) {
        throw new Error(`seed ${seed} is no declared fault`, { cause: thrown });
      }
      assert(thrown.faults.length > 0);
      assertNoSecret(thrown.message, text);
      assert(thrown.message.length < 20_000, `seed ${seed}: ${thrown.message.length} characters`);
      refused++;
    }
  }
  // Most texts are broken; some changes (a lost line with a default, a comment) are none.
  assert(refused > TEXTS / 2 && refused < TEXTS, String(refused));
});

Deno.test("odd variables of the environment are declared faults too, and show no secret", () => {
  const names = [
    "POOL__",
    "POOL____",
    "POOL__SERVER",
    "POOL__SERVER__",
    "POOL____PROTO____X",
    "POOL__SECURITY__NOISE_PRIVATE_KEY",
    "POOL__SECURITY__NOISE_PRIVATE_KEX",
    "POOL__ZEBRA__PASSWORD",
    "POOL__ZEBRA__URLS",
    "POOL__MINING__TAG",
    "POOL__MINING__NONCE_1_LEN",
    "POOL__PAYOUT__POOL_FEE_PERCENT",
  ];
  const values = ["", " ", ",", "\0", "1e999", `${NOISE_KEY}0`, `${NODE_PASSWORD}\u0007`, "a,b,,"];
  for (const name of names) {
    for (const value of values) {
      try {
        build(parseConfig(GOOD, { [name]: value }).config);
      } catch (thrown) {
        assert(thrown instanceof ConfigError, `${name}=${value}: ${thrown}`);
        // What is given for a key that is no secret may be shown.
        if (/KE[YX]$|PASSWORD$/.test(name)) assertNoSecret(thrown.message, `${name}=${value}`);
      }
    }
  }
});

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ConfigError, parseConfig, type ParseOptions } from "../../../../src/service/config/mod.ts";

const ADDRESS = '[payout]\npool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n';
const KEY = "c0ffee".padStart(64, "7");
const ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

function faultText(toml: string, environment = {}, options: ParseOptions = {}): string {
  try {
    parseConfig(ADDRESS + toml, environment, options);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return `${thrown.message} ${JSON.stringify(thrown.faults)}`;
    throw thrown;
  }
  return "";
}

Deno.test("nothing that prints a configuration prints a secret", () => {
  const { config } = parseConfig(`${ADDRESS}[security]\nnoise_private_key = "${KEY}"\n`);
  assert.equal(config.security.noisePrivateKey?.reveal(), KEY);
  const printed = [
    JSON.stringify(config, (_, value) => typeof value === "bigint" ? String(value) : value),
    Deno.inspect(config, { depth: 9 }),
    inspect(config, { depth: 9, showHidden: true }),
    `${config.security.noisePrivateKey}`,
  ];
  for (const text of printed) {
    assert.match(text, /\(secret\)/);
    assert.doesNotMatch(text, /c0ffee/);
  }
});

Deno.test("no fault shows a secret, wherever it was given", () => {
  const wrong = `${KEY}00`;
  const rows: [string, Record<string, string>, ParseOptions][] = [
    [`[security]\nnoise_private_key = "${wrong}"\n`, {}, {}],
    [`[security]\nnoise_privat_key = "${wrong}"\n`, {}, {}],
    [`[securiti]\nnoise_private_key = "${wrong}"\n`, {}, {}],
    ["", { POOL__SECURITY__NOISE_PRIVATE_KEY: wrong }, {}],
    ["", { POOL__SECURITY__NOISE_PRIVATE_KEYS: wrong }, {}],
    ["", {}, {
      settings: [{ path: "security.noise_private_key", text: KEY, label: "--set" }],
    }],
    ["", {}, { settings: [{ path: "security.noise_key", text: KEY, label: "--set" }] }],
    ['[security]\nnoise_private_key_file = "k"\n', {}, { readSecretFile: () => wrong }],
    [`[security]\nnoise_private_key = "${KEY}"\nnoise_private_key_file = "k"\n`, {}, {
      readSecretFile: () => KEY,
    }],
    [`[zebra]\nurl = "http://user:c0ffee@127.0.0.1:8232"\n`, {}, {}],
    [`[zebra]\nurl = "http://user:some/c0ffee@127.0.0.1:8232"\n`, {}, {}],
    [`[zebra]\nurl = "http://user:some c0ffee@127.0.0.1:8232"\n`, {}, {}],
    [`[zebra]\nurl = "http://user:some@c0ffee@127.0.0.1:8232"\n`, {}, {}],
    [`[zebra]\nurl = "user:c0ffee@127.0.0.1:8232"\n`, {}, {}],
    [`[zebra]\nurl = "http://127.0.0.1:8232/?token=c0ffee"\n`, {}, {}],
    [`[zebra]\nurls = ["http://a:1", "http://user:some/c0ffee@127.0.0.1:8232"]\n`, {}, {}],
    ["", {}, {
      settings: [{ path: "zebra.urls", text: "http://a,http://u:/c0ffee@b", label: "--set" }],
    }],
    [`[wallet]\nurl = "http://user:some/c0ffee@127.0.0.1:8232"\n`, {}, {}],
  ];
  for (const [toml, environment, options] of rows) {
    const text = faultText(toml, environment, options);
    assert.notEqual(text, "", toml);
    assert.doesNotMatch(text, /c0ffee/, toml);
  }
});

Deno.test("a secret that is cut wrongly: a URL that two readers divide in two ways is refused unshown", () => {
  const keys: readonly [string, string, string][] = [
    ["[database]\nurl", "postgres", "zp"],
    ["[database]\nurl", "postgresql", "zp?sslmode=require"],
    ["[dedup]\nredis_url", "redis", "0"],
    ["[dedup]\nredis_url", "rediss", ""],
    ["[zebra]\nurl", "http", ""],
    ["[wallet]\nurl", "https", ""],
  ];
  const passwords = [
    ...[
      "s3cr@t-c0ffee/Xy9",
      "a@c0ffee",
      "1/c0ffee",
      "1?c0ffee",
      "1#c0ffee",
      "1\\\\c0ffee",
      "@c0ffee",
    ],
    ...[
      "a c0ffee",
      "a\\tc0ffee",
      "a\\nc0ffee",
      "a\\u0000c0ffee",
      "a%c0ffee",
      "c0ffee%",
      "/",
      "?c0ffee/",
    ],
    ...["c0ffee:@:1@2", "1/c0ffee@host:5432/x"],
  ];
  for (const [key, scheme, place] of keys) {
    for (const password of passwords) {
      const toml = `${key} = "${scheme}://pool:${password}@127.0.0.1:5432/${place}"\n`;
      const text = faultText(toml);
      assert.notEqual(text, "", toml);
      // What stands between the scheme and the last @ is never shown, however it is cut.
      assert.doesNotMatch(text, /c0ffee|s3cr|t-Pa|Xy9/, toml);
      const isSecret = !key.startsWith("[zebra]") && !key.startsWith("[wallet]");
      if (isSecret) assert.match(text, /%25/, toml);
    }
  }
  const written = "pool:s3cr%40t%2FXy%3F%23%25%20%5C9:a+b";
  const { config } = parseConfig(
    `${ADDRESS}[database]\nurl = "postgres://${written}@127.0.0.1:5432/zp"\n`,
  );
  const url = new URL(config.database.url?.reveal() ?? "");
  assert.equal(decodeURIComponent(url.password), "s3cr@t/Xy?#% \\9:a+b");
});

Deno.test("a secret that is cut wrongly: one in the place of a file's name is not shown as a path", () => {
  const url = "postgres://pool:c0ffee@127.0.0.1/zp";
  const text = faultText(`[database]\nurl_file = "${url}"\n`, {}, {
    readSecretFile: (path) => {
      throw new Error(`the permission is missing, add --allow-read=${path}`);
    },
  });
  assert.match(text, /it is a URL and no path/);
  assert.doesNotMatch(text, /c0ffee/);
});

Deno.test("a secret on the command line is refused with the ways that are safe", () => {
  const text = faultText("", {}, {
    settings: [{ path: "zebra.password", text: "x", label: "--set" }],
  });
  assert.match(text, /zebra\.password_file, or POOL__ZEBRA__PASSWORD/);
});

Deno.test("a secret is read from its file, with or without a newline at the end", () => {
  for (const content of [KEY, `${KEY}\n`, `${KEY}\r\n`]) {
    const { config, secretFiles } = parseConfig(
      `${ADDRESS}[security]\nnoise_enabled = true\nnoise_private_key_file = "keys/pool"\n`,
      {},
      { readSecretFile: (path) => path === "keys/pool" ? content : "" },
    );
    assert.equal(config.security.noisePrivateKey?.reveal(), KEY);
    assert.deepEqual(secretFiles, ["keys/pool"]);
  }
});

Deno.test("a secret's file that cannot be read is a fault with the reason", () => {
  const readSecretFile = (): string => {
    throw new Error("there is no such file");
  };
  const text = faultText('[zebra]\nuser = "u"\npassword_file = "gone"\n', {}, { readSecretFile });
  assert.match(text, /zebra\.password_file = "gone" \(configuration file\): there is no such file/);
});

Deno.test("a secret in the environment wins over its file", () => {
  const { config } = parseConfig(
    `${ADDRESS}[security]\nnoise_private_key_file = "k"\n`,
    { POOL__SECURITY__NOISE_PRIVATE_KEY: KEY },
    { readSecretFile: () => "33".repeat(32) },
  );
  assert.equal(config.security.noisePrivateKey?.reveal(), KEY);
});

Deno.test("a key outside 1 to the order of secp256k1 less 1 is refused", () => {
  const almost = ORDER.replace(/1$/, "0");
  const key = (hex: string): string => faultText(`[security]\nnoise_private_key = "${hex}"\n`);
  assert.equal(key(almost), "");
  assert.equal(key("1".padStart(64, "0")), "");
  assert.match(key(ORDER), /outside the range/);
  assert.match(key("ff".repeat(32)), /outside the range/);
  assert.match(key("00".repeat(32)), /outside the range/);
  assert.match(key("ab"), /it has 2 characters; allowed: 64 hexadecimal digits/);
  assert.match(key("zz".repeat(32)), /64 hexadecimal digits/);
});

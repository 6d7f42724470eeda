import assert from "node:assert/strict";
import {
  neededPermissions,
  parseConfig,
  stratumPlaces,
} from "../../../../src/service/config/mod.ts";

const ADDRESS = '[payout]\npool_address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v"\n';

function placesOf(toml: string, environment: Record<string, string> = {}): string[] {
  const { config } = parseConfig(`${ADDRESS}${toml}`, environment);
  return stratumPlaces(config).map(({ listenAddr, startDifficulty, isShared }) =>
    `${listenAddr.hostname} ${listenAddr.port} ${startDifficulty}${isShared ? " shared" : ""}`
  );
}

function faultOf(toml: string): string {
  try {
    parseConfig(`${ADDRESS}${toml}`);
  } catch (error) {
    return error instanceof Error ? error.message.split("\n").slice(1).join("; ") : String(error);
  }
  return "";
}

Deno.test("Stratum V1 is off until it is asked for, and listens on a port of its own then", () => {
  assert.deepEqual(placesOf(""), []);
  assert.deepEqual(placesOf("[stratum_v1]\nenabled = true"), ["0.0.0.0 3335 1024"]);
});

Deno.test("on the address of [server] one port serves both protocols", () => {
  const places = placesOf(
    '[server]\nlisten_addr = "127.0.0.1:3333"\n' +
      '[stratum_v1]\nenabled = true\nlisten_addr = "127.0.0.1:3333"\nstart_difficulty = 64',
  );
  assert.deepEqual(places, ["127.0.0.1 3333 64 shared"]);
});

Deno.test("further ports have a difficulty of their own, in a file and in the environment", () => {
  const file =
    '[stratum_v1]\nenabled = true\n[[stratum_v1.ports]]\nlisten_addr = "0.0.0.0:3336"\n' +
    "start_difficulty = 65536\n";
  assert.deepEqual(placesOf(file), ["0.0.0.0 3335 1024", "0.0.0.0 3336 65536"]);
  assert.deepEqual(
    placesOf("[stratum_v1]\nenabled = true", {
      POOL__STRATUM_V1__PORTS: "0.0.0.0:3336=65536, [::1]:3337=0.5",
    }),
    ["0.0.0.0 3335 1024", "0.0.0.0 3336 65536", "::1 3337 0.5"],
  );
});

Deno.test("what cannot be meant is refused with what is allowed", () => {
  const on = "[stratum_v1]\nenabled = true\n";
  const rows: readonly [string, RegExp][] = [
    [`[mining]\nnonce_1_len = 9\n${on}`, /nonce_1_len = 9.*cannot use a prefix of this length/],
    [`${on}start_difficulty = 2e6`, /start_difficulty.*from mining\.min_difficulty/],
    [
      `[metrics]\nlisten_addr = "127.0.0.1:3335"\n${on}`,
      /stratum_v1\.listen_addr.*another port than that of metrics\.listen_addr/,
    ],
    [
      `[server]\nlisten_addr = "0.0.0.0:3335"\n${on}listen_addr = "127.0.0.1:3335"`,
      /another port than that of server\.listen_addr/,
    ],
    [
      `${on}[[stratum_v1.ports]]\nlisten_addr = "127.0.0.1:3335"\nstart_difficulty = 1`,
      /another port than that of/,
    ],
    [`${on}ports = 5`, /stratum_v1\.ports = 5 .*each port is a table of its own/],
    [`${on}[[stratum_v1.ports]]\nlisten_addr = "0.0.0.0:1"`, /start_difficulty is missing/],
    [
      `${on}[[stratum_v1.ports]]\nlisten_addr = "0.0.0.0:1"\nstart_difficulty = 1\npassword = "x"`,
      /listen_addr and start_difficulty only/,
    ],
    [
      `${on}[[stratum_v1.ports]]\nlisten_addr = "0.0.0.0:1"\nstart_difficulty = 1\n` +
      '[[stratum_v1.ports]]\nlisten_addr = "0.0.0.0:1"\nstart_difficulty = 2',
      /the same address stands twice/,
    ],
    [
      `[security]\nnoise_enabled = true\nnoise_private_key = "${"5a".repeat(32)}"\n` +
      `require_noise = true\n[server]\nlisten_addr = "0.0.0.0:3335"\n${on}`,
      /require_noise refuses Stratum V1 on the port/,
    ],
  ];
  for (const [toml, expected] of rows) assert.match(faultOf(toml), expected, toml);
  assert.equal(faultOf("[mining]\nnonce_1_len = 9"), "", "without Stratum V1 that is allowed");
});

Deno.test("the permission to listen is asked for each port once", () => {
  const parsed = parseConfig(`${ADDRESS}[stratum_v1]\nenabled = true\n`);
  const ports = neededPermissions(parsed).filter(({ use }) => use === "serve miners")
    .map(({ value }) => value);
  assert.deepEqual(ports, ["0.0.0.0:3333", "0.0.0.0:3335"]);
  const shared = parseConfig(
    `${ADDRESS}[stratum_v1]\nenabled = true\nlisten_addr = "0.0.0.0:3333"`,
  );
  assert.equal(
    neededPermissions(shared).filter(({ use }) => use === "serve miners").length,
    1,
  );
});

import assert from "node:assert/strict";
import { ConfigError, parseConfig } from "../../../../src/service/config/mod.ts";
import { PeerNetworks } from "../../../../src/service/pool/peer_networks.ts";

const ADDRESS = '[payout]\npool_address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v"\n';

function networksOf(toml: string, environment: Record<string, string> = {}) {
  const { config } = parseConfig(`${ADDRESS}${toml}`, environment);
  const events: string[] = [];
  const logger = { log: (_level: string, event: string) => void events.push(event) };
  return { networks: new PeerNetworks(config, { logger }), events };
}

Deno.test("a network of [[security.allow]] has limits of its own, and others the common ones", () => {
  const toml = `
[security]
max_shares_per_second = 50
[[security.allow]]
cidr = "192.0.2.0/24"
max_connections_per_ip = 5000
max_shares_per_second = 2000
[[security.allow]]
cidr = "2001:db8::/32"
bans = false
`;
  const asText = "192.0.2.0/24 max_connections_per_ip=5000 max_shares_per_second=2000, " +
    "2001:db8::/32 bans=false";
  const inFile = networksOf(toml).networks;
  const inEnvironment = networksOf("[security]\nmax_shares_per_second = 50", {
    POOL__SECURITY__ALLOW: asText,
  }).networks;
  for (const networks of [inFile, inEnvironment]) {
    assert.equal(networks.maxSharesPerSecond("192.0.2.77"), 2_000);
    assert.equal(networks.maxSharesPerSecond("::ffff:192.0.2.77"), 2_000);
    assert.equal(networks.maxSharesPerSecond("192.0.3.1"), 50);
    assert.equal(networks.maxSharesPerSecond("2001:db8::1"), 50);
    assert.equal(networks.allowance("192.0.2.1")?.maxConnectionsPerIp, 5_000);
    assert.equal(networks.canBeBanned("192.0.2.1"), true);
    assert.equal(networks.canBeBanned("2001:db8:1::1"), false);
  }
});

Deno.test("a balancer is never banned, and is named once where it sends no header", () => {
  const { networks, events } = networksOf('[server]\ntrusted_proxies = ["10.0.0.0/24"]');
  assert.equal(networks.canBeBanned("10.0.0.9"), false);
  assert.equal(networks.canBeBanned("10.0.1.9"), true);
  assert.equal(networks.sendHeader, false);
  for (let connection = 0; connection < 3; connection++) networks.headerMissing("10.0.0.9");
  networks.headerMissing("10.0.0.10");
  assert.deepEqual(events, ["proxy_header_missing", "proxy_header_missing"]);
});

Deno.test("what cannot be meant is refused", () => {
  const rows: [string, RegExp][] = [
    ["[server]\nproxy_protocol = true", /no balancer is trusted/],
    ['[server]\ntrusted_proxies = ["10.0.0.1/24"]', /server\.trusted_proxies/],
    ["[[security.allow]]\nmax_connections_per_ip = 5", /its cidr is missing/],
    ['[[security.allow]]\ncidr = "10.0.0.0/8"\nlimit = 5', /security\.allow/],
    ['[[security.allow]]\ncidr = "ten"', /security\.allow/],
  ];
  for (const [toml, expected] of rows) {
    assert.throws(() => parseConfig(`${ADDRESS}${toml}`), (error: unknown) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, expected);
      return true;
    });
  }
});

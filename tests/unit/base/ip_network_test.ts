import assert from "node:assert/strict";
import { clientNetwork, IpNetwork, isIpAddress } from "../../../src/base/ip_network.ts";

Deno.test("an address stands for itself, and an IPv6 address for its network of 64 bits", () => {
  const rows: readonly [string, string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:c000:0201", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:db8:1:3::9", "2001:db8:1:3::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["2001:db8::", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ];
  for (const [address, key] of rows) assert.equal(clientNetwork(address), key, address);
});

Deno.test("text that is no address stands for itself", () => {
  for (
    const text of ["", "localhost", "a::b::c", "1:2:3", "1:2:3:4:5:6:7:8:9", "g::1", "::12345"]
  ) {
    assert.equal(clientNetwork(text), text);
  }
});

Deno.test("a network holds the addresses that share its prefix, in every way to write them", () => {
  const rows: readonly [string, string, boolean][] = [
    ["192.0.2.0/24", "192.0.2.255", true],
    ["192.0.2.0/24", "192.0.3.0", false],
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["192.0.2.0/25", "::ffff:192.0.2.127", true],
    ["192.0.2.0/25", "::ffff:192.0.2.128", false],
    ["2001:db8::/32", "2001:0DB8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::", false],
    ["::/0", "2001:db8::1", true],
    ["::/0", "192.0.2.1", false],
    ["fe80::/10", "fe80::1%eth0", true],
    ["::1", "0:0:0:0:0:0:0:1", true],
    ["10.0.0.0/8", "localhost", false],
    ["10.0.0.0/8", "", false],
  ];
  for (const [network, address, expected] of rows) {
    assert.equal(IpNetwork.parse(network)?.contains(address), expected, `${network} ${address}`);
  }
});

Deno.test("what is no network, or has bits behind its prefix, is refused", () => {
  const texts = [
    "",
    "/",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.1/8",
    "::1/127",
    "::/129",
    "10.0.0/8",
    "010.0.0.0/8",
    "10.0.0.0/8/8",
    "10.0.0.0/-1",
    "256.0.0.0",
    "a::b::c",
    "1:2:3",
    "::12345",
    "1:2:3:4:5:6:7::8:9",
    "2001:db8::/32 ",
    "localhost",
  ];
  for (const text of texts) assert.equal(IpNetwork.parse(text), undefined, text);
});

Deno.test("addresses are told from other text", () => {
  for (const text of ["192.0.2.1", "::", "::1", "fe80::1%eth0", "64:ff9b::192.0.2.1"]) {
    assert(isIpAddress(text), text);
  }
  for (const text of ["192.0.2", "192.0.2.1.5", "1:2", "::192.0.2.1:5", "pool.example.org"]) {
    assert(!isIpAddress(text), text);
  }
});

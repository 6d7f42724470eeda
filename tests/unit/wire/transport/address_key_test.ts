import assert from "node:assert/strict";
import { addressKey } from "../../../../src/wire/transport/address_key.ts";

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
  for (const [address, key] of rows) assert.equal(addressKey(address), key, address);
});

Deno.test("text that is no address stands for itself", () => {
  for (
    const text of ["", "localhost", "a::b::c", "1:2:3", "1:2:3:4:5:6:7:8:9", "g::1", "::12345"]
  ) {
    assert.equal(addressKey(text), text);
  }
});

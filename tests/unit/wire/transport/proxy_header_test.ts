import assert from "node:assert/strict";
import fc from "fast-check";
import {
  PROXY_HEADER_LENGTH_MAX,
  type ProxyHeader,
  readProxyHeader,
} from "../../../../src/wire/transport/proxy_header.ts";

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

function text(line: string): Uint8Array {
  return new TextEncoder().encode(line);
}

function binary(command: number, family: number, rest: readonly number[]): Uint8Array {
  return Uint8Array.from([
    ...SIGNATURE,
    command,
    family,
    rest.length >> 8,
    rest.length & 255,
    ...rest,
  ]);
}

const V4 = [192, 0, 2, 1, 198, 51, 100, 9, 0xdc, 0x04, 0x0d, 0x05];
const V6 = [
  ...[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
  ...[0xdc, 0x04, 0x0d, 0x05],
];

/** Headers as HAProxy and Nginx write them, and what they say. */
const HEADERS: readonly [string, Uint8Array, string | undefined][] = [
  ["v1 IPv4", text("PROXY TCP4 192.0.2.1 198.51.100.9 56324 3333\r\n"), "192.0.2.1 56324"],
  ["v1 IPv6", text("PROXY TCP6 2001:db8::1 2001:db8::2 56324 3333\r\n"), "2001:db8::1 56324"],
  ["v1 unknown", text("PROXY UNKNOWN\r\n"), undefined],
  ["v1 unknown with more", text("PROXY UNKNOWN ff::1 ff::2 1 2\r\n"), undefined],
  ["v2 IPv4", binary(0x21, 0x11, V4), "192.0.2.1 56324"],
  ["v2 IPv4 with values", binary(0x21, 0x11, [...V4, 3, 0, 4, 1, 2, 3, 4]), "192.0.2.1 56324"],
  ["v2 IPv6", binary(0x21, 0x21, V6), "2001:db8:0:0:0:0:0:1 56324"],
  ["v2 local", binary(0x20, 0x00, []), undefined],
  ["v2 local with an address", binary(0x20, 0x11, V4), undefined],
  ["v2 unix socket", binary(0x21, 0x31, new Array(216).fill(1)), undefined],
];

function sourceText(header: ProxyHeader): string | undefined {
  assert(header.kind === "header");
  return header.source && `${header.source.address} ${header.source.port}`;
}

Deno.test("a header names the source, and what follows it is left alone", () => {
  for (const [name, bytes, source] of HEADERS) {
    const header = readProxyHeader(Uint8Array.from([...bytes, 1, 2, 3]));
    assert.equal(sourceText(header), source, name);
    assert(header.kind === "header" && header.length === bytes.length, name);
  }
});

Deno.test("every shorter part of a header waits for the rest", () => {
  for (const [name, bytes] of HEADERS) {
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(
        readProxyHeader(bytes.subarray(0, length)).kind,
        "incomplete",
        `${name} ${length}`,
      );
    }
  }
});

Deno.test("what begins as a header and is none is named", () => {
  const rows: readonly [Uint8Array, string][] = [
    [text("PROXY TCP4 192.0.2.1 198.51.100.9 56324\r\n"), "text-line"],
    [text("PROXY TCP4 192.0.2.1 198.51.100.9 56324 3333\n"), "text-line"],
    [text("PROXY UDP4 192.0.2.1 198.51.100.9 1 2\r\n"), "text-line"],
    [text(`PROXY ${"x".repeat(101)}`), "text-line"],
    [text("PROXY TCP4 ::1 ::1 1 2\r\n"), "text-address"],
    [text("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n"), "text-address"],
    [text("PROXY TCP4 192.0.2.1 198.51.100.999 1 2\r\n"), "text-address"],
    [text("PROXY TCP4 192.0.2.1 198.51.100.9 70000 2\r\n"), "text-address"],
    [binary(0x11, 0x11, V4), "version"],
    [binary(0x22, 0x11, V4), "version"],
    [binary(0x21, 0x11, V4.slice(1)), "address-length"],
    [binary(0x21, 0x21, V4), "address-length"],
    [Uint8Array.from([...SIGNATURE, 0x21, 0x11, 0x04, 0x01]), "too-long"],
  ];
  for (const [bytes, fault] of rows) {
    assert.deepEqual(readProxyHeader(bytes), { kind: "malformed", fault });
  }
});

Deno.test("miners' first bytes are no header", () => {
  const rows = [
    text("{"),
    text("P{"),
    text('\r\n{"id":1}'),
    Uint8Array.of(0, 0, 0),
    Uint8Array.of(0x0d, 0x0b),
  ];
  for (const bytes of rows) assert.equal(readProxyHeader(bytes).kind, "none");
});

Deno.test("any bytes get an answer, and none waits beyond the longest header", () => {
  const start = fc.constantFrom(text("PROXY "), Uint8Array.from(SIGNATURE), Uint8Array.of());
  fc.assert(fc.property(start, fc.uint8Array({ maxLength: 1_200 }), (head, rest) => {
    const header = readProxyHeader(Uint8Array.from([...head, ...rest]));
    if (header.kind === "incomplete") {
      assert(head.length + rest.length < PROXY_HEADER_LENGTH_MAX);
    }
  }));
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { HttpResponseReader } from "../../../../src/platform/rpc/_http_response.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value);

const FORMS: [string, string, boolean][] = [
  ["a stated length", "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world", false],
  [
    "chunks",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
    false,
  ],
  [
    "chunks and a trailer",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\nb\r\nhello world\r\n0\r\nx: y\r\n\r\n",
    false,
  ],
  ["the end of the connection", "HTTP/1.0 200 OK\r\nx: y\r\n\r\nhello world", true],
  [
    "an interim response before",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world",
    false,
  ],
];

Deno.test("a response is the same however its bytes are cut", () => {
  for (const [name, response, endsWithClose] of FORMS) {
    const bytes = bytesOf(response);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new HttpResponseReader(100);
      const first = reader.push(bytes.subarray(0, cut));
      const second = first ?? reader.push(bytes.subarray(cut));
      const whole = second ?? (endsWithClose ? reader.end() : undefined);
      assert.equal(whole?.status, 200, `${name}, cut at ${cut}`);
      assert.equal(text(whole?.body ?? bytes), "hello world", `${name}, cut at ${cut}`);
    }
    const bytewise = new HttpResponseReader(100);
    let whole;
    for (const byte of bytes) whole ??= bytewise.push(Uint8Array.of(byte));
    whole ??= bytewise.end();
    assert.equal(text(whole?.body ?? bytes), "hello world", `${name}, byte by byte`);
  }
});

Deno.test("chunks of one byte take the room of their bytes", () => {
  const count = 300_000;
  const reader = new HttpResponseReader(count);
  reader.push(bytesOf("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"));
  const piece = bytesOf("1\r\n[\r\n".repeat(1_000));
  const before = heldLength();
  for (let pushed = 0; pushed < count; pushed += 1_000) reader.push(piece);
  // As a list of their own they took 50 MB.
  assert.ok(heldLength() - before < 12_000_000);
  const whole = reader.push(bytesOf("0\r\n\r\n"));
  assert.equal(text(whole?.body ?? new Uint8Array(0)), "[".repeat(count));
});

/** Bytes of memory in use, those included that the collector has not come to. */
function heldLength(): number {
  const { external, heapUsed } = Deno.memoryUsage();
  return external + heapUsed;
}

Deno.test("a response cut short is never whole", () => {
  for (const [name, response, endsWithClose] of FORMS) {
    if (endsWithClose) continue;
    const bytes = bytesOf(response);
    for (let length = 0; length < bytes.length; length++) {
      const reader = new HttpResponseReader(100);
      assert.equal(reader.push(bytes.subarray(0, length)), undefined, `${name}, ${length} bytes`);
      assert.equal(reader.end(), undefined, `${name}, ${length} bytes`);
    }
  }
});

Deno.test("bytes over the bound are refused in every form", () => {
  for (const [name, response] of FORMS) {
    const reader = new HttpResponseReader(10);
    assert.throws(() => reader.push(bytesOf(response)), SyntaxError, name);
  }
});

Deno.test("heads and chunks that are none are refused", () => {
  const wrong = [
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 1e3\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n",
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${"1".repeat(300)}`,
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${"x: y\r\n".repeat(3_000)}`,
    "x".repeat(20_000),
    "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000),
  ];
  for (const response of wrong) {
    assert.throws(() => new HttpResponseReader(100).push(bytesOf(response)), SyntaxError, response);
  }
});

Deno.test("any bytes give a response, wait for more, or are refused with a SyntaxError", () => {
  const start = fc.constantFrom(
    "",
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
  );
  fc.assert(fc.property(start, fc.array(fc.uint8Array({ maxLength: 40 })), (head, chunks) => {
    const reader = new HttpResponseReader(1_000);
    try {
      for (const chunk of [bytesOf(head), ...chunks]) if (reader.push(chunk) !== undefined) return;
      reader.end();
    } catch (thrown) {
      assert.ok(thrown instanceof SyntaxError);
    }
  }));
});

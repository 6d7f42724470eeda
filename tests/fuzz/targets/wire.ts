import assert from "node:assert/strict";
import { ProtocolError } from "../../../src/base/mod.ts";
import {
  decodeMessage,
  FrameDecoder,
  JOB_DECLARATION_MESSAGES,
  type MessageType,
  MINING_MESSAGES,
  type ProtocolName,
} from "../../../src/wire/protocol/mod.ts";
import { openingOf } from "../../../src/wire/transport/_opening.ts";
import { LineFramer } from "../../../src/wire/transport/_line_framer.ts";
import { readProxyHeader } from "../../../src/wire/transport/proxy_header.ts";
import { isIpAddress } from "../../../src/base/mod.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { declared, type FuzzTarget } from "../fuzz_target.ts";

/** Samples of each message. */
const SAMPLES = 2;

/** Bytes of a frame that are allowed here. */
const PAYLOAD_MAX = 4_096;

const FRAME_HEADER = 6;

function samplesOf(messages: readonly unknown[]): Uint8Array[] {
  return (messages as readonly MessageType<unknown>[]).flatMap((message) =>
    Array.from({ length: SAMPLES }, (_, n) => message.encode(message.sample(seededRandom(n))))
  ).filter(({ length }) => length <= PAYLOAD_MAX);
}

/** A message has one value, which has its own bytes. */
function messages(protocol: ProtocolName, list: readonly unknown[]): FuzzTarget {
  return {
    name: `wire.${protocol}_messages`,
    lengthMax: PAYLOAD_MAX,
    seeds: () => samplesOf(list),
    read(input) {
      if (input.length < FRAME_HEADER) return;
      // The header is made right, so that the bytes behind it are what is tried.
      new DataView(input.buffer).setUint16(3, (input.length - FRAME_HEADER) & 0xffff, true);
      input[5] = (input.length - FRAME_HEADER) >> 16;
      declared([ProtocolError], () => {
        for (const frame of new FrameDecoder({ maxPayloadLength: PAYLOAD_MAX }).push(input)) {
          const message = decodeMessage(protocol, frame);
          if (message === undefined) continue;
          const type = (list as readonly MessageType<unknown>[])
            .find(({ name }) => name === message.name);
          assert.ok(type !== undefined);
          const again = type.decode(type.encode(message.value).subarray(FRAME_HEADER));
          assert.deepEqual(again, message.value);
        }
      });
    },
  };
}

/** However a stream is cut, it gives the same frames, and what is kept of it is bounded. */
const frames: FuzzTarget = {
  name: "wire.frames",
  lengthMax: PAYLOAD_MAX,
  seeds: () => samplesOf([...MINING_MESSAGES, ...JOB_DECLARATION_MESSAGES]),
  read(input) {
    const whole = framesOf(input, input.length || 1);
    const cut = framesOf(input, 1 + (input[0] ?? 0) % 13);
    assert.deepEqual(cut, whole);
  },
};

function framesOf(input: Uint8Array, size: number): string[] {
  const decoder = new FrameDecoder({ maxPayloadLength: 1_024 });
  const found: string[] = [];
  declared([ProtocolError], () => {
    for (let at = 0; at < input.length; at += size) {
      for (const frame of decoder.push(input.slice(at, at + size))) {
        assert.ok(frame.payload.length <= 1_024);
        found.push(`${frame.extensionType}.${frame.msgType}.${frame.payload.length}`);
      }
      assert.ok(decoder.buffered <= FRAME_HEADER + 1_024);
    }
  });
  return [...found, decoder.fault?.code ?? ""];
}

const proxyHeader: FuzzTarget = {
  name: "wire.proxy_header",
  lengthMax: 1_200,
  words: [
    "PROXY TCP4 ",
    "PROXY TCP6 ",
    "PROXY UNKNOWN",
    "\r\n",
    "255.255.255.255",
    "::1",
    " 65535",
  ],
  seeds: () =>
    [
      "PROXY TCP4 192.0.2.1 198.51.100.7 56324 3333\r\n",
      "PROXY TCP6 2001:db8::1 2001:db8::2 1 3333\r\n",
      "PROXY UNKNOWN\r\n",
    ].map((text) => new TextEncoder().encode(text)).concat([
      Uint8Array.fromHex("0d0a0d0a000d0a515549540a2111000cc0000201c6336407dc040d05"),
      Uint8Array.fromHex("0d0a0d0a000d0a515549540a20000000"),
    ]),
  read(input) {
    const header = readProxyHeader(input);
    if (header.kind !== "header") return;
    assert.ok(header.length <= input.length);
    if (header.source !== undefined) assert.ok(isIpAddress(header.source.address));
    // What comes behind the header changes nothing of it.
    assert.deepEqual(readProxyHeader(input.subarray(0, header.length)), header);
  },
};

/** Once an opening is known, more bytes do not make it another one, and 64 bytes are enough. */
const opening: FuzzTarget = {
  name: "wire.opening",
  lengthMax: 64,
  words: ['{"id":', "GET / HTTP/1.1"],
  seeds: () => [
    new TextEncoder().encode('{"id":1,"method":"mining.subscribe","params":[]}\n'),
    new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
    ...samplesOf(MINING_MESSAGES.slice(0, 1)).map((bytes) => bytes.slice(0, 64)),
  ],
  read(input) {
    let known: string | undefined;
    for (let length = 1; length <= input.length; length++) {
      const now = openingOf(input.subarray(0, length));
      if (known !== undefined) assert.equal(now, known);
      known ??= now;
    }
    if (input.length === 64) assert.ok(known !== undefined);
  },
};

const lines: FuzzTarget = {
  name: "wire.lines",
  lengthMax: PAYLOAD_MAX,
  words: ["\n", "\r\n", "\u{1f600}"],
  seeds: () => [new TextEncoder().encode('{"id":1}\r\n{"id":2}\n\n')],
  read(input) {
    assert.deepEqual(linesOf(input, 1 + (input[0] ?? 0) % 13), linesOf(input, input.length || 1));
  },
};

function linesOf(input: Uint8Array, size: number): string[] {
  const framer = new LineFramer();
  const found: string[] = [];
  const whole = declared([ProtocolError], () => {
    for (let at = 0; at < input.length; at += size) {
      for (const line of framer.decode(input.slice(at, at + size))) found.push(line);
    }
    return true;
  });
  return [...found, String(whole)];
}

export const WIRE_TARGETS: readonly FuzzTarget[] = [
  frames,
  messages("mining", MINING_MESSAGES),
  messages("job_declaration", JOB_DECLARATION_MESSAGES),
  proxyHeader,
  opening,
  lines,
];

import assert from "node:assert/strict";
import fc from "fast-check";
import { ProtocolError, type Random } from "../../src/base/mod.ts";
import {
  decodeMessage,
  FrameDecoder,
  JOB_DECLARATION_MESSAGES,
  type MessageType,
  MINING_MESSAGES,
} from "../../src/wire/protocol/mod.ts";
import { seededRandom } from "../support/seeded_random.ts";

/** Every declared message, its value unknown to the loops below. */
const MESSAGES = [
  ...new Set<unknown>([...MINING_MESSAGES, ...JOB_DECLARATION_MESSAGES]),
] as readonly MessageType<unknown>[];

/** Bytes of a last field that may be missing, or 0. */
function tailLength(message: MessageType<unknown>): number {
  const last = message.layout.at(-1);
  return last !== undefined && last.minLength === 0 ? last.maxLength : 0;
}

const seed = fc.integer();

function sampleOf(message: MessageType<unknown>, random: Random): Uint8Array {
  return message.encode(message.sample(random));
}

function isMalformed(error: unknown, message: MessageType<unknown>): boolean {
  return error instanceof ProtocolError && error.code === "malformed-message" &&
    error.message.startsWith(`${message.protocol}.${message.name}`);
}

Deno.test("every message comes back from its bytes as it was, and within its bounds", () => {
  for (const message of MESSAGES) {
    fc.assert(fc.property(seed, (n) => {
      const value = message.sample(seededRandom(n));
      const payload = message.encode(value).subarray(6);
      assert.deepEqual(message.decode(payload), value, message.name);
      assert.ok(payload.length >= message.minLength && payload.length <= message.maxLength);
      const spans = message.spans(payload);
      assert.equal(spans.reduce((sum, span) => sum + span.length, 0), payload.length);
    }));
  }
});

Deno.test("every truncation of every message is refused, in the field where the bytes end", () => {
  for (const message of MESSAGES) {
    for (let n = 0; n < 3; n++) {
      const payload = sampleOf(message, seededRandom(n)).subarray(6);
      for (let length = 0; length < payload.length; length++) {
        // Where a last field may be missing, the message without it is whole.
        if (length === payload.length - tailLength(message)) {
          message.decode(payload.subarray(0, length));
          continue;
        }
        assert.throws(
          () => message.decode(payload.subarray(0, length)),
          (error) => isMalformed(error, message),
          `${message.name} cut to ${length} of ${payload.length}`,
        );
      }
    }
  }
});

Deno.test("every message with bytes after its last field is refused", () => {
  for (const message of MESSAGES) {
    fc.assert(fc.property(seed, fc.uint8Array({ minLength: 1, maxLength: 40 }), (n, tail) => {
      const payload = sampleOf(message, seededRandom(n)).subarray(6);
      const longer = new Uint8Array(payload.length + tail.length);
      longer.set(payload);
      longer.set(tail, payload.length);
      assert.throws(
        () => message.decode(longer),
        (error) => isMalformed(error, message),
        message.name,
      );
    }));
  }
});

Deno.test("any bytes at all are a value or a declared fault, and a value has its own bytes", () => {
  for (const message of MESSAGES) {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      let value: unknown;
      try {
        value = message.decode(bytes);
      } catch (error) {
        return isMalformed(error, message);
      }
      // BOOL ignores seven bits and NaN has many forms, so the second reading is what must agree.
      assert.deepEqual(message.decode(message.encode(value).subarray(6)), value);
      return true;
    }));
  }
});

Deno.test("a message with one changed byte is a value or a declared fault", () => {
  for (const message of MESSAGES) {
    fc.assert(fc.property(seed, fc.nat(), fc.integer({ min: 1, max: 255 }), (n, place, change) => {
      const payload = sampleOf(message, seededRandom(n)).slice(6);
      const at = place % payload.length;
      payload[at] = (payload[at] as number) ^ change;
      try {
        message.decode(payload);
      } catch (error) {
        return isMalformed(error, message);
      }
      return true;
    }));
  }
});

Deno.test("a stream of messages gives the same messages however it is cut", () => {
  const plan = fc.array(fc.tuple(fc.nat(MESSAGES.length - 1), seed), { maxLength: 12 });
  fc.assert(fc.property(plan, fc.array(fc.integer({ min: 1, max: 700 })), (messages, sizes) => {
    const parts = messages.map(([i, n]) =>
      sampleOf(MESSAGES[i] as MessageType<unknown>, seededRandom(n))
    );
    const stream = Uint8Array.from(parts.flatMap((part) => [...part]));
    const decoder = new FrameDecoder({ maxPayloadLength: 200_000 });
    const names: string[] = [];
    let at = 0;
    for (const size of [...sizes, stream.length]) {
      for (const frame of decoder.push(stream.slice(at, at + size))) {
        // Some numbers are another message on the other kind of connection.
        const [i] = messages[names.length] ?? [];
        const isMining = i !== undefined && i < MINING_MESSAGES.length;
        const message = decodeMessage(isMining ? "mining" : "job_declaration", frame);
        names.push(message?.name ?? "unknown");
      }
      at = Math.min(at + size, stream.length);
    }
    assert.deepEqual(names, messages.map(([i]) => MESSAGES[i]?.name));
  }));
});

Deno.test("a stream of garbage never throws anything but its declared fault", () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
  fc.assert(fc.property(chunks, (garbage) => {
    const decoder = new FrameDecoder({ maxPayloadLength: 1024 });
    try {
      for (const chunk of garbage) {
        for (const frame of decoder.push(chunk)) {
          assert.ok(frame.payload.length <= 1024);
          decodeMessage("mining", frame);
        }
        assert.ok(decoder.buffered <= 6 + 1024);
      }
    } catch (error) {
      assert.ok(error instanceof ProtocolError, String(error));
    }
  }));
});

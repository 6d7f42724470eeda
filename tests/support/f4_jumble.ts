import { blake2b } from "@noble/hashes/blake2.js";
import { concatBytes } from "../../src/base/mod.ts";

/** F4Jumble (ZIP 316) forwards, as its text has it: what makes a Unified Address of its items. */
export function f4Jumble(message: Uint8Array): Uint8Array {
  const cut = Math.min(64, Math.floor(message.length / 2));
  const a = message.subarray(0, cut);
  const x = xor(message.subarray(cut), hashG(0, a, message.length - cut));
  const y = xor(a, hashH(0, x, cut));
  const d = xor(x, hashG(1, y, x.length));
  return concatBytes(xor(y, hashH(1, d, cut)), d);
}

function hashH(round: number, message: Uint8Array, dkLen: number): Uint8Array {
  return blake2b(message, { dkLen, personalization: personal("UA_F4Jumble_H", round, 0) });
}

function hashG(round: number, message: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 64) }, (_, at) => {
    return blake2b(message, { dkLen: 64, personalization: personal("UA_F4Jumble_G", round, at) });
  });
  return concatBytes(...blocks).subarray(0, length);
}

function personal(name: string, round: number, at: number): Uint8Array {
  return concatBytes(
    new TextEncoder().encode(name),
    Uint8Array.of(round, at & 0xff, at >>> 8),
  );
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] ?? 0));
}

import { bech32m } from "@scure/base";
import { concatBytes } from "../../src/base/mod.ts";
import { f4Jumble } from "./f4_jumble.ts";

/** A Unified Address with any items, so that only the rule under test is broken. */
export function unified(
  items: readonly (readonly [typecode: number, length: number])[],
  change: { prefix?: string; padding?: string; tail?: Uint8Array; bytes?: number } = {},
): string {
  const prefix = change.prefix ?? "u";
  const padding = new Uint8Array(16);
  padding.set(new TextEncoder().encode(change.padding ?? prefix));
  const body = items.map(([typecode, length]) =>
    concatBytes(
      compact(typecode),
      compact(length),
      new Uint8Array(length).fill(change.bytes ?? typecode + 1),
    )
  );
  const payload = f4Jumble(concatBytes(...body, change.tail ?? new Uint8Array(0), padding));
  return bech32m.encode(prefix, bech32m.toWords(payload), false);
}

function compact(value: number): Uint8Array {
  if (value < 0xfd) return Uint8Array.of(value);
  if (value < 0x1_0000) return Uint8Array.of(0xfd, value & 0xff, value >>> 8);
  return Uint8Array.of(
    0xfe,
    value & 0xff,
    (value >>> 8) & 0xff,
    (value >>> 16) & 0xff,
    value >>> 24,
  );
}

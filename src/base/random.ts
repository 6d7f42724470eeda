/** Randomness as a thing that is handed in. */
export interface Random {
  /** `length` fresh bytes; from a cryptographic source except in tests. */
  bytes(length: number): Uint8Array;
}

/** The runtime's cryptographic source. */
export const systemRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

/** An unsigned 32-bit number. */
export function randomU32(random: Random): number {
  const bytes = random.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

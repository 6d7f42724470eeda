import { hexToBytes } from "../../../src/base/mod.ts";
import headersFile from "../data/equihash/headers.json" with { type: "json" };
import vectorsFile from "../data/equihash/vectors.json" with { type: "json" };

/** The published and derived vectors. */
export const vectors = vectorsFile;

/** Real headers with their solutions, 1,487 bytes each, all valid. */
export const realShares: readonly { readonly name: string; readonly share: Uint8Array }[] =
  headersFile.headers.map(({ name, header }) => ({ name, share: hexToBytes(header) }));

/** One of {@link realShares}. */
export function realShare(at = 0): Uint8Array {
  const real = realShares[at];
  if (real === undefined) throw new RangeError(`There is no real share ${at}`);
  return real.share;
}

/** What a vector calls input and nonce, as one. */
export function inputOf(vector: { readonly input: string; readonly nonce: string }): Uint8Array {
  return hexToBytes(vector.input + vector.nonce);
}

/** A share of the given parts, with the compact size between them. */
export function shareOf(input: Uint8Array, solution: Uint8Array): Uint8Array {
  const share = new Uint8Array(input.length + 3 + solution.length);
  share.set(input);
  share.set([0xfd, 0x40, 0x05], input.length);
  share.set(solution, input.length + 3);
  return share;
}

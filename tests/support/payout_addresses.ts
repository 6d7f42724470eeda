import { bech32, createBase58check } from "@scure/base";
import { createHash } from "node:crypto";

const base58check = createBase58check((bytes: Uint8Array) =>
  new Uint8Array(createHash("sha256").update(bytes).digest())
);

/** A Mainnet address of the form t1…, one for each number. */
export function transparentAddress(number: number): string {
  return base58check.encode(Uint8Array.of(0x1c, 0xb8, ...digest(number, 20)));
}

/** A Testnet and Regtest address of the form tm…, one for each number. */
export function testnetAddress(number: number): string {
  return base58check.encode(Uint8Array.of(0x1d, 0x25, ...digest(number, 20)));
}

/** A Mainnet address of the form zs1…, one for each number; its payload is no point of the curve. */
export function saplingAddress(number: number): string {
  return bech32.encode("zs", bech32.toWords(digest(number, 43)), false);
}

/** A Mainnet address of the form u1… with all receivers, from the standard's vectors. */
export const UNIFIED_ADDRESS =
  "u1cymdny2u2vllkx7t5jnelp0kde0dgnwu0jzmggzguxvxj6fe7gpuqehywejndlrjwgk9snr6g69azs8jfet78s9zy60uepx6tltk7ee57jlax49dezkhkgvjy2puuue6dvaevt53nah7t2cc2k4p0h0jxmlu9sx58m2xdm5f9sy2n89jdf8llflvtml2ll43e334avu2fwytuna404a";

function digest(number: number, length: number): Uint8Array {
  return new Uint8Array(createHash("sha512").update(`payee ${number}`).digest()).subarray(
    0,
    length,
  );
}

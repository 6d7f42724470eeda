/**
 * Noise NX as Stratum V2 uses it (SV2 spec, chapter 4): keys, certificate, handshake, and the codec
 * that seals plain frames and opens a stream of sealed ones. Nothing here touches a socket or a
 * clock.
 *
 * @module
 */
export * from "./authority_key.ts";
export * from "./certificate.ts";
export * from "./certificate_issuer.ts";
export * from "./errors.ts";
export * from "./frame_opener.ts";
export * from "./frame_sealer.ts";
export * from "./handshake.ts";
export * from "./key_pair.ts";
export * from "./noise_codec.ts";
export * from "./pool_url.ts";

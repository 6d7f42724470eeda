import type { Clock, Random } from "../../base/mod.ts";
import { signCertificate } from "./certificate.ts";
import { type AuthorityKeyPair, type EllSwiftKeyPair, generateKeyPair } from "./key_pair.ts";

/** What a server shows in a handshake. */
export interface Identity {
  /** The static key that the certificate vouches for. */
  readonly staticKey: EllSwiftKeyPair;
  /** 74 bytes. */
  readonly certificate: Uint8Array;
}

/** How certificates are made. */
export interface CertificateIssuerOptions {
  /** The key that signs. */
  readonly authority: AuthorityKeyPair;
  /** For how many seconds from its making a certificate is valid; at least 60. */
  readonly validitySecs: number;
}

/**
 * Certificates start this much in the past, because miners' clocks are late: some clients allow 10
 * seconds of difference, some none.
 */
const BACKDATE_SECS = 60;

/** A certificate that ends sooner than a slow handshake and a wrong clock need helps no one. */
const VALIDITY_SECS_MIN = 60;

const U32_MAX = 0xffff_ffff;

/**
 * Hands out the server's present certificate.
 *
 * One static key serves as long as this object lives, and a certificate is made when the first
 * handshake needs it and again when half of its life is over, so that a handshake costs no
 * signature. Connections that stand do not notice: a certificate is looked at in the handshake only.
 */
export class CertificateIssuer {
  readonly #options: CertificateIssuerOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #staticKey: EllSwiftKeyPair;
  #identity: Identity | undefined;
  /** Unix seconds: the present certificate is handed out from and until then. */
  #usableFrom = 0;
  #usableUntil = 0;

  /** @throws {RangeError} when `validitySecs` is below 60 or no whole number. */
  constructor(
    options: CertificateIssuerOptions,
    modules: { readonly clock: Clock; readonly random: Random },
  ) {
    const { validitySecs } = options;
    if (!Number.isSafeInteger(validitySecs) || validitySecs < VALIDITY_SECS_MIN) {
      throw new RangeError(
        `Cannot issue certificates: validity of at least ${VALIDITY_SECS_MIN} s expected, ` +
          `received ${validitySecs}`,
      );
    }
    this.#options = options;
    this.#clock = modules.clock;
    this.#random = modules.random;
    this.#staticKey = generateKeyPair(modules.random);
  }

  /** 32 bytes, x-only: what miners must know. */
  get authorityKey(): Uint8Array {
    return this.#options.authority.publicKey;
  }

  /** The static key with a certificate that has at least half of its life before it. */
  current(): Identity {
    const now = Math.floor(this.#clock.now() / 1000);
    // The lower bound holds when the operator has set the machine's clock back.
    if (this.#identity === undefined || now < this.#usableFrom || now >= this.#usableUntil) {
      this.#identity = this.#issue(now);
    }
    return this.#identity;
  }

  #issue(now: number): Identity {
    const validFrom = Math.min(Math.max(0, now - BACKDATE_SECS), U32_MAX);
    const notValidAfter = Math.min(now + this.#options.validitySecs, U32_MAX);
    this.#usableFrom = validFrom;
    this.#usableUntil = now + Math.ceil(this.#options.validitySecs / 2);
    const certificate = signCertificate(
      { serverKeyX: this.#staticKey.publicKeyX, validFrom, notValidAfter },
      this.#options.authority,
      this.#random,
    );
    return { staticKey: this.#staticKey, certificate };
  }
}

/**
 * The address that miners are given: `stratum2+tcp://host:port/KEY` (SV2 spec §4.7), or without a
 * key where the connection is plain or the server is not to be checked.
 *
 * @module
 */
import { formatAuthorityKey, parseAuthorityKey } from "./authority_key.ts";
import { KeyTextError } from "./errors.ts";

/** Where a pool is and how it is known. */
export interface PoolUrl {
  /** Name, IPv4 or IPv6 address (without brackets). */
  readonly hostname: string;
  /** 1 to 65535. */
  readonly port: number;
  /** 32 bytes, x-only. */
  readonly authorityKey?: Uint8Array;
}

const SCHEME = "stratum2+tcp://";

/** Host (in brackets when it has colons), port, and the key. */
const AFTER_SCHEME = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]?#@]+)):([0-9]{1,5})(?:\/([^\s/?#]*))?$/;

/** A name has at most 253 characters, a key 52. */
const TEXT_LENGTH_MAX = 400;

/** Writes a pool's address. */
export function formatPoolUrl(url: PoolUrl): string {
  const host = url.hostname.includes(":") ? `[${url.hostname}]` : url.hostname;
  const key = url.authorityKey === undefined ? "" : `/${formatAuthorityKey(url.authorityKey)}`;
  return `${SCHEME}${host}:${url.port}${key}`;
}

/**
 * Reads a pool's address.
 *
 * @throws {KeyTextError} when it has not the form `stratum2+tcp://host:port/KEY`.
 */
export function parsePoolUrl(text: string): PoolUrl {
  const isKnownScheme = text.slice(0, SCHEME.length).toLowerCase() === SCHEME;
  const match = isKnownScheme && text.length <= TEXT_LENGTH_MAX
    ? AFTER_SCHEME.exec(text.slice(SCHEME.length))
    : null;
  const hostname = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (match === null || hostname === undefined || !(port >= 1 && port <= 65_535)) {
    throw new KeyTextError(
      "Cannot read a pool's address: stratum2+tcp://host:port/KEY expected",
    );
  }
  const key = match[4];
  if (key === undefined || key === "") return { hostname, port };
  return { hostname, port, authorityKey: parseAuthorityKey(key) };
}

/** Where a Stratum V1 pool is. */
export interface StratumUrl {
  /** Name, IPv4 or IPv6 address (without brackets). */
  readonly hostname: string;
  /** 1 to 65535. */
  readonly port: number;
}

const STRATUM_URL = /^stratum\+tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]?#@]+)):([0-9]{1,5})\/?$/i;

/** A name has at most 253 characters. */
const TEXT_LENGTH_MAX = 300;

/** Writes a pool's address as miners' users are given it: `stratum+tcp://host:port`. */
export function formatStratumUrl({ hostname, port }: StratumUrl): string {
  return `stratum+tcp://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/** Reads a pool's address; undefined where it has not that form. */
export function parseStratumUrl(text: string): StratumUrl | undefined {
  const match = text.length <= TEXT_LENGTH_MAX ? STRATUM_URL.exec(text) : null;
  const hostname = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return hostname !== undefined && port >= 1 && port <= 65_535 ? { hostname, port } : undefined;
}

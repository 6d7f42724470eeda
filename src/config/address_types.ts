import { Secret } from "./secret.ts";
import { textType, ValueError, type ValueType } from "./value_type.ts";

/** Where to listen. */
export interface SocketAddress {
  /** An IP address or a name, IPv6 without brackets. */
  readonly hostname: string;
  /** 0 to 65535; 0 takes a free port. */
  readonly port: number;
}

/** `host:port`, with brackets around an IPv6 address. */
export const socketAddress: ValueType<SocketAddress> = textType(
  { kind: "host:port", allowed: 'host:port, for instance "0.0.0.0:3333" or "[::]:3333"' },
  (text) => {
    const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9][A-Za-z0-9.-]{0,252})):([0-9]{1,5})$/
      .exec(text);
    const hostname = match?.[1] ?? match?.[2];
    const port = Number(match?.[3]);
    if (hostname === undefined || !(port <= 65535)) throw new ValueError();
    return Object.freeze({ hostname, port });
  },
);

/** The text form of an address, the inverse of {@link socketAddress}. */
export function formatSocketAddress(address: SocketAddress): string {
  const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
  return `${host}:${address.port}`;
}

/** The address of a node's RPC, without a slash at its end. */
export const nodeUrl: ValueType<string> = textType(
  { kind: "URL", allowed: 'an http or https URL, for instance "http://127.0.0.1:8232"' },
  (text) => {
    const url = parseUrl(text, ["http:", "https:"]);
    if (url.username !== "" || url.password !== "") {
      // A URL stands in logs and metrics.
      throw new ValueError("user and password belong into zebra.user and zebra.password");
    }
    if (url.search !== "" || url.hash !== "") throw new ValueError("it has a query or a fragment");
    return url.href.replace(/\/$/, "");
  },
);

/** The address of a PostgreSQL database; secret, since the password stands in it. */
export const postgresUrl: ValueType<Secret> = secretUrl(
  'a URL like "postgres://user:password@host/database"',
  ["postgres:", "postgresql:"],
);

/** The address of a Redis server; secret, since a password may stand in it. */
export const redisUrl: ValueType<Secret> = secretUrl(
  'a URL like "redis://host:6379"',
  ["redis:", "rediss:"],
);

function secretUrl(allowed: string, schemes: readonly string[]): ValueType<Secret> {
  return textType({ kind: "secret URL", allowed, secret: true }, (text) => {
    parseUrl(text, schemes);
    return new Secret(text);
  });
}

const URL_LENGTH_MAX = 2048;

function parseUrl(text: string, schemes: readonly string[]): URL {
  const url = text.length > URL_LENGTH_MAX ? null : URL.parse(text);
  if (url === null || !schemes.includes(url.protocol) || url.hostname === "") {
    throw new ValueError();
  }
  return url;
}

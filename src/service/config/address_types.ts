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
    if (match?.[1] !== undefined && URL.parse(`http://[${hostname}]`) === null) {
      throw new ValueError("it is no IPv6 address");
    }
    return Object.freeze({ hostname, port });
  },
);

/** True when two listeners cannot both have their address; port 0 never takes one in use. */
export function overlap(a: SocketAddress, b: SocketAddress): boolean {
  if (a.port !== b.port || a.port === 0) return false;
  const hosts = [a, b].map(({ hostname }) => hostname.replace(/^localhost$/i, "127.0.0.1"));
  return hosts[0] === hosts[1] || hosts.some((host) => /^(0|0\.0\.0\.0|::)$/.test(host));
}

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
    // A URL stands in logs and metrics. With a / in the password, the rest of it is a path.
    if (url.username !== "" || url.password !== "" || url.pathname.includes("@")) {
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
  checkPostgresUrl,
);

/** The address of a Redis server; secret, since a password may stand in it. */
export const redisUrl: ValueType<Secret> = secretUrl(
  'a URL like "redis://host:6379"',
  ["redis:", "rediss:"],
);

function secretUrl(
  allowed: string,
  schemes: readonly string[],
  check: (url: URL) => void = () => {},
): ValueType<Secret> {
  return textType({ kind: "secret URL", allowed, secret: true }, (text) => {
    check(parseUrl(text, schemes));
    return new Secret(text);
  });
}

/** What the client understands of them; another one must not be taken for none at all. */
const SSL_MODES: readonly string[] = ["disable", "prefer", "require", "verify-full"];

/** Nothing in it is accepted and then ignored, least of all how it is encrypted. */
function checkPostgresUrl({ username, password, pathname, searchParams }: URL): void {
  if (![username, password, pathname].every(isPercentEncoded)) {
    throw new ValueError("a % that stands for itself is written %25");
  }
  for (const [name, value] of searchParams) {
    if (name === "sslmode" && !SSL_MODES.includes(value)) {
      throw new ValueError(`its sslmode has to be one of ${SSL_MODES.join(", ")}`);
    }
    if (name !== "sslmode" && name !== "search_path") {
      throw new ValueError("behind its ? only sslmode and search_path are understood");
    }
  }
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const URL_LENGTH_MAX = 2048;

function parseUrl(text: string, schemes: readonly string[]): URL {
  const url = text.length > URL_LENGTH_MAX ? null : URL.parse(text);
  if (url === null || !schemes.includes(url.protocol) || url.hostname === "") {
    throw new ValueError();
  }
  return url;
}

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
    // A URL stands in logs and metrics.
    if (text.includes("@")) {
      throw new ValueError("user and password have keys of their own beside it");
    }
    const url = parseUrl(text, ["http:", "https:"]);
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
function checkPostgresUrl({ searchParams }: URL): void {
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

/** What cannot stand for itself in the user or password of a URL (RFC 3986 section 3.2.1). */
const HOW_TO_WRITE = "in its user and password, @ is written %40, / %2F, ? %3F, # %23, % %25, " +
  "\\ %5C and a space %20";

/**
 * Two readers have to find the same user, password and host in it: where a character of a password
 * ends it for one of them, the rest of the password is a host that is looked up and logged.
 */
function parseUrl(text: string, schemes: readonly string[]): URL {
  const [, authority = "", rest = ""] = /^[a-z+]+:\/\/([^/?#\\]*)(.*)$/is.exec(text) ?? [];
  const cut = rest.includes("@") || authority.split("@").length > 2;
  // The parser of URLs drops tabs and line ends, and writes a space otherwise.
  // deno-lint-ignore no-control-regex -- control characters are exactly what is looked for
  if (cut || /[\x00-\x20\x7f]/.test(text)) throw new ValueError(HOW_TO_WRITE);
  const url = text.length > URL_LENGTH_MAX ? null : URL.parse(text);
  if (url === null || !schemes.includes(url.protocol) || url.hostname === "") {
    throw new ValueError(text.includes("@") ? HOW_TO_WRITE : "");
  }
  if (![url.username, url.password, url.pathname].every(isPercentEncoded)) {
    throw new ValueError("a % that stands for itself is written %25");
  }
  return url;
}

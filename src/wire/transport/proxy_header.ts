/**
 * The header by which a balancer tells whose connection it passes on: the PROXY protocol, versions 1
 * and 2 (haproxy.org, proxy-protocol.txt), in front of everything else on a connection.
 *
 * @module
 */
import { isIpAddress } from "../../base/mod.ts";

/** What the first bytes of a connection turned out to be. */
export type ProxyHeader =
  /** The bytes so far can still become one. */
  | { readonly kind: "incomplete" }
  /** They are no PROXY header: the peer speaks for itself. */
  | { readonly kind: "none" }
  /** They begin as one and are none. */
  | { readonly kind: "malformed"; readonly fault: ProxyHeaderFault }
  /** Whose connection it is; no address where the balancer speaks for itself (health checks). */
  | { readonly kind: "header"; readonly length: number; readonly source: ProxySource | undefined };

/** Where a connection came from before the balancer. */
export interface ProxySource {
  /** IPv4 or IPv6 address as text. */
  readonly address: string;
  readonly port: number;
}

/** Why a header cannot be read. */
export type ProxyHeaderFault =
  | "text-line"
  | "text-address"
  | "version"
  | "too-long"
  | "address-length";

/** "PROXY " of version 1. */
const TEXT_START = new TextEncoder().encode("PROXY ");

/** The longest line of version 1, its CR LF included (§2.1). */
const TEXT_LENGTH_MAX = 107;

/** The first 12 bytes of version 2 (§2.2). */
const BINARY_START = Uint8Array.of(
  0x0d,
  0x0a,
  0x0d,
  0x0a,
  0,
  0x0d,
  0x0a,
  0x51,
  0x55,
  0x49,
  0x54,
  0x0a,
);

/** Signature, version and command, family, length. */
const BINARY_HEAD_LENGTH = 16;

/** Address and additional values of version 2; balancers write some 100 bytes. */
const BINARY_REST_MAX = 1_024;

/** Bytes of source and destination by the family and transport byte. */
const ADDRESS_LENGTHS: Readonly<Record<number, number>> = { 0x11: 12, 0x21: 36 };

/** The most that a header can take, in bytes. */
export const PROXY_HEADER_LENGTH_MAX = BINARY_HEAD_LENGTH + BINARY_REST_MAX;

/** Reads the header at the start of a connection's bytes; any split of them gives the same result. */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (startsLike(bytes, BINARY_START)) return readBinary(bytes);
  if (startsLike(bytes, TEXT_START)) return readText(bytes);
  return { kind: "none" };
}

/** Whether the bytes are, or can still become, ones that begin so. */
function startsLike(bytes: Uint8Array, start: Uint8Array): boolean {
  const length = Math.min(bytes.length, start.length);
  for (let index = 0; index < length; index++) if (bytes[index] !== start[index]) return false;
  return true;
}

function readBinary(bytes: Uint8Array): ProxyHeader {
  if (bytes.length < BINARY_HEAD_LENGTH) return { kind: "incomplete" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [command, family, restLength] = [view.getUint8(12), view.getUint8(13), view.getUint16(14)];
  if (command !== 0x20 && command !== 0x21) return { kind: "malformed", fault: "version" };
  if (restLength > BINARY_REST_MAX) return { kind: "malformed", fault: "too-long" };
  const length = BINARY_HEAD_LENGTH + restLength;
  if (bytes.length < length) return { kind: "incomplete" };
  const addressLength = ADDRESS_LENGTHS[family];
  // LOCAL is the balancer itself; other families (unix sockets, UDP) name nobody that we know (§2.2).
  if (command === 0x20 || addressLength === undefined) {
    return { kind: "header", length, source: undefined };
  }
  if (restLength < addressLength) return { kind: "malformed", fault: "address-length" };
  const size = (addressLength - 4) / 2;
  const address = bytes.subarray(BINARY_HEAD_LENGTH, BINARY_HEAD_LENGTH + size);
  const port = view.getUint16(BINARY_HEAD_LENGTH + 2 * size);
  return { kind: "header", length, source: { address: addressText(address), port } };
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: 8 }, (_, group) => view.getUint16(2 * group).toString(16)).join(":");
}

function readText(bytes: Uint8Array): ProxyHeader {
  const end = bytes.subarray(0, TEXT_LENGTH_MAX).indexOf(0x0a);
  if (end === -1) {
    return bytes.length < TEXT_LENGTH_MAX
      ? { kind: "incomplete" }
      : { kind: "malformed", fault: "text-line" };
  }
  const line = new TextDecoder().decode(bytes.subarray(0, end + 1));
  const length = end + 1;
  if (/^PROXY UNKNOWN(?: [^\r\n]*)?\r\n$/.test(line)) {
    return { kind: "header", length, source: undefined };
  }
  const match = /^PROXY (TCP4|TCP6) (\S+) (\S+) ([0-9]{1,5}) ([0-9]{1,5})\r\n$/.exec(line);
  if (match === null) return { kind: "malformed", fault: "text-line" };
  const [, family, source = "", destination = "", port] = match;
  const isRight = [source, destination].every((address) =>
    isIpAddress(address) && address.includes(":") === (family === "TCP6")
  );
  if (!isRight || Number(port) > 0xffff) return { kind: "malformed", fault: "text-address" };
  return { kind: "header", length, source: { address: source, port: Number(port) } };
}

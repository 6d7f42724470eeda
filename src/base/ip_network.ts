/** An IP address as a number, and how many bits such addresses have. */
interface IpNumber {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Addresses of IPv4 in the form of IPv6, RFC 4291 §2.5.5.2. */
const MAPPED_IPV4 = 0xffffn;

/**
 * A set of IP addresses by their common prefix: `192.0.2.0/24`, `2001:db8::/32`, or one address
 * alone. An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) counts as itself.
 */
export class IpNetwork {
  readonly #first: IpNumber;
  readonly #freeBits: bigint;

  private constructor(first: IpNumber, prefixLength: number) {
    this.#first = first;
    this.#freeBits = BigInt(first.bits - prefixLength);
  }

  /**
   * Reads the CIDR form (RFC 4632, RFC 4291 §2.3).
   *
   * @returns undefined where the text is no network, or has bits set behind its prefix.
   */
  static parse(text: string): IpNetwork | undefined {
    const [, address = "", length] = /^([^/]*)(?:\/([0-9]{1,3}))?$/.exec(text) ?? [];
    const first = ipNumber(address);
    if (first === undefined) return undefined;
    const prefixLength = length === undefined ? first.bits : Number(length);
    if (prefixLength > first.bits) return undefined;
    const network = new IpNetwork(first, prefixLength);
    const hostBits = first.value & ((1n << network.#freeBits) - 1n);
    return hostBits === 0n ? network : undefined;
  }

  /** Whether an address, as the runtime writes it, belongs to the network; false for other text. */
  contains(address: string): boolean {
    const number = ipNumber(address);
    return number !== undefined && number.bits === this.#first.bits &&
      number.value >> this.#freeBits === this.#first.value >> this.#freeBits;
  }
}

/** Whether a text is an IPv4 or IPv6 address (with a zone or without). */
export function isIpAddress(text: string): boolean {
  return ipNumber(text) !== undefined;
}

/**
 * The first 64 bits of an IPv6 address as `2001:db8:0:1::/64`, and an IPv4 address itself: what
 * counts as one client, because a client that has one address of such a network has all of them.
 *
 * @param address an IP address as the runtime writes it; text of any other kind stands for itself.
 */
export function clientNetwork(address: string): string {
  const number = ipNumber(address);
  if (number === undefined) return address;
  if (number.bits === 32) {
    return [24n, 16n, 8n, 0n].map((shift) => (number.value >> shift) & 0xffn).join(".");
  }
  const groups = [112n, 96n, 80n, 64n].map((shift) => (number.value >> shift) & 0xffffn);
  return `${groups.map((group) => group.toString(16)).join(":")}::/64`;
}

function ipNumber(text: string): IpNumber | undefined {
  if (!text.includes(":")) {
    const value = ipv4Number(text);
    return value === undefined ? undefined : { bits: 32, value };
  }
  const value = ipv6Number(text.split("%", 1)[0] as string);
  if (value === undefined) return undefined;
  return value >> 32n === MAPPED_IPV4
    ? { bits: 32, value: value & 0xffffffffn }
    : { bits: 128, value };
}

function ipv4Number(text: string): bigint | undefined {
  const parts = text.split(".");
  // No leading zeros: some read them as octal.
  const isValid = parts.length === 4 &&
    parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
  return isValid ? parts.reduce((value, part) => value << 8n | BigInt(part), 0n) : undefined;
}

function ipv6Number(text: string): bigint | undefined {
  const halves = text.split("::");
  const [head, tail] = halves.map(groupsOf);
  if (halves.length > 2 || head === undefined || halves.length === 2 && tail === undefined) {
    return undefined;
  }
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<bigint>(missing).fill(0n), ...(tail ?? [])];
  return groups.reduce((value, group) => value << 16n | group, 0n);
}

/** The 16-bit groups of one side of `::`; the last of them may be written as IPv4. */
function groupsOf(part: string): bigint[] | undefined {
  if (part === "") return [];
  const texts = part.split(":");
  const groups: bigint[] = [];
  for (const [index, text] of texts.entries()) {
    const dotted = index === texts.length - 1 && text.includes(".") ? ipv4Number(text) : undefined;
    if (dotted !== undefined) groups.push(dotted >> 16n, dotted & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(text)) groups.push(BigInt(`0x${text}`));
    else return undefined;
  }
  return groups;
}

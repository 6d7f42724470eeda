/**
 * What counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, because
 * whoever has one address of such a network has all of them. An IPv4 address in IPv6 form
 * (`::ffff:192.0.2.1`) counts as itself.
 *
 * @param address an IP address as the runtime writes it; text of any other kind stands for itself.
 */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  const groups = ipv6Groups(address.split("%", 1)[0] as string);
  if (groups === undefined) return address;
  const isMappedIpv4 = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMappedIpv4) {
    return groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]).join(".");
  }
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}

/** The eight 16-bit groups of an IPv6 address, or undefined when it is none. */
function ipv6Groups(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined) return undefined;
  const groups = halves.length === 1
    ? head
    : [...head, ...new Array<number>(Math.max(0, 8 - head.length - (tail?.length ?? 0))).fill(0)]
      .concat(tail ?? []);
  const isValid = groups.length === 8 && groups.every((group) => group >= 0 && group <= 0xffff);
  return isValid ? groups : undefined;
}

function groupsOf(part: string): number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    const bytes = group.split(".").map(Number);
    if (bytes.length !== 4) return [/^[0-9a-fA-F]{1,4}$/.test(group) ? parseInt(group, 16) : NaN];
    const [a = NaN, b = NaN, c = NaN, d = NaN] = bytes;
    return [a * 256 + b, c * 256 + d];
  });
}

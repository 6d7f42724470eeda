import { IpNetwork } from "../../base/mod.ts";
import { flag, wholeNumber } from "./number_types.ts";
import { listOf } from "./text_types.ts";
import { textType, type TomlValue, ValueError, type ValueType } from "./value_type.ts";

/** More networks than that are a typing error: each address is compared with all of them. */
const NETWORKS_MAX = 64;

/** A network of IP addresses, or one address. */
const ipNetwork: ValueType<IpNetwork> = textType(
  {
    kind: "network",
    allowed: 'an IP address or a network like "192.0.2.0/24" or "2001:db8::/32"',
  },
  (text) => {
    const network = IpNetwork.parse(text);
    if (network === undefined) throw new ValueError();
    return network;
  },
);

/** Networks of IP addresses. */
export const ipNetworks: ValueType<readonly IpNetwork[]> = listOf(ipNetwork, {
  min: 0,
  max: NETWORKS_MAX,
});

/** What the addresses of a network may do; what is left out is as for all. */
export interface NetworkAllowance {
  readonly network: IpNetwork;
  readonly maxConnectionsPerIp?: number;
  readonly maxSharesPerSecond?: number;
  /** False where nobody there is banned. */
  readonly bans: boolean;
}

const connections = wholeNumber({ min: 1, max: 1_000_000 });
const shares = wholeNumber({ min: 1, max: 1_000_000 });

/**
 * `[[security.allow]]`: tables with `cidr` and what its addresses may do; as text
 * `192.0.2.0/24 max_connections_per_ip=500 bans=false`, separated by commas.
 */
export const networkAllowances: ValueType<readonly NetworkAllowance[]> = {
  kind: "list of networks",
  allowed: `at most ${NETWORKS_MAX} tables with cidr (an IP address or a network), and ` +
    "max_connections_per_ip, max_shares_per_second (whole numbers) or bans (true or false)",
  fromToml(value) {
    if (!Array.isArray(value)) {
      throw new ValueError("each network is a table of its own, [[security.allow]]");
    }
    return bounded((value as readonly TomlValue[]).map(allowanceOfTable));
  },
  fromText: (text) => bounded(text.split(",").map((part) => allowanceOfText(part.trim()))),
};

function allowanceOfTable(table: TomlValue): NetworkAllowance {
  if (typeof table !== "object" || Array.isArray(table) || table instanceof Date) {
    throw new ValueError("each network is a table of its own, [[security.allow]]");
  }
  return allowanceOf(table as { readonly [key: string]: TomlValue }, "fromToml");
}

function allowanceOfText(text: string): NetworkAllowance {
  const [cidr = "", ...settings] = text.split(/\s+/);
  const pairs = settings.map((setting) => setting.split("=", 2));
  return allowanceOf({ ...Object.fromEntries(pairs), cidr }, "fromText");
}

function allowanceOf(
  given: { readonly [key: string]: TomlValue },
  form: "fromToml" | "fromText",
): NetworkAllowance {
  const {
    cidr,
    max_connections_per_ip: maxConnections,
    max_shares_per_second: maxShares,
    bans,
    ...others
  } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ValueError("it has cidr, max_connections_per_ip, max_shares_per_second and bans");
  }
  if (cidr === undefined) throw new ValueError("its cidr is missing");
  const read = <T>(type: ValueType<T>, value: TomlValue): T =>
    form === "fromToml" ? type.fromToml(value) : type.fromText(String(value));
  return Object.freeze({
    network: read(ipNetwork, cidr),
    ...(maxConnections === undefined
      ? {}
      : { maxConnectionsPerIp: read(connections, maxConnections) }),
    ...(maxShares === undefined ? {} : { maxSharesPerSecond: read(shares, maxShares) }),
    bans: bans === undefined ? true : read(flag, bans),
  });
}

function bounded(allowances: readonly NetworkAllowance[]): readonly NetworkAllowance[] {
  if (allowances.length > NETWORKS_MAX) throw new ValueError();
  return Object.freeze(allowances);
}

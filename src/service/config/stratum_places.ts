import { formatSocketAddress } from "./address_types.ts";
import type { Config } from "./config_type.ts";
import type { StratumPort } from "./sections/stratum_v1.ts";

/** A place where Stratum V1 is served. */
export interface StratumPlace extends StratumPort {
  /** True where the same address serves Stratum V2 too. */
  readonly isShared: boolean;
  /** The key that names it. */
  readonly key: string;
}

/** All places where Stratum V1 is served; none where it is off. */
export function stratumPlaces(
  { stratum_v1: stratum, server }: Pick<Config, "stratum_v1" | "server">,
): StratumPlace[] {
  if (!stratum.enabled) return [];
  const { listenAddr, startDifficulty, ports } = stratum;
  const miners = formatSocketAddress(server.listenAddr);
  return [
    { listenAddr, startDifficulty, key: "stratum_v1.listen_addr" },
    ...ports.map((port) => ({ ...port, key: "stratum_v1.ports" })),
  ].map((place) => ({ ...place, isShared: formatSocketAddress(place.listenAddr) === miners }));
}

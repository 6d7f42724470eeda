import { stratumPlaces } from "./stratum_places.ts";
import type { SocketAddress } from "./address_types.ts";
import type { Config } from "./config_type.ts";

/** What is served at an address; it completes "may … to". */
export type ListenerUse =
  | "serve miners"
  | "serve declarers"
  | "serve metrics"
  | "serve the external payer";

/** One address that the pool listens on. */
export interface ListenerAddress {
  /** The key that names it, `section.key`. */
  readonly key: string;
  readonly address: SocketAddress;
  readonly use: ListenerUse;
}

/** Every address that a configuration makes the pool listen on: what it needs, and `check` tries. */
export function listenerAddresses(config: Config): readonly ListenerAddress[] {
  const { server, jd, metrics, payout, settlement } = config;
  const served = (key: string, address: SocketAddress, use: ListenerUse): ListenerAddress => ({
    key,
    address,
    use,
  });
  const found = [
    served("server.listen_addr", server.listenAddr, "serve miners"),
    ...stratumPlaces(config).filter(({ isShared }) => !isShared).map(({ key, listenAddr }) =>
      served(key, listenAddr, "serve miners")
    ),
  ];
  if (jd.enabled) {
    found.push(served("server.jd_listen_addr", server.jdListenAddr, "serve declarers"));
  }
  if (metrics.enabled) {
    found.push(served("metrics.listen_addr", metrics.listenAddr, "serve metrics"));
  }
  if (payout.wallet === "external") {
    const { listenAddr } = settlement;
    found.push(served("settlement.listen_addr", listenAddr, "serve the external payer"));
  }
  return found;
}

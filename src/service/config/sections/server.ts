import { socketAddress } from "../address_types.ts";
import { preset } from "../declaration.ts";
import { ipNetworks } from "../network_types.ts";
import { flag, wholeNumber } from "../number_types.ts";
import { filePath } from "../text_types.ts";

/** Each connection costs some 11 KB and a file handle; a million is past what one machine serves. */
export const CONNECTIONS_RANGE = { min: 1, max: 1_000_000 };

/** `[server]`: where miners connect and where files are kept. */
export const server = {
  doc: "Where miners connect and where files are kept.",
  keys: {
    listen_addr: preset(socketAddress, "0.0.0.0:3333", {
      doc: "Where miners connect. Port 0 takes a free one.",
    }),
    jd_listen_addr: preset(socketAddress, "0.0.0.0:3334", {
      doc:
        "Where Job Declaration clients connect, while `jd.enabled` is true. Port 0 takes a free one.",
    }),
    max_connections: preset(wholeNumber(CONNECTIONS_RANGE), 10000, {
      doc: "Connections at one time; more are refused. It may stand in [security] instead.",
      unit: "connections",
      change: "live",
    }),
    proxy_protocol: preset(flag, false, {
      doc: "The balancers in `trusted_proxies` say whose connections they pass on, by the PROXY " +
        "protocol (version 1 or 2). Nobody else's header is believed.",
    }),
    trusted_proxies: preset(ipNetworks, [], {
      doc:
        "Addresses of balancers in front of the pool. Without a PROXY header nobody behind them " +
        "has limits of an address or is banned.",
    }),
    drain_ms: preset(wholeNumber({ min: 0, max: 40_000 }), 0, {
      doc: "At an orderly stop miners are asked to reconnect evenly over this time, and work on " +
        "until it is their turn. For pools behind a balancer, so that the others are not stormed; " +
        "where this process is the only one, leave it at 0: everybody is asked at once. A service " +
        "manager has to wait 20 s longer than this before it kills the process.",
      unit: "ms",
    }),
    data_dir: preset(filePath, "data", {
      doc: "The directory of the block spool (blocks that were found and are not settled yet) " +
        "and of the database file, as long as that has no path of its own. Without permission " +
        "to write there both are kept in memory, with a warning, unless the directory was set.",
    }),
  },
} as const;

import { alternative, optional, preset } from "../declaration.ts";
import { networkAllowances } from "../network_types.ts";
import { flag, wholeNumber } from "../number_types.ts";
import { secretKeyHex } from "../text_types.ts";
import { CONNECTIONS_RANGE } from "./server.ts";

const DAY_SECS = 86_400;

/** `[security]`: encryption and limits. */
export const security = {
  doc: "Encryption of miners' connections, and limits.",
  keys: {
    noise_enabled: preset(flag, false, {
      doc: "Accept encrypted connections (Noise NX) on the miners' port.",
    }),
    noise_private_key: optional(secretKeyHex, "none: noise_enabled must be false", {
      doc: "The authority's secret key, from `keygen`. Miners know its public key.",
    }),
    require_noise: preset(flag, false, {
      doc: "Refuse connections that are not encrypted.",
    }),
    noise_cert_validity_secs: preset(wholeNumber({ min: 120, max: 365 * DAY_SECS }), DAY_SECS, {
      doc: "How long a certificate of the pool's connection key holds. It is renewed before its " +
        "end; nobody is disconnected.",
      unit: "seconds",
    }),
    max_connections: alternative("server.max_connections", wholeNumber(CONNECTIONS_RANGE), {
      equalAllowed: true,
      doc: "The same as `max_connections` in [server].",
      unit: "connections",
    }),
    max_connections_per_ip: preset(wholeNumber(CONNECTIONS_RANGE), 100, {
      doc: "Connections from one address at one time; more are refused.",
      unit: "connections",
      change: "live",
    }),
    handshake_timeout_secs: preset(wholeNumber({ min: 1, max: 300 }), 10, {
      doc: "A connection that has not finished its handshake by then is closed.",
      unit: "seconds",
      change: "live",
    }),
    connection_timeout_secs: preset(wholeNumber({ min: 1, max: 3600 }), 30, {
      doc: "A connection that has opened no channel by then is closed.",
      unit: "seconds",
      change: "live",
    }),
    idle_timeout_secs: preset(wholeNumber({ min: 10, max: DAY_SECS }), 300, {
      doc:
        "A connection from which nothing came for this long, or for five wanted times between shares if that is more, is closed.",
      unit: "seconds",
      change: "live",
    }),
    max_shares_per_second: preset(wholeNumber({ min: 1, max: 1_000_000 }), 100, {
      doc: "Shares that one connection may send; one over it is refused and not verified, unless " +
        "it is a block.",
      unit: "shares per second",
      change: "live",
    }),
    ban_threshold: preset(wholeNumber({ min: 1, max: 1_000_000 }), 50, {
      doc:
        "Invalid solutions and malformed messages after which a miner is banned, by address and " +
        "identity; late, easy and repeated shares never count.",
      unit: "faults",
      change: "live",
    }),
    ban_duration_secs: preset(wholeNumber({ min: 1, max: 365 * DAY_SECS }), 3600, {
      doc: "How long a ban lasts, and how far back faults are counted.",
      unit: "seconds",
      change: "live",
    }),
    allow: preset(networkAllowances, [], {
      doc: "Networks with limits of their own, each a table [[security.allow]] with `cidr` and " +
        "`max_connections_per_ip`, `max_shares_per_second` or `bans = false`; as text " +
        "`192.0.2.0/24 bans=false`, separated by commas. The first that has an address counts.",
    }),
  },
} as const;

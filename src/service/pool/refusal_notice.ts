import type { Clock, Logger, PeerLimit } from "../../base/mod.ts";
import type { RefusalReason } from "../../wire/transport/mod.ts";

/** Between two lines about one reason: a flood of connections must not flood the log. */
const TOLD_EVERY_MS = 60_000;

/** What has refused a peer something. */
export type Refusal = RefusalReason | PeerLimit;

/** What an operator can do about it, with the setting by its name. */
const SENTENCES: Readonly<Record<Refusal, string>> = {
  max_connections:
    "connections are refused: all of server.max_connections are in use: raise it, or start another pool",
  max_connections_per_ip:
    "connections are refused: one address has all of security.max_connections_per_ip: raise it if " +
    "these are your miners behind one address",
  max_handshakes:
    "connections are refused: too many connections at once have not finished their handshake",
  max_handshakes_per_ip:
    "connections are refused: too many connections of one address have not finished their handshake, " +
    "at most security.max_connections_per_ip may",
  descriptors:
    "connections are refused: the system lets this process open no more files and sockets: raise its limit " +
    "(ulimit -n, LimitNOFILE) above server.max_connections",
  plain:
    "connections are refused: they are not encrypted and security.require_noise is set: give these miners the pool's " +
    "URL with its key",
  not_admitted: "connections are refused: their addresses are banned (security.ban_threshold); " +
    "`bans list` shows them, `bans lift` ends a ban",
  max_shares_per_second: "shares are refused: a connection sends more than " +
    "security.max_shares_per_second; a proxy of many machines needs more, or several connections",
  connection_timeout_secs: "connections are closed: no miner was let in on them within " +
    "security.connection_timeout_secs",
  idle_timeout_secs: "connections are closed: nothing came for security.idle_timeout_secs",
  channels: "channels are refused: one connection or address has as many as it may, or the pool " +
    "as many as server.max_connections allows; raise it if these are your miners",
};

/** Events of those that are not about new connections. */
const EVENTS: { readonly [reason in Refusal]?: string } = {
  max_shares_per_second: "shares_refused",
  connection_timeout_secs: "connections_timed_out",
  idle_timeout_secs: "connections_timed_out",
  channels: "channels_refused",
};

/**
 * Tells of refusals: for each reason the first one at once, then at most a line a minute, with how
 * many it stands for.
 */
export class RefusalNotice {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #reasons = new Map<Refusal, { toldAt: number; untold: number }>();

  constructor(modules: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = modules.clock;
    this.#logger = modules.logger;
  }

  /** A peer was refused something. @param address the client's IP address. */
  refused(reason: Refusal, address: string): void {
    const now = this.#clock.monotonic();
    const known = this.#reasons.get(reason) ?? { toldAt: -Infinity, untold: 0 };
    known.untold++;
    this.#reasons.set(reason, known);
    if (now - known.toldAt < TOLD_EVERY_MS) return;
    const fields = { reason, refused: known.untold, miner_ip: address };
    this.#logger.log("warn", EVENTS[reason] ?? "connections_refused", SENTENCES[reason], fields);
    known.toldAt = now;
    known.untold = 0;
  }
}

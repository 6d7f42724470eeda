import type { Clock, Logger } from "../../base/mod.ts";
import type { RefusalReason } from "../../wire/transport/mod.ts";

/** Between two lines about one reason: a flood of connections must not flood the log. */
const TOLD_EVERY_MS = 600_000;

/** What an operator can do about it, with the setting by its name. */
const SENTENCES: Readonly<Record<RefusalReason, string>> = {
  max_connections: "all of server.max_connections are in use: raise it, or start another pool",
  max_connections_per_ip: "one address has all of security.max_connections_per_ip: raise it if " +
    "these are your miners behind one address",
  max_handshakes: "too many connections at once have not finished their handshake",
  max_handshakes_per_ip: "too many connections of one address have not finished their handshake, " +
    "at most security.max_connections_per_ip may",
  descriptors: "the system lets this process open no more files and sockets: raise its limit " +
    "(ulimit -n, LimitNOFILE) above server.max_connections",
  plain: "they are not encrypted and security.require_noise is set: give these miners the pool's " +
    "URL with its key",
  not_admitted: "their addresses are not admitted",
};

/**
 * Tells of refused connections: for each reason the first one at once, then at most a line every ten
 * minutes, with how many it stands for.
 */
export class RefusalNotice {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #reasons = new Map<RefusalReason, { toldAt: number; untold: number }>();

  constructor(modules: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = modules.clock;
    this.#logger = modules.logger;
  }

  /** A connection was refused. @param address the client's IP address. */
  refused(reason: RefusalReason, address: string): void {
    const now = this.#clock.monotonic();
    const known = this.#reasons.get(reason) ?? { toldAt: -Infinity, untold: 0 };
    known.untold++;
    this.#reasons.set(reason, known);
    if (now - known.toldAt < TOLD_EVERY_MS) return;
    const message = `connections are refused: ${SENTENCES[reason]}`;
    const fields = { reason, refused: known.untold, last_address: address };
    this.#logger.log("warn", "connections_refused", message, fields);
    known.toldAt = now;
    known.untold = 0;
  }
}

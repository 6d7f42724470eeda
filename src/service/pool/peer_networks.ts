import type { Logger } from "../../base/mod.ts";
import type { TrustedProxies } from "../../wire/transport/mod.ts";
import type { Config, NetworkAllowance } from "../config/mod.ts";

/** Balancers without a header that the log names; there are hardly more. */
const NAMED_MAX = 64;

/** What is said of a balancer that does not say whose connections it passes on. */
const HEADER_MISSING =
  "a trusted proxy passes connections on without a PROXY header: nobody behind it has limits of " +
  "an address or is banned; have it send the header and set server.proxy_protocol";

/** Which networks of peers are not like others, by the configuration. */
export class PeerNetworks implements TrustedProxies {
  readonly #config: Pick<Config, "server" | "security">;
  readonly #logger: Logger;
  readonly #named = new Set<string>();

  constructor(
    config: Pick<Config, "server" | "security">,
    { logger }: { readonly logger: Logger },
  ) {
    this.#config = config;
    this.#logger = logger;
  }

  get sendHeader(): boolean {
    return this.#config.server.proxyProtocol;
  }

  isTrusted(address: string): boolean {
    return this.#config.server.trustedProxies.some((network) => network.contains(address));
  }

  headerMissing(address: string): void {
    if (this.#named.has(address) || this.#named.size >= NAMED_MAX) return;
    this.#named.add(address);
    this.#logger.log("warn", "proxy_header_missing", HEADER_MISSING, { proxy: address });
  }

  /** What the operator has granted an address; the first network that has it counts. */
  allowance(address: string): NetworkAllowance | undefined {
    return this.#config.security.allow.find(({ network }) => network.contains(address));
  }

  /** Shares a second of one connection from there. */
  maxSharesPerSecond(address: string): number {
    const { maxSharesPerSecond } = this.#config.security;
    return this.allowance(address)?.maxSharesPerSecond ?? maxSharesPerSecond;
  }

  /** Whether faults from there can lead to a ban. */
  canBeBanned(address: string): boolean {
    return !this.isTrusted(address) && this.allowance(address)?.bans !== false;
  }
}

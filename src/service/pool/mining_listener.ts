import {
  type Clock,
  type Conduct,
  hexToBytes,
  type Logger,
  PoolError,
  reasonOf,
  systemRandom,
} from "../../base/mod.ts";
import { type Config, formatSocketAddress, type SocketAddress } from "../config/mod.ts";
import { authorityKeyPairOf, CertificateIssuer, formatPoolUrl } from "../../wire/noise/mod.ts";
import { connectionsToTake } from "./descriptors.ts";
import { RefusalNotice } from "./refusal_notice.ts";
import {
  listen,
  type Listener,
  type ListenerSecurity,
  type TransportMetrics,
} from "../../wire/transport/mod.ts";
import { idleTimeoutMs } from "./options.ts";

/** Where SV2 miners connect. */
export interface MiningListener {
  readonly listener: Listener;
  /** True where connections are, or can be, encrypted. */
  readonly noise: boolean;
  /** What miners are given: `stratum2+tcp://host:port/KEY`, without a key when noise is off. */
  readonly url: string;
}

/**
 * Listens for SV2 miners.
 *
 * @throws {PoolError} `listen-failed` that names the setting.
 */
export function openMiningListener(
  config: Config,
  modules: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: TransportMetrics;
    readonly conduct: Conduct;
  },
): MiningListener {
  const security = listenerSecurity(config, modules.clock);
  const refusals = new RefusalNotice(modules);
  const { hostname, port } = config.server.listenAddr;
  const { handshakeTimeoutSecs, maxConnectionsPerIp } = config.security;
  try {
    const listener = listen({
      hostname,
      port,
      security,
      maxConnections: connectionsToTake(config, modules.logger),
      maxConnectionsPerIp,
      maxHandshakesPerIp: maxConnectionsPerIp,
      handshakeTimeoutMs: handshakeTimeoutSecs * 1_000,
      idleTimeoutMs: idleTimeoutMs(config),
    }, {
      ...modules,
      random: systemRandom,
      refused: (reason, address) => refusals.refused(reason, address),
    });
    const authorityKey = security.kind === "noise" ? security.issuer.authorityKey : undefined;
    const url = formatPoolUrl({
      ...listener.address,
      ...(authorityKey === undefined ? {} : { authorityKey }),
    });
    return { listener, noise: security.kind === "noise", url };
  } catch (error) {
    const cause = error instanceof Error ? error.cause ?? error : error;
    throw listenFault("Cannot listen for miners", "server.listen_addr", config.server, cause);
  }
}

/** An address that cannot be listened on, with the setting that names it. */
export function listenFault(
  what: string,
  key: string,
  section: { readonly listenAddr: SocketAddress },
  cause: unknown,
): PoolError {
  const address = formatSocketAddress(section.listenAddr);
  const message = `${what} on ${address}, ${key}: ${reasonOf(cause)}`;
  return new PoolError("listen-failed", message, { cause });
}

function listenerSecurity(config: Config, clock: Clock): ListenerSecurity {
  const { noiseEnabled, noisePrivateKey, requireNoise, noiseCertValiditySecs } = config.security;
  if (!noiseEnabled || noisePrivateKey === undefined) return { kind: "plain" };
  const authority = authorityKeyPairOf(hexToBytes(noisePrivateKey.reveal()));
  const issuer = new CertificateIssuer(
    { authority, validitySecs: noiseCertValiditySecs },
    { clock, random: systemRandom },
  );
  return { kind: "noise", issuer, plainToo: !requireNoise };
}

import {
  type Clock,
  type Conduct,
  hexToBytes,
  type Logger,
  PoolError,
  reasonOf,
  systemRandom,
} from "../../base/mod.ts";
import {
  type Config,
  formatSocketAddress,
  type SocketAddress,
  stratumPlaces,
} from "../config/mod.ts";
import { formatStratumUrl } from "../../wire/stratum/mod.ts";
import { authorityKeyPairOf, CertificateIssuer, formatPoolUrl } from "../../wire/noise/mod.ts";
import { connectionsToTake } from "./descriptors.ts";
import type { PeerNetworks } from "./peer_networks.ts";
import type { RefusalNotice } from "./refusal_notice.ts";
import {
  Admission,
  type AdmissionLimits,
  DEFAULT_LISTENER_LIMITS,
  Intake,
  listen,
  type Listener,
  type ListenerSecurity,
  OutgoingBudget,
  type TransportMetrics,
} from "../../wire/transport/mod.ts";
import { idleTimeoutMs } from "./options.ts";

/** Where miners connect. */
export interface MiningListener {
  readonly listener: Listener;
  /** True where connections are, or can be, encrypted. */
  readonly noise: boolean;
  /** What miners are given: `stratum2+tcp://host:port/KEY`, without a key when noise is off. */
  readonly url: string;
  /** Every place where Stratum V1 is served; the listener itself where the address is the same. */
  readonly stratum: readonly StratumListener[];
  /** Where jobs are declared; undefined where they are not. */
  readonly declaration: DeclarationListener | undefined;
  /** Connections of all protocols that are open. */
  readonly active: number;
  /** Accepts nobody any more. */
  close(): Promise<void>;
}

/** Where jobs are declared. */
export interface DeclarationListener {
  readonly listener: Listener;
  /** What declarers are given: `stratum2+tcp://host:port/KEY`, without a key when noise is off. */
  readonly url: string;
}

/** A place where Stratum V1 is served. */
export interface StratumListener {
  readonly listener: Listener;
  readonly startDifficulty: number;
  /** What miners are given: `stratum+tcp://host:port`. */
  readonly url: string;
}

/** What listeners work with. */
export interface MiningListenerModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: TransportMetrics;
  readonly conduct?: Conduct;
  /** Hears of connections that are turned away. */
  readonly refusals: RefusalNotice;
  readonly networks: PeerNetworks;
}

/**
 * Listens for miners of all protocols.
 *
 * @throws {PoolError} `listen-failed` that names the setting.
 */
export async function openMiningListener(
  config: Config,
  modules: MiningListenerModules,
): Promise<MiningListener> {
  const places = stratumPlaces(config);
  const security = listenerSecurity(config, modules.clock, places.some((place) => place.isShared));
  const opened: Listener[] = [];
  // max_connections and what one address may have hold for all places together.
  const admission = new Admission(
    admissionLimits(config, modules.logger),
    (address) => modules.networks.allowance(address)?.maxConnectionsPerIp,
  );
  const intake = new Intake(modules.clock);
  const outgoing = new OutgoingBudget();
  let lastId = 0;
  // Shares of one connection are told from another's by its id, whichever listener it came by.
  const nextConnectionId = (): number => ++lastId;
  const open = (key: string, listenAddr: SocketAddress, security: ListenerSecurity): Listener => {
    const listener = openListener(config, { key, listenAddr, security }, {
      ...modules,
      ...{ nextConnectionId, admission, intake, outgoing },
    });
    opened.push(listener);
    return listener;
  };
  try {
    const listener = open("server.listen_addr", config.server.listenAddr, security);
    const stratum = places.map(({ isShared, key, listenAddr, startDifficulty }) => {
      const own = isShared ? listener : open(key, listenAddr, { kind: "lines" });
      return {
        listener: own,
        startDifficulty,
        url: formatStratumUrl(own.address),
      };
    });
    const authorityKey = security.kind === "noise" ? security.issuer.authorityKey : undefined;
    const urlOf = ({ address }: Listener): string =>
      formatPoolUrl({ ...address, ...(authorityKey === undefined ? {} : { authorityKey }) });
    const declaring = config.jd.enabled
      ? open(
        "server.jd_listen_addr",
        config.server.jdListenAddr,
        listenerSecurity(config, modules.clock, false),
      )
      : undefined;
    return {
      ...{ listener, stratum },
      declaration: declaring && { listener: declaring, url: urlOf(declaring) },
      noise: security.kind === "noise",
      url: urlOf(listener),
      get active(): number {
        return opened.reduce((sum, { active }) => sum + active, 0);
      },
      close: async () => void await Promise.all(opened.map((each) => each.close())),
    };
  } catch (error) {
    await Promise.all(opened.map((each) => each.close()));
    throw error;
  }
}

function openListener(
  config: Config,
  place: {
    readonly key: string;
    readonly listenAddr: SocketAddress;
    readonly security: ListenerSecurity;
  },
  modules: MiningListenerModules & {
    readonly nextConnectionId: () => number;
    readonly admission: Admission;
    readonly intake: Intake;
    readonly outgoing: OutgoingBudget;
  },
): Listener {
  const { key, listenAddr, security } = place;
  const { refusals, conduct, networks } = modules;
  try {
    return listen({
      ...listenAddr,
      security,
      handshakeTimeoutMs: config.security.handshakeTimeoutSecs * 1_000,
      idleTimeoutMs: idleTimeoutMs(config),
    }, {
      ...modules,
      random: systemRandom,
      proxies: networks,
      admits: (address) => conduct?.isBanned(address) !== true,
      refused: (reason, address) => refusals.refused(reason, address),
    });
  } catch (error) {
    const cause = error instanceof Error ? error.cause ?? error : error;
    throw new ListenError({ what: "Cannot listen for miners", key, address: listenAddr }, cause);
  }
}

/** As many miners as the system has descriptors for, and farms that come back all at once. */
function admissionLimits(config: Config, logger: Logger): AdmissionLimits {
  const { maxConnectionsPerIp } = config.security;
  return {
    ...DEFAULT_LISTENER_LIMITS,
    maxConnections: connectionsToTake(config, logger),
    maxConnectionsPerIp,
    maxHandshakesPerIp: maxConnectionsPerIp,
  };
}

/** An address that could not be listened on. */
export interface ListenAttempt {
  /** What was wanted of it, as in "Cannot serve metrics". */
  readonly what: string;
  readonly address: SocketAddress;
  /** The setting or option that names it. */
  readonly key: string;
}

/** An address cannot be listened on. */
export class ListenError extends PoolError {
  readonly attempt: ListenAttempt;

  constructor(attempt: ListenAttempt, cause: unknown) {
    const { what, address, key } = attempt;
    const message = `${what} on ${formatSocketAddress(address)}, ${key}: ${reasonOf(cause)}`;
    super("listen-failed", message, { cause });
    this.attempt = attempt;
  }
}

function listenerSecurity(config: Config, clock: Clock, linesToo: boolean): ListenerSecurity {
  const { noiseEnabled, noisePrivateKey, requireNoise, noiseCertValiditySecs } = config.security;
  if (!noiseEnabled || noisePrivateKey === undefined) return { kind: "plain", linesToo };
  const authority = authorityKeyPairOf(hexToBytes(noisePrivateKey.reveal()));
  const issuer = new CertificateIssuer(
    { authority, validitySecs: noiseCertValiditySecs },
    { clock, random: systemRandom },
  );
  return { kind: "noise", issuer, plainToo: !requireNoise, linesToo };
}

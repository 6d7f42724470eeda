import {
  clientNetwork,
  type Clock,
  type Conduct,
  judgeAfter,
  type Logger,
  Outage,
  type OutageWords,
  PoolError,
  type Random,
  reasonOf,
  silentLogger,
  sleep,
} from "../../base/mod.ts";
import type { CertificateIssuer } from "../noise/mod.ts";
import { framesOn, linesOn } from "./_framed_connection.ts";
import { type HandshakeOutcome, type ListenerSecurity, shakeHands } from "./_server_handshake.ts";
import { readPassedOn, type TrustedProxies } from "./_passed_on.ts";
import { TakenInTurn } from "./_taken_in_turn.ts";
import { WorkTurns } from "./_work_turns.ts";
import { Admission, type Ticket } from "./admission.ts";
import { type ByteSocket, closeQuietly } from "./byte_socket.ts";
import type { Connection } from "./connection.ts";
import type { FrameConnection } from "./frame_connection.ts";
import { Intake } from "./intake.ts";
import { OutgoingBudget } from "./outgoing_budget.ts";
import type { LineConnection } from "./line_connection.ts";
import { ACCEPT_RETRY_MS, DEFAULT_LISTENER_LIMITS, type ListenerLimits } from "./limits.ts";
import {
  type HandshakeFailure,
  type HandshakeFaultCode,
  NO_TRANSPORT_METRICS,
  type RefusalReason,
  type TransportMetrics,
} from "./metrics.ts";
import { type AcceptingSocket, isOutOfDescriptors, openPort } from "./tcp.ts";

/** Where and how to listen; bounds that are left out have the values of `limits.ts`. */
export interface ListenOptions extends Partial<ListenerLimits> {
  /** An address of this machine, or 0.0.0.0 or :: for all. */
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly security: ListenerSecurity;
}

/** What a listener works with. */
export interface ListenModules {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  readonly metrics?: TransportMetrics;
  /** Hears of clients that do not finish a handshake, and of broken streams. */
  readonly conduct?: Conduct;
  /** Balancers that say whose connections they pass on. */
  readonly proxies?: TrustedProxies;
  /** Asked as soon as a client's address is known; false closes it at once. */
  readonly admits?: (remoteAddress: string) => boolean;
  /** Told of each connection that is turned away, with the client's IP address. */
  readonly refused?: (reason: RefusalReason, remoteAddress: string) => void;
  /** Counts the connections; listeners that share it have their bounds together. */
  readonly admission?: Admission;
  /** Bounds what waits to be written; listeners that share it have its bound together. */
  readonly outgoing?: OutgoingBudget;
  /** Divides the event loop among connections; listeners that share it have it together. */
  readonly intake?: Intake;
  /** Numbers the connections; listeners that share it have no id in common. */
  readonly nextConnectionId?: () => number;
}

/** A port that is being listened on. */
export interface Listener {
  readonly address: { readonly hostname: string; readonly port: number };
  /** Connections whose handshake is done and that are open. */
  readonly active: number;
  /**
   * Connections of frames whose handshake is done; to be iterated once. Ends when the listener
   * closes.
   */
  connections(): AsyncIterable<FrameConnection>;
  /** Connections of lines, in the same way; none come where lines are not served. */
  lineConnections(): AsyncIterable<LineConnection>;
  /** Lets handshakes from here on show another identity; connections that stand are not touched. */
  replaceIdentity(issuer: CertificateIssuer): void;
  /**
   * Frees the port, ends handshakes and closes the connections that nobody has taken. Connections
   * that were taken are their taker's to close.
   */
  close(): Promise<void>;
}

/** A client that is not established yet. */
interface Handshake {
  /** Resolves when it is established or gone; never rejects. */
  readonly done: Promise<void>;
  readonly remoteAddress: string;
}

/** An accepted connection and whose it is, as far as that is known. */
interface Client {
  readonly id: number;
  socket: ByteSocket;
  address: string;
  /** See {@link Connection.network}. */
  network: string;
}

const ACCEPT_WORDS: OutageWords = {
  level: "warn",
  event: "accept_failed",
  begins: "connections cannot be accepted",
  endEvent: "accept_recovered",
  ends: "connections are accepted again",
  patience: 1,
};

/**
 * Listens on a TCP port.
 *
 * @throws {TransportError} `listen-failed` when the address cannot be listened on.
 */
export function listen(options: ListenOptions, modules: ListenModules): Listener {
  const { address, socket } = openPort(options.hostname, options.port);
  return new SocketListener({ ...options, ...address }, modules, socket);
}

/** See {@link listen}; apart from it so that tests can accept what they like. */
export class SocketListener implements Listener {
  readonly address: { readonly hostname: string; readonly port: number };
  readonly #limits: ListenerLimits;
  readonly #modules: ListenModules;
  readonly #metrics: TransportMetrics;
  readonly #logger: Logger;
  readonly #socket: AcceptingSocket;
  readonly #admission: Admission;
  readonly #turns: WorkTurns;
  readonly #intake: Intake;
  readonly #outgoing: OutgoingBudget;
  readonly #frames: TakenInTurn<FrameConnection>;
  readonly #lines: TakenInTurn<LineConnection>;
  /** In the order in which they came. */
  readonly #handshakes = new Map<ByteSocket, Handshake>();
  /** Established and open, in the order in which they came. */
  readonly #open = new Set<Connection<unknown>>();
  readonly #accepts: Outage;
  readonly #stop = new AbortController();
  readonly #accepting: Promise<void>;
  #security: ListenerSecurity;
  #active = 0;
  #lastId = 0;

  constructor(options: ListenOptions, modules: ListenModules, socket: AcceptingSocket) {
    this.address = { hostname: options.hostname, port: options.port };
    this.#limits = { ...DEFAULT_LISTENER_LIMITS, ...options };
    this.#modules = modules;
    this.#metrics = modules.metrics ?? NO_TRANSPORT_METRICS;
    this.#logger = modules.logger ?? silentLogger;
    this.#socket = socket;
    this.#security = options.security;
    this.#admission = modules.admission ?? new Admission(this.#limits);
    this.#turns = new WorkTurns(modules.clock);
    this.#intake = modules.intake ?? new Intake(modules.clock);
    this.#outgoing = modules.outgoing ?? new OutgoingBudget();
    this.#frames = new TakenInTurn(this.#limits.maxConnections);
    this.#lines = new TakenInTurn(this.#limits.maxConnections);
    this.#accepts = new Outage(this.#logger, ACCEPT_WORDS);
    this.#accepting = this.#accept();
  }

  get active(): number {
    return this.#active;
  }

  connections(): AsyncGenerator<FrameConnection, void> {
    return this.#frames.take();
  }

  lineConnections(): AsyncGenerator<LineConnection, void> {
    return this.#lines.take();
  }

  replaceIdentity(issuer: CertificateIssuer): void {
    if (this.#security.kind === "noise") this.#security = { ...this.#security, issuer };
  }

  async close(): Promise<void> {
    if (!this.#stop.signal.aborted) {
      this.#stop.abort();
      this.#socket.close();
      for (const socket of this.#handshakes.keys()) closeQuietly(socket);
      this.#frames.close();
      this.#lines.close();
    }
    await this.#accepting;
    await Promise.all([...this.#handshakes.values()].map(({ done }) => done));
    await Promise.all([this.#frames.closeUntaken(), this.#lines.closeUntaken()]);
  }

  async #accept(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const socket = await this.#socket.accept();
        this.#accepts.succeeded();
        // It may have been accepted in the very moment in which we closed.
        if (signal.aborted) closeQuietly(socket);
        else this.#admit(socket, socket.remoteAddress);
      } catch (error) {
        if (signal.aborted) return;
        // One failure must not end the service: descriptors run out and come back.
        this.#metrics.acceptFailures.increment();
        this.#accepts.failed(reasonOf(error));
        if (isOutOfDescriptors(error)) this.#makeRoom();
        await sleep(this.#modules.clock, ACCEPT_RETRY_MS, signal);
      }
    }
  }

  #admit(socket: ByteSocket, remoteAddress: string): void {
    const { proxies, admits } = this.#modules;
    const isProxy = proxies?.isTrusted(remoteAddress) === true;
    const answer = isProxy || (admits?.(remoteAddress) ?? true)
      ? this.#admission.admit(isProxy ? undefined : remoteAddress)
      : { refused: "not_admitted" } as const;
    if ("refused" in answer) return this.#refuse(socket, remoteAddress, answer.refused);
    const done = this.#establish(socket, remoteAddress, answer.ticket);
    this.#handshakes.set(socket, { done, remoteAddress });
    done.finally(() => this.#handshakes.delete(socket));
  }

  /** Gives descriptors back for what must never fail: those who came last go first. */
  #makeRoom(): void {
    let count = this.#admission.outOfDescriptors();
    for (const [socket, { remoteAddress }] of [...this.#handshakes].reverse()) {
      if (count-- <= 0) return;
      this.#refuse(socket, remoteAddress, "descriptors");
    }
    for (const connection of [...this.#open].reverse()) {
      if (count-- <= 0) return;
      connection.close("the pool has no descriptors left");
    }
  }

  #refuse(socket: ByteSocket, remoteAddress: string, reason: RefusalReason): void {
    closeQuietly(socket);
    this.#modules.refused?.(reason, remoteAddress);
    this.#metrics.connectionsRefused.increment(reason);
    this.#logger.log("debug", "connection_refused", "a connection was refused", { reason });
  }

  /** From an accepted socket to a connection in the queue, or to nothing; never rejects. */
  async #establish(socket: ByteSocket, remoteAddress: string, ticket: Ticket): Promise<void> {
    const { clock, random } = this.#modules;
    const { signal } = this.#stop;
    let timedOut = false;
    const cancel = judgeAfter(clock, this.#limits.handshakeTimeoutMs, () => {
      timedOut = true;
      closeQuietly(socket);
    });
    const isOver = (): boolean => timedOut || signal.aborted;
    const id = this.#nextId();
    const network = clientNetwork(remoteAddress);
    const client: Client = { id, socket, address: remoteAddress, network };
    try {
      if (await this.#identify(client, ticket)) {
        const modules = {
          ...{ socket: client.socket, network: client.network },
          ...{ random, turns: this.#turns, isOver },
        };
        const outcome = await shakeHands(this.#security, modules);
        if (this.#deliver(outcome, client, ticket)) return;
      }
    } catch (error) {
      if (timedOut) this.#report("timeout", client.address);
      this.#countFailure(timedOut ? "timeout" : "socket_error", reasonOf(error));
      // Sockets fail with errors of the runtime; ours and range errors are faults of this program.
      if (error instanceof PoolError || error instanceof RangeError) {
        this.#logger.log("error", "handshake_fault", reasonOf(error));
      }
    } finally {
      cancel();
      ticket.handshakeDone();
    }
    closeQuietly(socket);
    ticket.release();
  }

  /** Learns from a balancer whose connection it is; false when that one is turned away. */
  async #identify(client: Client, ticket: Ticket): Promise<boolean> {
    const { proxies, admits } = this.#modules;
    if (proxies?.isTrusted(client.address) !== true) return true;
    if (!proxies.sendHeader) {
      proxies.headerMissing(client.address);
      client.network = ownNetwork(client);
      return true;
    }
    const passedOn = await readPassedOn(client.socket);
    switch (passedOn.kind) {
      case "closed":
        this.#countFailure("closed", "a balancer has closed the connection");
        return false;
      case "malformed":
        this.#countFailure("proxy_header", "a balancer's PROXY header cannot be read");
        return false;
      case "unnamed":
        if (!passedOn.hasHeader) proxies.headerMissing(client.address);
        client.socket = passedOn.socket;
        client.network = ownNetwork(client);
        return true;
      case "client": {
        const { socket, address } = passedOn;
        Object.assign(client, { socket, address, network: clientNetwork(address) });
        const isAdmitted = admits?.(address) ?? true;
        const refused = isAdmitted ? ticket.assign(address) : "not_admitted";
        if (refused !== undefined) this.#refuse(socket, address, refused);
        return refused === undefined;
      }
    }
  }

  /** True when the socket belongs to a connection from here on. */
  #deliver(outcome: HandshakeOutcome, client: Client, ticket: Ticket): boolean {
    const { socket, address } = client;
    switch (outcome.kind) {
      case "plain_refused":
        this.#report("plain", address);
        this.#refuse(socket, address, "plain");
        return false;
      case "text":
      case "closed":
        if (outcome.kind === "text" || outcome.spoke) this.#report(outcome.kind, address);
        this.#countFailure(outcome.kind, "the first bytes are no handshake");
        return false;
      case "frames":
      case "lines":
        this.#connect(outcome, client, ticket);
        return true;
    }
  }

  #connect(
    outcome: Extract<HandshakeOutcome, { readonly early: Uint8Array }>,
    { id, socket, address: remoteAddress, network }: Client,
    ticket: Ticket,
  ): void {
    const { clock, conduct } = this.#modules;
    const { early } = outcome;
    const options = { id, remoteAddress, network, limits: this.#limits, early };
    const heard = conduct === undefined ? {} : { conduct };
    const modules = {
      ...{ socket, clock, metrics: this.#metrics, intake: this.#intake },
      ...{ outgoing: this.#outgoing, ...heard },
    };
    if (outcome.kind === "lines") {
      const connection = linesOn(options, modules);
      this.#count(connection, ticket);
      this.#lines.add(connection);
      return;
    }
    const connection = framesOn(options, { ...modules, codec: outcome.codec });
    if (connection.encrypted) this.#metrics.connectionsNoiseTotal.increment();
    this.#count(connection, ticket);
    this.#frames.add(connection);
  }

  #count(connection: Connection<unknown>, ticket: Ticket): void {
    this.#open.add(connection);
    this.#metrics.connectionsTotal.increment();
    this.#metrics.connectionsActive.set(++this.#active);
    void connection.closed.then(() => {
      ticket.release();
      this.#open.delete(connection);
      this.#metrics.connectionsActive.set(--this.#active);
    });
  }

  /** A client's fault in its handshake. What our own shutdown ends is nobody's. */
  #report(code: HandshakeFaultCode, address: string): void {
    if (this.#stop.signal.aborted) return;
    this.#modules.conduct?.fault({ kind: "handshake", address, code });
  }

  #countFailure(failure: HandshakeFailure, reason: string): void {
    // Handshakes that our own shutdown ends are nobody's failure.
    if (this.#stop.signal.aborted) return;
    this.#metrics.handshakeFailures.increment(failure);
    this.#logger.log("debug", "handshake_failed", reason, { failure });
  }

  #nextId(): number {
    return this.#modules.nextConnectionId?.() ?? ++this.#lastId;
  }
}

/** Nobody knows who else is behind the balancer: the connection shares with none. */
function ownNetwork({ id, address }: Client): string {
  return `${address}#${id}`;
}

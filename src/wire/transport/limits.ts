/**
 * Every bound of this room, with the reason for its value.
 *
 * @module
 */

/** The bounds of one connection. */
export interface ConnectionLimits {
  /** A peer that sends no byte for this long is closed. */
  readonly idleTimeoutMs: number;
  /** A peer that takes no byte of what is being written for this long is closed. */
  readonly writeTimeoutMs: number;
  /** What closing may take: sending what is queued, and waiting for the peer to hang up. */
  readonly closeTimeoutMs: number;
  /** Plain bytes that may wait to be written when another send comes. */
  readonly queuedBytesMax: number;
}

/** Bounds of a connection where nothing else is asked for. */
export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  // Five minutes: a miner at five shares a minute is silent for this long once in e^25 times.
  idleTimeoutMs: 300_000,
  // Longer than TCP needs to recover from a short outage, shorter than the life of a job.
  writeTimeoutMs: 30_000,
  // A last message reaches anybody alive in a second or two, and shutdown waits for it.
  closeTimeoutMs: 2_000,
  // The jobs of a proxy with a thousand channels and what else comes until it has taken them. Slow
  // readers cost so much each and a write's sealed form (64 KB, or one send): an address with its
  // 100 connections some 35 MB, all 10,000 connections 3.5 GB.
  queuedBytesMax: 256 * 1024,
};

/** The bounds of a listener. */
export interface ListenerLimits extends ConnectionLimits {
  /** Connections at the same time, those in a handshake included. */
  readonly maxConnections: number;
  /** The same per address: an IPv4 address, or 64 bits of an IPv6 address. */
  readonly maxConnectionsPerIp: number;
  /** What a client may take to be known as plain, or to finish the Noise handshake. */
  readonly handshakeTimeoutMs: number;
  /** Handshakes at the same time. */
  readonly maxHandshakes: number;
  /** The same per address. */
  readonly maxHandshakesPerIp: number;
}

/** Bounds of a listener where nothing else is asked for. */
export const DEFAULT_LISTENER_LIMITS: ListenerLimits = {
  ...DEFAULT_CONNECTION_LIMITS,
  maxConnections: 10_000,
  // A farm behind one address.
  maxConnectionsPerIp: 100,
  handshakeTimeoutMs: 10_000,
  // All that a second of storm can finish, several times over: a handshake takes about a
  // millisecond of one core, and about 10 KB while it waits for its client.
  maxHandshakes: 2_000,
  // A farm comes back all at once after an outage, so this does not go below its connections.
  maxHandshakesPerIp: 100,
};

/** Largest payload before the user of a connection says otherwise: SetupConnection fits. */
export const FIRST_PAYLOAD_LENGTH_MAX = 2048;

/**
 * Bytes of a line, its end not counted: a share has 2,900, and a batch of five of them fits. All
 * 10,000 connections with a line that never ends hold 160 MB.
 */
export const LINE_LENGTH_MAX = 16 * 1024;

/** Bytes put into one write; many small frames become few packets. */
export const WRITE_BATCH_LENGTH = 64 * 1024;

/** A read buffer starts so small because most connections are silent most of the time, … */
export const READ_BUFFER_LENGTH_MIN = 4 * 1024;

/** … and grows to this when the peer fills it. */
export const READ_BUFFER_LENGTH_MAX = 64 * 1024;

/**
 * Frames or lines that one connection hands out in one turn of the event loop. Small ones come by the
 * thousand in one read, and everybody else waits while they are answered: eight shares that are hashed,
 * or channels that are opened, take a third of a millisecond to one.
 */
export const UNITS_PER_TURN_MAX = 8;

/**
 * Units that a network of clients may send at once and is read before others for: a miner that
 * connects sends three to five, a large proxy's burst of shares is hardly more.
 */
export const INTAKE_CREDIT_MAX = 32;

/** Units a millisecond that are added to it: 100 a second, of 1,200 machines at five shares a minute. */
export const INTAKE_CREDIT_PER_MS = 0.1;

/** The most that a network is behind: two seconds. */
export const INTAKE_DEBT_MAX = 200;

/** A slice of time, as a timer of the event loop gives it. */
export const INTAKE_SLICE_MS = 1;

/** Units in a slice: two milliseconds of work, so that new work and blocks go out in between. */
export const INTAKE_UNITS_PER_SLICE = 48;

/** Networks without a connection whose debts are remembered, 100 bytes each; beyond, the oldest go. */
export const INTAKE_NETWORKS_MAX = 65_536;

/**
 * Bytes that may wait to be written on all connections together. New work for 20,000 channels is 4 MB;
 * beyond, the connection on which most waits is closed.
 */
export const QUEUED_BYTES_TOTAL_MAX = 256 * 1024 * 1024;

/** Bytes that a peer may still send into a connection that is closing; they are thrown away. */
export const DISCARDED_BYTES_MAX = 256 * 1024;

/**
 * Descriptors (files and sockets) of the process that miners are not given, so that strangers who
 * open all the connections that they can stop nothing else: 128 for the two HTTP doors, 6 for the
 * database, 30 for calls to nodes and wallet, the rest for files.
 */
export const DESCRIPTORS_RESERVED = 192;

/** How long the listener waits when accepting fails, as it does when file handles run out. */
export const ACCEPT_RETRY_MS = 100;

/**
 * Connections that the system holds ready while we are busy: as many as Linux allows where nothing
 * else is set, so that clients that come back all at once need not try again.
 */
export const ACCEPT_BACKLOG = 4_096;

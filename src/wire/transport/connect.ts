import { type Clock, deadline, type Random, reasonOf } from "../../base/mod.ts";
import {
  ACT2_LENGTH,
  generateKeyPair,
  type NoiseCodec,
  NoiseError,
  startHandshake,
} from "../noise/mod.ts";
import { type FrameCodec, PlainFrameCodec, SealedFrameCodec } from "./_frame_codec.ts";
import { framesOn, linesOn } from "./_framed_connection.ts";
import { type ByteSocket, closeQuietly, writeAll } from "./byte_socket.ts";
import { TransportError } from "./errors.ts";
import type { FrameConnection } from "./frame_connection.ts";
import type { LineConnection } from "./line_connection.ts";
import {
  type ConnectionLimits,
  DEFAULT_CONNECTION_LIMITS,
  DEFAULT_LISTENER_LIMITS,
  FIRST_PAYLOAD_LENGTH_MAX,
} from "./limits.ts";
import { NO_TRANSPORT_METRICS, type TransportMetrics } from "./metrics.ts";
import { tcpSocket } from "./tcp.ts";

/** Where and how to connect; bounds that are left out have the values of `limits.ts`. */
export interface ConnectOptions extends Partial<ConnectionLimits> {
  readonly hostname: string;
  readonly port: number;
  /** Speaks plain SV2. */
  readonly plain?: boolean;
  /** 32 bytes, x-only: whose signature the server must show. Absent: any server is believed. */
  readonly authorityKey?: Uint8Array;
  /** By how many seconds our clock and the server's may differ; 10 where it is left out. */
  readonly clockToleranceSecs?: number;
  /** What connecting and the handshake may take together. */
  readonly handshakeTimeoutMs?: number;
  /** The connection's id. */
  readonly id?: number;
  /** Gives up connecting; an established connection is not affected. */
  readonly signal?: AbortSignal;
}

/** What a client works with. */
export interface ConnectModules {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics?: TransportMetrics;
}

/** As much as the SV2 reference implementation allows. */
const CLOCK_TOLERANCE_SECS = 10;

/**
 * Connects to a pool over SV2.
 *
 * @throws {TransportError} when there is no connection or no answer.
 * @throws {NoiseError} when the server cannot be trusted.
 */
export function connect(
  options: ConnectOptions,
  modules: ConnectModules,
): Promise<FrameConnection> {
  return connected(options, modules, async (socket) => {
    const codec = options.plain === true
      ? new PlainFrameCodec(FIRST_PAYLOAD_LENGTH_MAX)
      : await shakeHands(socket, options, modules);
    return framesOn(connectionOptions(options, socket), { ...parts(socket, modules), codec });
  });
}

/**
 * Connects to a pool over Stratum V1, which is not encrypted.
 *
 * @throws {TransportError} when there is no connection.
 */
export function connectLines(
  options: Omit<ConnectOptions, "plain" | "authorityKey" | "clockToleranceSecs">,
  modules: Pick<ConnectModules, "clock" | "metrics">,
): Promise<LineConnection> {
  return connected(
    options,
    modules,
    (socket) =>
      Promise.resolve(linesOn(connectionOptions(options, socket), parts(socket, modules))),
  );
}

type DialedSocket = ByteSocket & { readonly remoteAddress: string };

/** Dials, and makes a connection of the socket, within the time that is allowed for both. */
async function connected<C>(
  options: ConnectOptions,
  modules: Pick<ConnectModules, "clock">,
  make: (socket: DialedSocket) => Promise<C>,
): Promise<C> {
  const timeoutMs = options.handshakeTimeoutMs ?? DEFAULT_LISTENER_LIMITS.handshakeTimeoutMs;
  const limit = deadline(modules.clock, timeoutMs, options.signal);
  let socket: DialedSocket | undefined;
  const abandon = (): void => {
    if (socket !== undefined) closeQuietly(socket);
  };
  limit.signal.addEventListener("abort", abandon, { once: true });
  try {
    socket = await dial(options, limit.signal);
    limit.signal.throwIfAborted();
    return await make(socket);
  } catch (error) {
    abandon();
    throw explain(error, { options, limit: limit.signal, dialed: socket !== undefined });
  } finally {
    limit.signal.removeEventListener("abort", abandon);
    limit.done();
  }
}

function connectionOptions(options: ConnectOptions, { remoteAddress }: DialedSocket) {
  const limits = { ...DEFAULT_CONNECTION_LIMITS, ...options };
  return { id: options.id ?? 0, remoteAddress, limits };
}

function parts(socket: DialedSocket, modules: Pick<ConnectModules, "clock" | "metrics">) {
  return { socket, clock: modules.clock, metrics: modules.metrics ?? NO_TRANSPORT_METRICS };
}

async function dial(
  options: ConnectOptions,
  signal: AbortSignal,
): Promise<DialedSocket> {
  const conn = await Deno.connect({ hostname: options.hostname, port: options.port, signal });
  return tcpSocket(conn);
}

async function shakeHands(
  socket: ByteSocket,
  options: ConnectOptions,
  modules: ConnectModules,
): Promise<FrameCodec> {
  const { act1, awaiting } = startHandshake(generateKeyPair(modules.random));
  await writeAll(socket, act1);
  const act2 = await readExactly(socket, ACT2_LENGTH, options);
  const { codec }: { codec: NoiseCodec } = awaiting.finish(act2, {
    authorityKey: options.authorityKey,
    unixTime: Math.floor(modules.clock.now() / 1000),
    clockToleranceSecs: options.clockToleranceSecs ?? CLOCK_TOLERANCE_SECS,
  });
  return new SealedFrameCodec(codec, FIRST_PAYLOAD_LENGTH_MAX);
}

async function readExactly(
  socket: ByteSocket,
  length: number,
  { hostname, port }: ConnectOptions,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const count = await socket.read(bytes.subarray(filled));
    if (count === null) {
      throw new TransportError(
        "handshake-closed",
        "Cannot connect: the server hung up during the Noise handshake; if it does not encrypt, " +
          "connect without Noise",
        { hostname, port },
      );
    }
    filled += count;
  }
  return bytes;
}

/** How far a failed attempt came. */
interface Attempt {
  readonly options: ConnectOptions;
  readonly limit: AbortSignal;
  readonly dialed: boolean;
}

/** What went wrong, in this room's terms. */
function explain(error: unknown, { options, limit, dialed }: Attempt): unknown {
  const { hostname, port } = options;
  const facts = { hostname, port, cause: error };
  if (options.signal?.aborted) {
    return new TransportError("connect-aborted", "Cannot connect: given up", facts);
  }
  const where = `${hostname} port ${port}`;
  if (limit.aborted) {
    const message = `Cannot connect to ${where}: no answer in time`;
    return new TransportError("handshake-timeout", message, facts);
  }
  if (error instanceof NoiseError || error instanceof TransportError) return error;
  return new TransportError(
    // A server that resets the connection has hung up as well.
    dialed ? "handshake-closed" : "connect-failed",
    `Cannot connect to ${where}: ${reasonOf(error)}`,
    facts,
  );
}

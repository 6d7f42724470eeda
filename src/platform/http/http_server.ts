import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  type Clock,
  concatBytes,
  type Logger,
  PoolError,
  reasonOf,
  sleep,
  systemClock,
} from "../../base/mod.ts";
import { type PeerSocket, PeerStream } from "./_peer_stream.ts";
import { type RefusalWords, Router } from "./_router.ts";
import type { HttpReply, Route } from "./route.ts";

/** Where the server stands and what it takes. */
export interface HttpOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Connections at once; further ones are closed. */
  readonly connectionsMax: number;
  /** Bytes of a request's body. */
  readonly bodyLengthMax: number;
  /** The longest that a whole request may take to come. */
  readonly requestTimeoutMs: number;
  /** What is shown as `Authorization: Bearer …` for the routes that ask for it. */
  readonly token?: string;
}

/** What is served, and where faults are reported. */
export interface HttpModules {
  readonly routes: readonly Route[];
  readonly refusals: RefusalWords;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** An open server. */
export interface HttpServer {
  readonly hostname: string;
  readonly port: number;
  close(): Promise<void>;
}

/** The address cannot be listened on. */
export class HttpListenError extends PoolError {
  constructor(readonly hostname: string, readonly port: number, cause: unknown) {
    super("http-listen", `Cannot listen on ${hostname}:${port}: ${reasonOf(cause)}`, { cause });
  }
}

/** The socket that accepts; apart from the runtime's so that tests can have it fail. */
export interface AcceptingSocket {
  readonly port: number;
  accept(): Promise<PeerSocket>;
  close(): void;
}

/** Longer than the usual 15 s between two scrapes, so that these share a connection. */
const KEEP_ALIVE_MS = 30_000;
const HEADER_LENGTH_MAX = 8 * 1024;
/** They are the peers' own, see {@link PeerStream}. */
const NO_TIMEOUTS = { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 };
/** After a failed accept: file handles come back when connections end. */
const ACCEPT_RETRY_MS = 100;

/**
 * Opens the server.
 *
 * @throws {HttpListenError} when the address is taken or not this machine's.
 */
export function serveHttp(options: HttpOptions, modules: HttpModules): HttpServer {
  return new ListeningServer(options, modules, openPort(options));
}

function openPort({ hostname, port }: HttpOptions): AcceptingSocket {
  try {
    const listener = Deno.listen({ hostname, port });
    const { addr } = listener;
    return { port: addr.port, accept: () => listener.accept(), close: () => listener.close() };
  } catch (cause) {
    throw new HttpListenError(hostname, port, cause);
  }
}

/**
 * Accepts by itself and hands `node:http` the connections: a server that `node:http` accepts for
 * ends at its first failed accept, without an event, and reports that it listens.
 */
export class ListeningServer implements HttpServer {
  readonly hostname: string;
  readonly port: number;
  readonly #options: HttpOptions;
  readonly #router: Router;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #socket: AcceptingSocket;
  readonly #http: Server;
  readonly #peers = new Set<PeerStream>();
  readonly #stop = new AbortController();
  readonly #accepting: Promise<void>;

  constructor(options: HttpOptions, modules: HttpModules, socket: AcceptingSocket) {
    this.hostname = options.hostname;
    this.port = socket.port;
    this.#options = options;
    this.#router = new Router(modules.routes, modules.refusals, options.token);
    this.#logger = modules.logger;
    this.#clock = modules.clock ?? systemClock;
    this.#socket = socket;
    this.#http = createServer(
      { maxHeaderSize: HEADER_LENGTH_MAX, ...NO_TIMEOUTS },
      (request, response) => this.#serve(request, response),
    );
    // Else it would take itself for closing, and end each connection after one answer.
    Object.defineProperty(this.#http, "listening", { value: true });
    this.#accepting = this.#accept();
  }

  async close(): Promise<void> {
    if (!this.#stop.signal.aborted) {
      this.#stop.abort();
      this.#socket.close();
      for (const peer of this.#peers) peer.destroy();
    }
    await this.#accepting;
  }

  /** Goes on after a failure, which is reported once with its end. */
  async #accept(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const socket = await this.#socket.accept();
        if (failures > 0) this.#reportResumed(failures);
        failures = 0;
        this.#take(socket);
      } catch (thrown) {
        if (signal.aborted) return;
        if (failures++ === 0) this.#reportFailed(thrown);
        await sleep(this.#clock, ACCEPT_RETRY_MS, signal);
      }
    }
  }

  #reportFailed(thrown: unknown): void {
    const text = `HTTP connections cannot be accepted, retrying: ${reasonOf(thrown)}`;
    this.#logger.log("warn", "http_accept_failed", text, { address: this.#address });
  }

  #reportResumed(failures: number): void {
    const fields = { address: this.#address, failures };
    this.#logger.log("info", "http_accept_resumed", "HTTP connections are accepted again", fields);
  }

  get #address(): string {
    return `${this.hostname}:${this.port}`;
  }

  #take(socket: PeerSocket): void {
    const { connectionsMax, requestTimeoutMs } = this.#options;
    const limits = { requestMs: requestTimeoutMs, idleMs: KEEP_ALIVE_MS };
    const peer = new PeerStream(socket, limits, this.#clock);
    // What goes wrong on a connection ends it alone and is nothing to report.
    peer.on("error", () => {});
    if (this.#stop.signal.aborted || this.#peers.size >= connectionsMax) {
      peer.destroy();
      return;
    }
    this.#peers.add(peer);
    peer.once("close", () => this.#peers.delete(peer));
    this.#http.emit("connection", peer);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const peer: unknown = request.socket;
    // One request at a time on a connection: a client that sends further ones without waiting for the
    // answer could have any number of answers made and never read them.
    if (!(peer instanceof PeerStream) || !peer.beginAnswer()) {
      request.socket.destroy();
      return;
    }
    if (!hasBody(request)) peer.requestRead();
    response.on("error", () => {});
    response.once("finish", () => peer.answerTaken());
    this.#answer(request, peer).then(({ reply, headers }) => {
      peer.answerSent();
      send(request, response, reply, headers);
    });
  }

  async #answer(request: IncomingMessage, peer: PeerStream): Promise<Answer> {
    const { method = "", url = "/", headers } = request;
    const { authorization } = headers;
    const found = this.#router.find({ method, target: url, authorization });
    if ("reply" in found) return found;
    const { route, parameters, query } = found;
    const body = async (): Promise<Uint8Array | undefined> => {
      const bytes = await readBody(request, this.#options.bodyLengthMax);
      peer.requestRead();
      return bytes;
    };
    try {
      return { reply: await route.handle({ parameters, query, body }), headers: {} };
    } catch (thrown) {
      this.#logger.log("error", "http_failed", reasonOf(thrown));
      return { reply: FAILED, headers: {} };
    }
  }
}

interface Answer {
  readonly reply: HttpReply;
  readonly headers: Readonly<Record<string, string>>;
}

const FAILED: HttpReply = {
  status: 500,
  type: "text/plain; charset=utf-8",
  body: "Temporarily unavailable; see the pool's log.\n",
};

async function readBody(
  request: IncomingMessage,
  lengthMax: number,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > lengthMax) return undefined;
    parts.push(Uint8Array.from(part));
  }
  return concatBytes(...parts);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: HttpReply,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(reply.status, {
    "content-type": reply.type,
    "content-length": new TextEncoder().encode(reply.body).length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'",
    ...headers,
    // The rest of a body that was not read is no request: the connection ends instead.
    ...(hasBody(request) && !request.complete ? { connection: "close" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : reply.body);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

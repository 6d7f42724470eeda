/**
 * As much of an HTTP/1.1 server as a JSON-RPC node needs, on bare sockets: only so can a connection
 * be closed without an answer, or a call be left hanging, as the real node does.
 *
 * @module
 */
import { HttpConnection, type HttpHandler } from "./_http_connection.ts";

/** The real node's framework serves this many; further ones are told to come later. */
const CONNECTIONS_MAX = 100;

/** Listens on a loopback port and hands each request to one handler. */
export class HttpServer {
  readonly #listener: Deno.TcpListener;
  readonly #handler: HttpHandler;
  readonly #connections = new Set<HttpConnection>();
  readonly #finished: Promise<void>;

  /** @param options `port` 0 takes a free one. */
  constructor(options: { hostname: string; port: number }, handler: HttpHandler) {
    this.#handler = handler;
    this.#listener = Deno.listen({ ...options, transport: "tcp" });
    this.#finished = this.#accept();
  }

  /** Where it listens. */
  get url(): string {
    const address = this.#listener.addr as Deno.NetAddr;
    return `http://${address.hostname}:${address.port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Closes what is open; new connections are still taken. */
  closeConnections(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Stops listening, closes all connections and waits until they have ended. */
  async close(): Promise<void> {
    this.#listener.close();
    this.closeConnections();
    await this.#finished;
  }

  async #accept(): Promise<void> {
    const serving = new Set<Promise<void>>();
    for await (const socket of this.#listener) {
      const connection = new HttpConnection(socket);
      if (this.#connections.size >= CONNECTIONS_MAX) {
        // The turned-away do not count as connections, so they are let go of at once.
        serving.add(track(connection.turnAway(), serving));
        continue;
      }
      this.#connections.add(connection);
      const served = connection.serve(this.#handler).finally(() =>
        this.#connections.delete(connection)
      );
      serving.add(track(served, serving));
    }
    await Promise.all(serving);
  }
}

/** A promise that takes itself out of a set when it has ended. */
function track(work: Promise<void>, among: Set<Promise<void>>): Promise<void> {
  const tracked: Promise<void> = work.finally(() => among.delete(tracked));
  return tracked;
}

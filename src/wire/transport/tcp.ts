/**
 * The runtime's TCP as the rest of this room sees it.
 *
 * @module
 */
import { reasonOf } from "../../base/mod.ts";
import type { ByteSocket } from "./byte_socket.ts";
import { TransportError } from "./errors.ts";
import { ACCEPT_BACKLOG } from "./limits.ts";

/** A socket that accepts, as far as the listener needs it. */
export interface AcceptingSocket {
  accept(): Promise<ByteSocket & { readonly remoteAddress: string }>;
  close(): void;
}

/**
 * Listens on a port.
 *
 * @throws {TransportError} `listen-failed`.
 */
export function openPort(hostname: string, port: number): {
  readonly address: { readonly hostname: string; readonly port: number };
  readonly socket: AcceptingSocket;
} {
  try {
    const listener = Deno.listen({ hostname, port, transport: "tcp", tcpBacklog: ACCEPT_BACKLOG });
    const { addr } = listener;
    return {
      address: { hostname: addr.hostname, port: addr.port },
      socket: {
        accept: async () => tcpSocket(await listener.accept()),
        close: () => listener.close(),
      },
    };
  } catch (cause) {
    throw new TransportError(
      "listen-failed",
      `Cannot listen on ${hostname} port ${port}: ${reasonOf(cause)}`,
      { hostname, port, cause },
    );
  }
}

/** A runtime's connection as a {@link ByteSocket}, with small packets sent at once. */
export function tcpSocket(conn: Deno.TcpConn): ByteSocket & { readonly remoteAddress: string } {
  try {
    conn.setNoDelay(true);
  } catch {
    // The peer has reset the connection already, which the first read will tell.
  }
  return {
    remoteAddress: conn.remoteAddr.hostname,
    read: (buffer) => conn.read(buffer),
    write: (bytes) => conn.write(bytes),
    closeWrite: () => conn.closeWrite(),
    close: () => conn.close(),
  };
}

/** Whether this process, or the system, has all the files and sockets open that it may. */
export function isOutOfDescriptors(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EMFILE" || code === "ENFILE";
}

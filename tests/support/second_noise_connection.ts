/**
 * A TCP connection on which the second client of the handshake speaks: whole plain frames in and
 * out, one after the other, as a stranger's miner would.
 *
 * @module
 */
import {
  type ByteSource,
  type ExpectedServer,
  SecondNoiseInitiator,
} from "./second_noise_initiator.ts";

/** Where the server is and what is expected of it. */
export interface SecondConnectOptions extends ExpectedServer {
  readonly hostname: string;
  readonly port: number;
  readonly random: ByteSource;
}

/** A client of its own kind, connected and past the handshake. */
export class SecondNoiseConnection {
  readonly #conn: Deno.TcpConn;
  readonly #noise: SecondNoiseInitiator;
  readonly #frames: Uint8Array[] = [];

  private constructor(conn: Deno.TcpConn, noise: SecondNoiseInitiator) {
    this.#conn = conn;
    this.#noise = noise;
  }

  /** Connects and shakes hands; throws a plain Error when anything is wrong. */
  static async connect(options: SecondConnectOptions): Promise<SecondNoiseConnection> {
    const conn = await Deno.connect({ hostname: options.hostname, port: options.port });
    try {
      const noise = new SecondNoiseInitiator(options.random);
      await writeAll(conn, noise.act1);
      noise.readAct2(await readExactly(conn, 234), options);
      return new SecondNoiseConnection(conn, noise);
    } catch (error) {
      conn.close();
      throw error;
    }
  }

  /** Sends one whole plain frame. */
  async write(frame: Uint8Array): Promise<void> {
    await writeAll(this.#conn, this.#noise.seal(frame));
  }

  /** The next plain frame, header and payload; undefined at the end of the stream. */
  async read(): Promise<Uint8Array | undefined> {
    const buffer = new Uint8Array(16_384);
    while (this.#frames.length === 0) {
      const count = await this.#conn.read(buffer);
      if (count === null) return undefined;
      this.#frames.push(...this.#noise.open(buffer.slice(0, count)));
    }
    return this.#frames.shift();
  }

  /** Hangs up. */
  close(): void {
    this.#conn.close();
  }
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.slice(at));
}

async function readExactly(conn: Deno.TcpConn, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await conn.read(bytes.subarray(at));
    if (count === null) throw new Error("second client: the server hung up in the handshake");
    at += count;
  }
  return bytes;
}

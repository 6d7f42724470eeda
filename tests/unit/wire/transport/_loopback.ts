import { systemClock, systemRandom } from "../../../../src/base/mod.ts";
import {
  connect,
  type ConnectOptions,
  type FrameConnection,
  listen,
  type Listener,
  type ListenerLimits,
} from "../../../../src/wire/transport/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { authority, issuerOn, securityOf, type Speaks } from "./_listening.ts";
import { recordedMetrics } from "./_recorded_metrics.ts";

/** Timeouts stand still until the test moves them; what is to happen at once happens at once. */
export class LoopbackClock extends FakeClock {
  override after(delayMs: number, callback: () => void): () => void {
    return delayMs === 0 ? systemClock.after(0, callback) : super.after(delayMs, callback);
  }
}

/** A listener on a free port of this machine. */
export interface Loopback {
  readonly listener: Listener;
  readonly clock: LoopbackClock;
  readonly metrics: Record<string, number>;
  /** The next connection whose handshake is done. */
  next(): Promise<FrameConnection>;
  /** A client of our own. */
  dial(options?: Partial<ConnectOptions>): Promise<FrameConnection>;
  /** A bare TCP connection. */
  dialRaw(): Promise<Deno.TcpConn>;
  /** Waits until there is no connection, then closes the listener. */
  end(): Promise<void>;
}

/** Listens on a free port with a clock of its own. */
export function loopback(speaks: Speaks, limits: Partial<ListenerLimits> = {}): Loopback {
  const clock = new LoopbackClock();
  const metrics = recordedMetrics();
  const security = securityOf(speaks, issuerOn(clock));
  const modules = { clock, random: systemRandom };
  const listener = listen(
    { hostname: "127.0.0.1", port: 0, security, ...limits },
    { ...modules, metrics },
  );
  const connections = listener.connections()[Symbol.asyncIterator]();
  const taken: FrameConnection[] = [];
  const plain = speaks === "plain";
  return {
    listener,
    clock,
    metrics: metrics.values,
    async next() {
      const { value, done } = await connections.next();
      if (done) throw new Error("the listener closed while a connection was expected");
      taken.push(value);
      return value;
    },
    dial: (options = {}) =>
      connect(
        { ...listener.address, plain, authorityKey: authority.publicKey, ...options },
        modules,
      ),
    dialRaw: () => Deno.connect(listener.address),
    async end() {
      await Promise.all(taken.map((connection) => connection.closed));
      await listener.close();
    },
  };
}

/** Reads a TCP connection to its end, which a reset is too; how many bytes came. */
export async function readToEnd(conn: Deno.TcpConn): Promise<number> {
  const buffer = new Uint8Array(65_536);
  let total = 0;
  try {
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) return total;
      total += count;
    }
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset) return total;
    throw error;
  }
}

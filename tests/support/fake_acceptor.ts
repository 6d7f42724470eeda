import type { AcceptingSocket } from "../../src/wire/transport/tcp.ts";
import { socketPair, type TestSocket } from "./socket_pair.ts";

/** What {@link AcceptingSocket.accept} gives. */
type Accepted = Awaited<ReturnType<AcceptingSocket["accept"]>>;

/** A port that a test connects to by hand, with addresses as it likes and failures of the system. */
export class FakeAcceptor implements AcceptingSocket {
  #waiting: (Accepted | Error)[] = [];
  #closed = false;
  #wake: () => void = () => {};

  /** A client of this address comes; its end of the socket. */
  dial(remoteAddress = "192.0.2.9"): TestSocket {
    const { near, far } = socketPair();
    const accepted: Accepted = {
      remoteAddress,
      read: (buffer) => near.read(buffer),
      write: (bytes) => near.write(bytes),
      closeWrite: () => near.closeWrite(),
      close: () => near.close(),
    };
    this.#give(accepted);
    return far;
  }

  /** The next accept rejects. @param code as the system names it, for example `EMFILE`. */
  failOnce(message: string, code?: string): void {
    this.#give(Object.assign(new Error(message), code === undefined ? {} : { code }));
  }

  async accept(): Promise<Accepted> {
    for (;;) {
      if (this.#closed) throw new Error("listener has been closed");
      const next = this.#waiting.shift();
      if (next instanceof Error) throw next;
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #give(next: Accepted | Error): void {
    this.#waiting.push(next);
    this.#wake();
  }
}

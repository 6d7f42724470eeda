/**
 * Stands between a pool and a node and spoils what the node says, on the level of bytes, where the
 * demo node's own faults do not reach.
 *
 * @module
 */

/** What is sent instead of the node's answer; a promise of nothing closes the connection. */
export type Spoiler = (
  answer: Uint8Array,
  send: (bytes: Uint8Array | string) => Promise<void>,
) => Promise<void>;

/** See above. */
export class EvilNode implements AsyncDisposable {
  readonly url: string;
  /** Undefined lets every answer pass as it is. */
  spoiler: Spoiler | undefined;
  readonly #node: URL;
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.Conn>();
  readonly #serving = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;

  constructor(nodeUrl: string) {
    this.#node = new URL(nodeUrl);
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.url = `http://127.0.0.1:${this.#listener.addr.port}`;
    this.#accepting = this.#accept();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) quietly(connection);
    await this.#accepting;
    await Promise.all(this.#serving);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      const served = this.#serve(connection).finally(() => this.#serving.delete(served));
      this.#serving.add(served);
    }
  }

  /** Carries one request to the node and its answer back; both end their connection after one. */
  async #serve(connection: Deno.Conn): Promise<void> {
    const { hostname, port } = this.#node;
    this.#open.add(connection);
    let upstream: Deno.Conn | undefined;
    try {
      const request = await readRequest(connection);
      const { spoiler } = this;
      upstream = await Deno.connect({ hostname, port: Number(port) });
      this.#open.add(upstream);
      await writeAll(upstream, request);
      const answer = await readToEnd(upstream);
      const send = (bytes: Uint8Array | string) =>
        writeAll(connection, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
      await (spoiler === undefined ? send(answer) : spoiler(answer, send));
    } catch {
      // The pool gave the call up, or this node is being closed.
    } finally {
      for (const end of [connection, upstream]) {
        if (end === undefined) continue;
        quietly(end);
        this.#open.delete(end);
      }
    }
  }
}

async function readRequest(connection: Deno.Conn): Promise<Uint8Array> {
  let request = new Uint8Array(0);
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) throw new Error("no request came");
    request = Uint8Array.from([...request, ...buffer.subarray(0, length)]);
    const text = new TextDecoder("latin1").decode(request);
    const end = text.indexOf("\r\n\r\n");
    const bodyLength = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (end >= 0 && request.length >= end + 4 + bodyLength) return request;
  }
}

async function readToEnd(connection: Deno.Conn): Promise<Uint8Array> {
  const parts: number[] = [];
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return Uint8Array.from(parts);
    parts.push(...buffer.subarray(0, length));
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function quietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}

/**
 * A server on loopback that does to each connection what a test says, down to the bytes: answers
 * in pieces, hangs, closes without a word. It knows at any time how many connections are open.
 */

/** One connection whose request was read. */
export interface Exchange {
  /** Counted from 1. */
  readonly number: number;
  readonly head: string;
  readonly body: string;
  readonly connection: Deno.Conn;
  /** Writes bytes or text. */
  write(data: string | Uint8Array): Promise<void>;
  /** Resolves when the client has closed its end. */
  readonly closedByClient: Promise<void>;
}

export class ScriptedHttp {
  readonly url: string;
  readonly #listener: Deno.TcpListener;
  readonly #handle: (exchange: Exchange) => Promise<void> | void;
  readonly #open = new Set<Deno.Conn>();
  readonly #work: Promise<void>[] = [];
  readonly #waiters: (() => void)[] = [];
  readonly #accepting: Promise<void>;
  /** Requests that were read whole. */
  requests = 0;

  constructor(handle: (exchange: Exchange) => Promise<void> | void) {
    this.#handle = handle;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.url = `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
    this.#accepting = this.#accept();
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#open.size;
  }

  /** Resolves when so many requests have been read whole. */
  async received(count: number): Promise<void> {
    while (this.requests < count) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) connection.close();
    this.#open.clear();
    await this.#accepting;
    await Promise.all(this.#work);
  }

  async #accept(): Promise<void> {
    try {
      for await (const connection of this.#listener) {
        this.#open.add(connection);
        this.#work.push(this.#serve(connection).catch(() => {}));
      }
    } catch {
      // The listener was closed.
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    try {
      const request = await readRequest(connection);
      if (request === undefined) return;
      const number = ++this.requests;
      for (const waiter of this.#waiters.splice(0)) waiter();
      const closedByClient = untilEnd(connection);
      await this.#handle({
        number,
        ...request,
        connection,
        closedByClient,
        async write(data) {
          const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
          for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
        },
      });
    } finally {
      if (this.#open.delete(connection)) connection.close();
    }
  }
}

/** The bytes of a usual answer. */
export function httpAnswer(body: string, status = 200): string {
  const length = new TextEncoder().encode(body).length;
  return `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
}

/** A JSON-RPC answer to the request of `exchange`. */
export function rpcAnswer(
  exchange: Exchange,
  answer: { result: unknown } | { error: unknown },
): string {
  const { id } = JSON.parse(exchange.body) as { id: unknown };
  return httpAnswer(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
}

async function readRequest(
  connection: Deno.Conn,
): Promise<{ head: string; body: string } | undefined> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  const decoder = new TextDecoder("latin1");
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return undefined;
    text += decoder.decode(buffer.subarray(0, length));
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const head = text.slice(0, end);
    const bodyLength = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (text.length >= end + 4 + bodyLength) return { head, body: text.slice(end + 4) };
  }
}

async function untilEnd(connection: Deno.Conn): Promise<void> {
  try {
    while (await connection.read(new Uint8Array(1024)) !== null);
  } catch {
    // Reset is an end too.
  }
}

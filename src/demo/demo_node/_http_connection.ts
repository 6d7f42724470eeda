/**
 * One HTTP/1.1 connection: requests one after the other, each answered, left hanging, or followed by
 * a closed socket.
 *
 * @module
 */
import { concatBytes } from "../../base/mod.ts";

/** A request as far as the node looks at it. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** An answer; undefined closes the connection without one. */
export type HttpAnswer = { readonly status: number; readonly body: string } | undefined;

/** Answers a request. The signal fires when the client has gone. */
export type HttpHandler = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>;

const HEAD_LENGTH_MAX = 16_384;
/** Two blocks in hexadecimal and a little: the real node's bound. */
const BODY_LENGTH_MAX = 2 * 2_000_000 + 1_024;
const READ_LENGTH = 65_536;
const REASONS: Record<number, string> = { 200: "OK", 405: "Method Not Allowed" };
const END_OF_HEAD = [13, 10, 13, 10];

/** Owns one socket. */
export class HttpConnection {
  readonly #socket: Deno.TcpConn;
  readonly #gone = new AbortController();
  #buffer: Uint8Array = new Uint8Array(0);
  #reading: Promise<boolean> | undefined;

  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Answers requests until either side closes. */
  async serve(handler: HttpHandler): Promise<void> {
    try {
      for (;;) {
        const request = await this.#nextRequest();
        if (request === undefined) break;
        const answer = await this.#work(request, handler);
        if (answer === undefined || this.#gone.signal.aborted) break;
        const last = request.headers.get("connection")?.toLowerCase() === "close";
        await this.#write(answer, last);
        if (last) break;
      }
    } finally {
      this.close();
      await this.#reading;
    }
  }

  /** Tells a client that there are too many already. */
  async turnAway(): Promise<void> {
    await this.#write({ status: 429, body: "Too many connections. Please try again later." }, true);
    this.close();
  }

  /** Closes the socket; whoever works for this connection is told. */
  close(): void {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort();
    this.#socket.close();
  }

  /** Has the handler work while reading goes on: it is how a client that leaves is noticed. */
  async #work(request: HttpRequest, handler: HttpHandler): Promise<HttpAnswer> {
    let working = true;
    const watch = (): void => {
      this.#fill().then((alive) => {
        if (alive && working) watch();
      });
    };
    watch();
    try {
      return await handler(request, this.#gone.signal);
    } finally {
      working = false;
    }
  }

  /** The next whole request, or undefined when there is none or it is nonsense. */
  async #nextRequest(): Promise<HttpRequest | undefined> {
    let end = headEnd(this.#buffer);
    while (end < 0) {
      if (this.#buffer.length > HEAD_LENGTH_MAX || !await this.#fill()) return undefined;
      end = headEnd(this.#buffer);
    }
    const head = parseHead(this.#buffer.subarray(0, end));
    const length = Number(head?.headers.get("content-length") ?? 0);
    if (head === undefined || !(length >= 0 && length <= BODY_LENGTH_MAX)) return undefined;
    // A body in chunks is not read: no client of a node sends its short calls so.
    if (head.headers.has("transfer-encoding")) return undefined;
    if (head.headers.get("expect")?.toLowerCase() === "100-continue") {
      await this.#send("HTTP/1.1 100 Continue\r\n\r\n");
    }
    while (this.#buffer.length < end + length) if (!await this.#fill()) return undefined;
    const body = this.#buffer.slice(end, end + length);
    this.#buffer = this.#buffer.slice(end + length);
    return { ...head, body };
  }

  /** Reads once more; false when the other side has closed. Several callers share one read. */
  #fill(): Promise<boolean> {
    this.#reading ??= this.#read().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #read(): Promise<boolean> {
    // Whoever sends on and on without waiting for answers is not read any further.
    if (this.#buffer.length > HEAD_LENGTH_MAX + BODY_LENGTH_MAX) return false;
    const chunk = new Uint8Array(READ_LENGTH);
    const length = await this.#socket.read(chunk).catch(() => null);
    if (length === null) {
      this.#gone.abort();
      try {
        this.#socket.close();
      } catch {
        // It was closed from our side while we were reading.
      }
      return false;
    }
    this.#buffer = concatBytes(this.#buffer, chunk.subarray(0, length));
    return true;
  }

  async #write(
    { status, body }: { status: number; body: string },
    last: boolean,
  ): Promise<void> {
    const length = new TextEncoder().encode(body).length;
    await this.#send(
      `HTTP/1.1 ${status} ${REASONS[status] ?? "Refused"}\r\n` +
        "content-type: application/json; charset=utf-8\r\n" +
        `content-length: ${length}\r\n${last ? "connection: close\r\n" : ""}\r\n${body}`,
    );
  }

  async #send(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    try {
      for (let sent = 0; sent < bytes.length;) {
        sent += await this.#socket.write(bytes.subarray(sent));
      }
    } catch {
      // The client has gone; the next read says so.
      this.close();
    }
  }
}

/** Where the body starts, or -1 while the head is not whole. */
function headEnd(bytes: Uint8Array): number {
  for (let i = bytes.indexOf(13); i >= 0; i = bytes.indexOf(13, i + 1)) {
    if (END_OF_HEAD.every((byte, j) => bytes[i + j] === byte)) return i + END_OF_HEAD.length;
  }
  return -1;
}

function parseHead(bytes: Uint8Array): Omit<HttpRequest, "body"> | undefined {
  const [first = "", ...lines] = new TextDecoder().decode(bytes).trimEnd().split("\r\n");
  const request = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first);
  if (request === null) return undefined;
  const headers = new Map(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  }));
  return { method: request[1] ?? "", path: request[2] ?? "", headers };
}

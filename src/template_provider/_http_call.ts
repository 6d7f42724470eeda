/**
 * One HTTP/1.1 POST over a connection of its own.
 *
 * Why not `fetch`: Zebra speaks by its connections. It refuses credentials by closing one without
 * an answer, a long poll and an unanswered `submitblock` each hold one, and it serves 100 at once.
 * So a call must know whether a single byte came back, must never be repeated or pooled behind
 * our back, and must give its connection back the moment it is given up. `fetch` pools, retries a
 * pooled connection that was closed, and hides the difference in texts. Sockets need no more than
 * `--allow-net`.
 *
 * @module
 */
import { concatBytes, deadline, reasonOf } from "../base/mod.ts";
import type { Clock } from "../base/mod.ts";
import { type HttpResponse, HttpResponseReader } from "./_http_response.ts";
import { NodeError } from "./node_error.ts";

/** One request. */
export interface HttpCall {
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: Uint8Array;
  /** From the start of connecting to the last byte of the answer. */
  readonly timeLimitMs: number;
  readonly answerLengthMax: number;
  readonly signal: AbortSignal | undefined;
}

/** The peer closed the connection before it sent a byte; Zebra's way to refuse credentials. */
export const CLOSED_WITHOUT_ANSWER = Symbol("closed without answer");

/** Bytes asked of the socket at once; a template is some 10 KB, a full one a few MB. */
const READ_LENGTH = 64 * 1024;

/**
 * Sends the request and reads the answer; the connection is closed whatever happens.
 *
 * @throws {NodeError} of kind `unreachable`, `timeout`, `aborted` or `malformed`.
 */
export async function httpCall(
  call: HttpCall,
  clock: Clock,
): Promise<HttpResponse | typeof CLOSED_WITHOUT_ANSWER> {
  const limit = deadline(clock, call.timeLimitMs, call.signal);
  let connection: Deno.Conn | undefined;
  // Closing is what ends a pending read or write, so the socket never outlives the call.
  const giveUp = (): void => closeQuietly(connection);
  limit.signal.addEventListener("abort", giveUp, { once: true });
  const reader = new HttpResponseReader(call.answerLengthMax);
  try {
    connection = await connect(call.url, limit.signal);
    await writeAll(connection, requestBytes(call));
    return await readResponse(connection, reader);
  } catch (thrown) {
    if (limit.signal.aborted) throw givenUp(call);
    if (thrown instanceof NodeError) throw thrown;
    if (thrown instanceof SyntaxError) {
      throw new NodeError("malformed", `Cannot read the node's answer: ${thrown.message}`, {
        cause: thrown,
      });
    }
    // A reset instead of an orderly end is how a close looks while our request is under way.
    if (connection !== undefined && reader.received === 0) return CLOSED_WITHOUT_ANSWER;
    throw new NodeError("unreachable", `Cannot talk to the node: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  } finally {
    limit.signal.removeEventListener("abort", giveUp);
    limit.done();
    closeQuietly(connection);
  }
}

function givenUp(call: HttpCall): NodeError {
  return call.signal?.aborted === true
    ? new NodeError("aborted", "The call to the node was given up")
    : new NodeError("timeout", `The node did not answer within ${call.timeLimitMs} ms`);
}

/** Connects; a connection that comes after the signal fired is closed and not handed out. */
async function connect(url: URL, signal: AbortSignal): Promise<Deno.Conn> {
  signal.throwIfAborted();
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const opening: Promise<Deno.Conn> = secure
    ? Deno.connectTls({ hostname, port })
    : Deno.connect({ hostname, port });
  let abandoned = false;
  opening.then((late) => abandoned && closeQuietly(late), () => {});
  const fired = Promise.withResolvers<never>();
  const onAbort = (): void => {
    abandoned = true;
    fired.reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([opening, fired.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function requestBytes(call: HttpCall): Uint8Array {
  const head = [
    `POST ${call.url.pathname}${call.url.search} HTTP/1.1`,
    `Host: ${call.url.host}`,
    "Content-Type: application/json",
    `Content-Length: ${call.body.length}`,
    "Connection: close",
    ...(call.authorization === undefined ? [] : [`Authorization: ${call.authorization}`]),
  ];
  return concatBytes(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`), call.body);
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function readResponse(
  connection: Deno.Conn,
  reader: HttpResponseReader,
): Promise<HttpResponse | typeof CLOSED_WITHOUT_ANSWER> {
  const buffer = new Uint8Array(READ_LENGTH);
  for (;;) {
    const length = await connection.read(buffer);
    const response = length === null ? reader.end() : reader.push(buffer.subarray(0, length));
    if (response !== undefined) return response;
    if (length !== null) continue;
    if (reader.received === 0) return CLOSED_WITHOUT_ANSWER;
    throw new NodeError("unreachable", "The node closed the connection within its answer");
  }
}

function closeQuietly(connection: Deno.Conn | undefined): void {
  try {
    connection?.close();
  } catch {
    // Closed before: by the signal, or by both ends.
  }
}

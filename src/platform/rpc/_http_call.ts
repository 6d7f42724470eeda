/**
 * One HTTP/1.1 POST over a connection of its own.
 *
 * Why not `fetch`: it pools, may send a request again over a fresh connection when a pooled one was
 * closed, and hides the difference in texts. Sending a payment again is paying twice. And Zebra
 * speaks by its connections: it refuses credentials by closing one without an answer, a long poll
 * and an unanswered `submitblock` each hold one, and it serves 100 at once. So a call must know
 * whether a single byte came back, and must give its connection back the moment it is given up.
 * Sockets need no more than `--allow-net`.
 *
 * @module
 */
import { concatBytes, deadline, reasonOf } from "../../base/mod.ts";
import type { Clock } from "../../base/mod.ts";
import { type HttpResponse, HttpResponseReader } from "./_http_response.ts";
import { RpcError, type RpcPeer } from "./errors.ts";

/** One request. */
export interface HttpCall {
  readonly peer: RpcPeer;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: Uint8Array;
  /** From the start of connecting to the last byte of the answer. */
  readonly timeLimitMs: number;
  readonly answerLengthMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** The peer closed the connection before it sent a byte; Zebra's way to refuse credentials. */
export const CLOSED_WITHOUT_ANSWER = Symbol("closed without answer");

/** Bytes asked of the socket at once; a template is some 10 KB, a full one a few MB. */
const READ_LENGTH = 64 * 1024;

/**
 * Sends the request and reads the answer; the connection is closed whatever happens.
 *
 * @throws {RpcError} of the kinds `unreachable`, `broken`, `timeout`, `aborted` and `malformed`.
 */
export async function httpCall(
  call: HttpCall,
  clock: Clock,
): Promise<HttpResponse | typeof CLOSED_WITHOUT_ANSWER> {
  checkPermission(call);
  const limit = deadline(clock, call.timeLimitMs, call.signal);
  let connection: Deno.Conn | undefined;
  // Closing is what ends a pending read or write, so the socket never outlives the call.
  const giveUp = (): void => closeQuietly(connection);
  limit.signal.addEventListener("abort", giveUp, { once: true });
  const reader = new HttpResponseReader(call.answerLengthMax);
  try {
    connection = await connect(call.url, limit.signal);
    await writeAll(connection, requestBytes(call));
    return await readResponse(connection, reader, call.peer);
  } catch (thrown) {
    if (limit.signal.aborted) throw givenUp(call);
    if (thrown instanceof RpcError) throw thrown;
    if (thrown instanceof SyntaxError) throw unreadable(call, thrown);
    // A reset instead of an orderly end is how a close looks while our request is under way.
    if (connection !== undefined && reader.received === 0) return CLOSED_WITHOUT_ANSWER;
    const kind = connection === undefined ? "unreachable" : "broken";
    const message = `Cannot talk to the ${call.peer}: ${reasonOf(thrown)}`;
    throw new RpcError(call.peer, kind, message, { cause: thrown });
  } finally {
    limit.signal.removeEventListener("abort", giveUp);
    limit.done();
    closeQuietly(connection);
  }
}

function givenUp({ peer, signal, timeLimitMs }: HttpCall): RpcError {
  return signal?.aborted === true
    ? new RpcError(peer, "aborted", `The call to the ${peer} was given up`)
    : new RpcError(peer, "timeout", `The ${peer} did not answer within ${timeLimitMs} ms`);
}

function unreadable({ peer }: HttpCall, cause: SyntaxError): RpcError {
  const message = `Cannot read the ${peer}'s answer: ${cause.message}; it may be something else ` +
    `than a ${peer} that listens there`;
  return new RpcError(peer, "malformed", message, { cause });
}

/** Asked first, because connecting without the permission would prompt on a terminal. */
function checkPermission({ peer, url }: HttpCall): void {
  const host = url.port === "" ? `${url.hostname}:${portOf(url)}` : url.host;
  if (Deno.permissions.querySync({ name: "net", host }).state === "granted") return;
  throw new RpcError(
    peer,
    "unreachable",
    `Cannot call the ${peer}: the permission is missing, start with --allow-net=${host}`,
  );
}

function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

/** Connects; a connection that comes after the signal fired is closed and not handed out. */
async function connect(url: URL, signal: AbortSignal): Promise<Deno.Conn> {
  signal.throwIfAborted();
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = portOf(url);
  const opening: Promise<Deno.Conn> = url.protocol === "https:"
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
  peer: RpcPeer,
): Promise<HttpResponse | typeof CLOSED_WITHOUT_ANSWER> {
  const buffer = new Uint8Array(READ_LENGTH);
  for (;;) {
    const length = await connection.read(buffer);
    const response = length === null ? reader.end() : reader.push(buffer.subarray(0, length));
    if (response !== undefined) return response;
    if (length !== null) continue;
    if (reader.received === 0) return CLOSED_WITHOUT_ANSWER;
    throw new RpcError(peer, "broken", `The ${peer} closed the connection within its answer`);
  }
}

function closeQuietly(connection: Deno.Conn | undefined): void {
  try {
    connection?.close();
  } catch {
    // Closed before: by the signal, or by both ends.
  }
}

/**
 * One HTTP POST over a connection of its own.
 *
 * Why not `fetch`: it keeps connections and may send a request again over a fresh one when a kept
 * one was closed. Repeating `z_sendmany` is paying twice, so nothing here repeats or pools.
 *
 * @module
 */
import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Clock, concatBytes, reasonOf } from "../base/mod.ts";
import { CallError } from "./errors.ts";

/** One request. */
export interface HttpPost {
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: string;
  /** From the start of connecting to the last byte of the answer. */
  readonly timeLimitMs: number;
  readonly answerLengthMax: number;
}

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/**
 * Sends the request and reads the answer; the connection is closed whatever happens.
 *
 * @throws {CallError} `unreachable` when no connection was made, `no-answer` for all that goes
 * wrong from then on.
 */
export function httpPost(post: HttpPost, clock: Clock): Promise<HttpAnswer> {
  checkPermission(post.url);
  return new Promise((resolve, reject) => {
    const request = open(post);
    let connected = false;
    let cancel = (): void => {};
    const fail = (thrown: unknown): void => {
      cancel();
      request.destroy();
      const trouble = connected ? "no-answer" : "unreachable";
      reject(
        thrown instanceof CallError
          ? thrown
          : new CallError(trouble, `Cannot talk to ${post.url.host}: ${reasonOf(thrown)}`, {
            cause: thrown,
          }),
      );
    };
    cancel = clock.after(post.timeLimitMs, () => {
      fail(
        new CallError("no-answer", `${post.url.host} did not answer in ${post.timeLimitMs} ms`),
      );
    });
    request.on("socket", (socket) => {
      if (!socket.connecting) connected = true;
      socket.on("connect", () => connected = true);
    });
    request.on("error", fail);
    request.on("response", (response: IncomingMessage) => {
      connected = true;
      readBody(response, post.answerLengthMax).then((body) => {
        cancel();
        request.destroy();
        resolve({ status: response.statusCode ?? 0, body });
      }, fail);
    });
    request.end(post.body);
  });
}

function open({ url, authorization, body }: HttpPost): ClientRequest {
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  return start(url, {
    method: "POST",
    // No agent: no pool of connections.
    agent: false,
    headers: {
      "content-type": "application/json",
      "content-length": new TextEncoder().encode(body).length,
      "connection": "close",
      ...(authorization === undefined ? {} : { authorization }),
    },
  });
}

async function readBody(response: IncomingMessage, lengthMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > lengthMax) {
      throw new CallError("no-answer", `The answer has more than ${lengthMax} bytes`);
    }
    parts.push(Uint8Array.from(part));
  }
  const announced = Number(response.headers["content-length"] ?? length);
  if (announced !== length) throw new CallError("no-answer", "The answer is torn");
  return concatBytes(...parts);
}

/** Asked first, because connecting without the permission would prompt on a terminal. */
function checkPermission(url: URL): void {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port;
  const host = `${url.hostname}:${port}`;
  if (Deno.permissions.querySync({ name: "net", host }).state === "granted") return;
  throw new CallError(
    "unreachable",
    `Cannot call ${host}: the permission is missing, start with --allow-net=${host}`,
  );
}

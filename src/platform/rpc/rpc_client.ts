import { type Clock, systemClock } from "../../base/mod.ts";
import type { HttpResponse } from "./_http_response.ts";
import { readRpcAnswer } from "./_rpc_answer.ts";
import { BasicAuthorization, type RpcCredentials } from "./credentials.ts";
import { RpcError, type RpcPeer } from "./errors.ts";
import { CLOSED_WITHOUT_ANSWER, httpCall } from "./_http_call.ts";

/** Where a server is and how it is spoken to. */
export interface RpcOptions {
  readonly peer: RpcPeer;
  /** `http://host:port` (or https behind a proxy); a path is kept. */
  readonly url: string;
  /** User and password that stand in the URL count where these are `none`. */
  readonly credentials: RpcCredentials;
  /** Bytes of request that the server takes. */
  readonly requestLengthMax: number;
  /** Bytes of answer that are accepted. */
  readonly answerLengthMax: number;
  /**
   * Whether a connection that is closed without an answer means refused credentials, as Zebra does
   * it. The call is then made a second time: only for a server all of whose calls may be repeated.
   */
  readonly silenceIsRefusal: boolean;
}

/** Calls methods by JSON-RPC 2.0 over HTTP; each call has a connection and a time limit of its own. */
export class RpcClient {
  /** For logs: without user and password. */
  readonly url: string;
  readonly #options: RpcOptions;
  readonly #url: URL;
  readonly #authorization: BasicAuthorization;
  readonly #hasCredentials: boolean;
  readonly #clock: Clock;
  #lastId = 0;

  /** @throws {TypeError} when the URL is none or not http or https. */
  constructor(options: RpcOptions, modules: { readonly clock: Clock } = { clock: systemClock }) {
    const url = new URL(options.url);
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError(
        `Cannot call a ${options.peer}: http or https expected, received ${url.protocol}`,
      );
    }
    const credentials = credentialsOf(url, options);
    this.#hasCredentials = credentials.kind !== "none";
    this.#authorization = new BasicAuthorization(options.peer, credentials);
    url.username = "";
    url.password = "";
    url.hash = "";
    this.#options = options;
    this.#url = url;
    this.url = url.pathname === "/" ? url.origin : url.href;
    this.#clock = modules.clock;
  }

  /**
   * Calls a method once; a second time only when the server has refused the credentials, which
   * proves that it has not looked at the call, with the cookie read afresh.
   *
   * @param params the list of parameters, or its JSON text where making it is dear.
   * @param timeLimitMs from the start of connecting to the last byte of the answer.
   * @returns the `result`, whatever it is.
   * @throws {RpcError}
   */
  async call(
    method: string,
    params: readonly unknown[] | string,
    timeLimitMs: number,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const { peer, requestLengthMax } = this.#options;
    const id = ++this.#lastId;
    const list = typeof params === "string" ? params : JSON.stringify(params);
    const text = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${list}}`;
    const body = new TextEncoder().encode(text);
    if (body.length > requestLengthMax) {
      const reason = `the request has ${body.length} bytes, the ${peer} takes ${requestLengthMax}`;
      throw new RpcError(peer, "malformed", `Cannot call ${method}: ${reason}`);
    }
    const response = await this.#post(body, timeLimitMs, signal);
    return readRpcAnswer({ peer, method, id }, response);
  }

  /** One repetition tells: a server that is down refuses to connect, one restarted has a new cookie. */
  async #post(
    body: Uint8Array,
    timeLimitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const { peer, silenceIsRefusal } = this.#options;
    let how = "";
    for (let attempt = 1; attempt <= 2; attempt++) {
      const answer = await this.#postOnce(body, timeLimitMs, signal);
      if (answer === CLOSED_WITHOUT_ANSWER) {
        how = "it closes the connection without an answer";
        if (!silenceIsRefusal) throw new RpcError(peer, "broken", `Cannot ask the ${peer}: ${how}`);
      } else if (answer.status === 401 || answer.status === 403) {
        how = `HTTP status ${answer.status}`;
      } else return answer;
      this.#authorization.forget();
    }
    throw new RpcError(peer, "unauthorized", this.#refusal(how));
  }

  #refusal(how: string): string {
    const { peer } = this.#options;
    return this.#hasCredentials
      ? `The ${peer} refuses the credentials (${how}); check the cookie path or user and password ` +
        `against the ${peer}'s [rpc] section`
      : `The ${peer} asks for credentials and none are set (${how}); set its cookie file, or user ` +
        "and password";
  }

  async #postOnce(
    body: Uint8Array,
    timeLimitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse | typeof CLOSED_WITHOUT_ANSWER> {
    const { peer, answerLengthMax } = this.#options;
    const authorization = await this.#authorization.header();
    const request = { peer, url: this.#url, authorization, body, timeLimitMs };
    return await httpCall({ ...request, answerLengthMax, signal }, this.#clock);
  }
}

function credentialsOf(url: URL, { credentials }: RpcOptions): RpcCredentials {
  const inUrl = url.username !== "" || url.password !== "";
  if (!inUrl || credentials.kind !== "none") return credentials;
  return {
    kind: "password",
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

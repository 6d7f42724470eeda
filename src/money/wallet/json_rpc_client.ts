import { type Clock, systemClock } from "../../base/mod.ts";
import {
  BasicAuthorization,
  CLOSED_WITHOUT_ANSWER,
  httpCall,
  HttpCallError,
  type HttpCallErrorKind,
  type HttpResponse,
  type RpcCredentials,
} from "../../platform/rpc/mod.ts";
import { CallError, type CallTrouble } from "./errors.ts";

/** Where a wallet is and how it is spoken to. */
export interface JsonRpcOptions {
  /** `http://host:port`, or https behind a proxy. */
  readonly url: string;
  readonly credentials: RpcCredentials;
}

/** Zallet's list of a hundred transactions of 45 recipients has some 3 MB. */
const ANSWER_LENGTH_MAX = 16 * 1024 * 1024;
/** Zallet refuses requests above 10 MiB; the largest here is a signed transaction. */
const REQUEST_LENGTH_MAX = 10 * 1024 * 1024;
/** Long enough for what a server tells, short enough for a log line. */
const TEXT_LENGTH_MAX = 500;

/** Calls methods of a wallet by JSON-RPC 2.0 over HTTP; each call has its own connection. */
export class JsonRpcClient {
  /** For logs: without user and password. */
  readonly url: string;
  readonly #url: URL;
  readonly #authorization: BasicAuthorization;
  readonly #clock: Clock;
  #lastId = 0;

  /** @throws {TypeError} when the URL is none or not http or https. */
  constructor(
    options: JsonRpcOptions,
    modules: { readonly clock: Clock } = { clock: systemClock },
  ) {
    const url = new URL(options.url);
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError(`Cannot call a server: http or https expected, received ${url.protocol}`);
    }
    url.username = "";
    url.password = "";
    this.#url = url;
    this.url = url.origin;
    this.#authorization = new BasicAuthorization("wallet", options.credentials);
    this.#clock = modules.clock;
  }

  /**
   * Calls a method once. Only refused credentials are tried a second time, with the cookie read
   * afresh: the server says by that status that it has not looked at the call.
   *
   * @returns the `result`, whatever it is.
   * @throws {CallError}
   */
  async call(method: string, params: readonly unknown[], timeLimitMs: number): Promise<unknown> {
    const id = ++this.#lastId;
    const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
    if (body.length > REQUEST_LENGTH_MAX) {
      throw new CallError("unreachable", `Cannot call ${method}: the request is too large`);
    }
    let answer = await this.#post(body, timeLimitMs);
    if (isRefusal(answer)) {
      this.#authorization.forget();
      answer = await this.#post(body, timeLimitMs);
    }
    if (isRefusal(answer)) {
      this.#authorization.forget();
      throw new CallError(
        "unauthorized",
        `${this.url} refuses the credentials (HTTP ${answer.status}); check the cookie file or ` +
          "user and password",
      );
    }
    return readAnswer(method, id, answer);
  }

  async #post(text: string, timeLimitMs: number): Promise<HttpResponse> {
    try {
      const authorization = await this.#authorization.header();
      const body = new TextEncoder().encode(text);
      const request = { peer: "wallet", url: this.#url, authorization, body, timeLimitMs };
      const answer = await httpCall(
        { ...request, answerLengthMax: ANSWER_LENGTH_MAX },
        this.#clock,
      );
      if (answer !== CLOSED_WITHOUT_ANSWER) return answer;
      throw new CallError("no-answer", "The wallet closed the connection without an answer");
    } catch (thrown) {
      if (!(thrown instanceof HttpCallError)) throw thrown;
      throw new CallError(TROUBLES[thrown.kind], thrown.message, { cause: thrown.cause });
    }
  }
}

const TROUBLES: Readonly<Record<HttpCallErrorKind, CallTrouble>> = {
  "credentials": "unauthorized",
  "not-connected": "unreachable",
  "broken": "no-answer",
  "timeout": "no-answer",
  "aborted": "no-answer",
  "malformed": "no-answer",
};

function isRefusal({ status }: HttpResponse): boolean {
  return status === 401 || status === 403;
}

function readAnswer(method: string, id: number, { status, body }: HttpResponse): unknown {
  const broken = (reason: string, cause?: unknown): CallError =>
    new CallError("no-answer", `Cannot use the answer to ${method}: ${reason}`, { cause });
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw broken(`no JSON (HTTP status ${status})`, cause);
  }
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    throw broken(`no JSON-RPC object (HTTP status ${status})`);
  }
  const fields = answer as Record<string, unknown>;
  // An answer to something else says nothing of this call, an error least of all.
  if (fields.id !== id) throw broken("it belongs to another request");
  if (fields.error !== undefined && fields.error !== null) throw rpcError(method, fields.error);
  if (status !== 200) throw broken(`HTTP status ${status}`);
  if (!("result" in fields)) throw broken("neither result nor error");
  return fields.result;
}

function rpcError(method: string, error: unknown): CallError {
  const { code, message } = Object(error) as Record<string, unknown>;
  if (typeof code !== "number" || !Number.isSafeInteger(code) || typeof message !== "string") {
    return new CallError("no-answer", `${method} failed with an error that has no code or message`);
  }
  const rpcMessage = printable(message);
  return new CallError("rpc", `${method} is refused: ${rpcMessage} (${code})`, {
    rpcCode: code,
    rpcMessage,
  });
}

/** A text of the other side as it may stand in a log line or table. */
export function printable(text: string): string {
  return text.slice(0, TEXT_LENGTH_MAX).replaceAll(/[^\x20-\x7e]/g, "?");
}

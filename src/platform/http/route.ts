/** What a handler is told of a request. */
export interface HttpRequest {
  /** What the groups of the route's pattern matched, in their order. */
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  /** The body; undefined when it is longer than the server takes. To be called once. */
  body(): Promise<Uint8Array | undefined>;
}

/** What is answered. */
export interface HttpReply {
  readonly status: number;
  /** The content type. */
  readonly type: string;
  readonly body: string;
}

/** One thing that is served. GET routes answer HEAD too. */
export interface Route {
  readonly method: "GET" | "POST";
  /** The whole path, or a pattern that begins with `^` and ends with `$`. */
  readonly path: string | RegExp;
  /** Who may ask: anyone, or a client that shows the server's bearer token. */
  readonly access: "anyone" | "bearer";
  /** What it throws is logged and answered with 500. */
  handle(request: HttpRequest): HttpReply | Promise<HttpReply>;
}

/** A sentence for people. */
export function textReply(status: number, text: string): HttpReply {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n` };
}

/** A value as JSON; a bigint becomes text, so that no digit is lost. */
export function jsonReply(status: number, value: unknown): HttpReply {
  const body = JSON.stringify(
    value,
    (_, inner) => typeof inner === "bigint" ? inner.toString() : inner,
  );
  return { status, type: "application/json", body: `${body}\n` };
}

import { createHash, timingSafeEqual } from "node:crypto";
import type { HttpReply, Route } from "./route.ts";

/** What a request names, before anything of its body is read. */
export interface RequestHead {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly authorization: string | undefined;
}

/** A request that may be answered by its route. */
export interface RoutedRequest {
  readonly route: Route;
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
}

/** A request that ends here, with the headers that belong to its status. */
export interface RefusedRequest {
  readonly reply: HttpReply;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a refusal is worded. */
export interface RefusalWords {
  /** For 404: what there is instead. */
  readonly notFound: string;
  /** `error` is stable, with dashes. */
  reply(status: number, error: string, message: string): HttpReply;
}

/** Finds the route of a request, and who may take it. */
export class Router {
  readonly #routes: readonly Route[];
  readonly #words: RefusalWords;
  readonly #token: string | undefined;
  readonly #guarded: boolean;

  constructor(routes: readonly Route[], words: RefusalWords, token: string | undefined) {
    this.#routes = routes;
    this.#words = words;
    this.#token = token;
    this.#guarded = routes.some(({ access }) => access === "bearer");
  }

  /** Strangers learn nothing of what there is behind the token, not even what there is not. */
  find({ method, target, authorization }: RequestHead): RoutedRequest | RefusedRequest {
    const url = URL.parse(target, "http://pool");
    if (url === null) return this.#refuse(400, "bad-request", "The path cannot be read.");
    const here = this.#routes.flatMap((route) => {
      const parameters = matchPath(route.path, url.pathname);
      return parameters === undefined ? [] : [{ route, parameters, query: url.searchParams }];
    });
    const found = here.find(({ route }) => methodsOf(route).includes(method));
    const isOpen = !this.#guarded || found?.route.access === "anyone";
    if (!isOpen && !isAuthorized(authorization, this.#token)) {
      const headers = { "www-authenticate": "Bearer" };
      return this.#refuse(401, "unauthorized", "A bearer token is expected.", headers);
    }
    if (found !== undefined) return found;
    if (here.length === 0) return this.#refuse(404, "not-found", this.#words.notFound);
    const allowed = here.flatMap(({ route }) => methodsOf(route));
    const verb = allowed.length === 1 ? "is" : "are";
    const message = `Only ${allowed.join(" and ")} ${verb} served here.`;
    return this.#refuse(405, "method", message, { allow: allowed.join(", ") });
  }

  #refuse(
    status: number,
    error: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ): RefusedRequest {
    return { reply: this.#words.reply(status, error, message), headers };
  }
}

function methodsOf({ method }: Route): readonly string[] {
  return method === "GET" ? ["GET", "HEAD"] : [method];
}

function matchPath(path: string | RegExp, given: string): readonly string[] | undefined {
  if (typeof path === "string") return path === given ? [] : undefined;
  return path.exec(given)?.slice(1);
}

/** Digests have one length, so that the time of the comparison says nothing of the token. */
function isAuthorized(header: string | undefined, token: string | undefined): boolean {
  const given = /^Bearer (.+)$/.exec(header ?? "")?.[1];
  if (given === undefined || token === undefined || token === "") return false;
  const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

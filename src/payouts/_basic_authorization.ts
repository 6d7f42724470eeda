import { reasonOf } from "../base/mod.ts";
import { CallError } from "./errors.ts";

/**
 * How a server is told who calls.
 *
 * - `cookie`: a file that the wallet or node writes anew at each start, `user:password` in one
 *   line;
 * - `password`: fixed.
 */
export type RpcCredentials =
  | { readonly kind: "none" }
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "cookie"; readonly path: string };

/** Cookies have some 60 bytes; anything much longer is another file. */
const COOKIE_LENGTH_MAX = 512;

/** Makes the `Authorization` header (HTTP Basic, RFC 7617) and keeps it until it is refused. */
export class BasicAuthorization {
  readonly #credentials: RpcCredentials;
  #header: string | undefined;

  constructor(credentials: RpcCredentials) {
    this.#credentials = credentials;
  }

  /** The next {@link header} reads the cookie file again: the server may have restarted. */
  forget(): void {
    this.#header = undefined;
  }

  /** @throws {CallError} `unauthorized` when the cookie file cannot be read. */
  async header(): Promise<string | undefined> {
    if (this.#header !== undefined || this.#credentials.kind === "none") return this.#header;
    const pair = this.#credentials.kind === "cookie"
      ? await readCookie(this.#credentials.path)
      : `${this.#credentials.user}:${this.#credentials.password}`;
    this.#header = `Basic ${new TextEncoder().encode(pair).toBase64()}`;
    return this.#header;
  }
}

async function readCookie(path: string): Promise<string> {
  // Asked first, because reading without the permission would prompt on a terminal.
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") {
    throw unauthorized(`the permission is missing, start with --allow-read=${path}`);
  }
  let text: string;
  try {
    text = (await Deno.readTextFile(path)).trim();
  } catch (cause) {
    throw unauthorized(`${path}: ${reasonOf(cause)}; is it running?`, cause);
  }
  if (text.length > COOKIE_LENGTH_MAX || !/^[\x21-\x39\x3b-\x7e]+:[\x21-\x7e]+$/.test(text)) {
    throw unauthorized(`${path} does not hold one line "user:password"`);
  }
  return text;
}

function unauthorized(reason: string, cause?: unknown): CallError {
  return new CallError("unauthorized", `Cannot read the cookie file: ${reason}`, { cause });
}

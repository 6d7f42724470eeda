import { reasonOf } from "../base/mod.ts";
import { NodeError } from "./node_error.ts";

/**
 * How a node is told who calls.
 *
 * - `cookie`: the file `.cookie` that Zebra writes anew at each start, `user:password` in one
 *   line; `path` is the file itself;
 * - `password`: fixed, as a proxy in front of the node may ask;
 * - `none`: the node runs with `rpc.enable_cookie_auth = false`.
 */
export type NodeCredentials =
  | { readonly kind: "none" }
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "cookie"; readonly path: string };

/** Zebra writes some 60 bytes; anything much longer is another file. */
const COOKIE_LENGTH_MAX = 512;

/** Makes the `Authorization` header and keeps it until {@link AuthorizationSource.forget}. */
export class AuthorizationSource {
  readonly #credentials: NodeCredentials;
  #header: string | undefined;

  constructor(credentials: NodeCredentials) {
    this.#credentials = credentials;
  }

  /** The next {@link header} reads the cookie file again: the node may have restarted. */
  forget(): void {
    this.#header = undefined;
  }

  /**
   * The value of the header (HTTP Basic, RFC 7617), undefined without credentials.
   *
   * @throws {NodeError} of kind `unauthorized` when the cookie file cannot be read.
   */
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
  } catch (thrown) {
    const reason = thrown instanceof Deno.errors.NotFound
      ? `${path} does not exist; start the node, or set the cookie path to the file .cookie in ` +
        "the node's rpc.cookie_dir"
      : `${path}: ${reasonOf(thrown)}`;
    throw unauthorized(reason, thrown);
  }
  if (text.length > COOKIE_LENGTH_MAX || !/^[\x21-\x39\x3b-\x7e]+:[\x21-\x7e]+$/.test(text)) {
    throw unauthorized(`${path} does not hold one line "user:password"`);
  }
  return text;
}

function unauthorized(reason: string, cause?: unknown): NodeError {
  return new NodeError("unauthorized", `Cannot read the node's cookie file: ${reason}`, { cause });
}

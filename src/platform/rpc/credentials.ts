import { reasonOf } from "../../base/mod.ts";
import { RpcError, type RpcPeer } from "./errors.ts";

/**
 * How a node or wallet is told who calls.
 *
 * - `cookie`: the file `.cookie` that it writes anew at each start, `user:password` in one line;
 *   `path` is the file itself;
 * - `password`: fixed, as a wallet or a proxy in front of a node may ask;
 * - `none`: it asks for none (Zebra: `rpc.enable_cookie_auth = false`).
 */
export type RpcCredentials =
  | { readonly kind: "none" }
  | { readonly kind: "password"; readonly user: string; readonly password: string }
  | { readonly kind: "cookie"; readonly path: string };

/** Cookies have some 60 bytes; anything much longer is another file. */
const COOKIE_LENGTH_MAX = 512;

/** Makes the `Authorization` header and keeps it until {@link BasicAuthorization.forget}. */
export class BasicAuthorization {
  readonly #peer: RpcPeer;
  readonly #credentials: RpcCredentials;
  #header: string | undefined;

  constructor(peer: RpcPeer, credentials: RpcCredentials) {
    this.#peer = peer;
    this.#credentials = credentials;
  }

  /** The next {@link header} reads the cookie file again: the server may have restarted. */
  forget(): void {
    this.#header = undefined;
  }

  /**
   * The value of the header (HTTP Basic, RFC 7617), undefined without credentials.
   *
   * @throws {RpcError} of kind `unauthorized` when the cookie file cannot be read.
   */
  async header(): Promise<string | undefined> {
    if (this.#header !== undefined || this.#credentials.kind === "none") return this.#header;
    const pair = this.#credentials.kind === "cookie"
      ? await readCookie(this.#peer, this.#credentials.path)
      : `${this.#credentials.user}:${this.#credentials.password}`;
    this.#header = `Basic ${new TextEncoder().encode(pair).toBase64()}`;
    return this.#header;
  }
}

async function readCookie(peer: RpcPeer, path: string): Promise<string> {
  // Asked first, because reading without the permission would prompt on a terminal.
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") {
    throw unreadable(peer, `the permission is missing, start with --allow-read=${path}`);
  }
  let text: string;
  try {
    text = (await readSmallFile(path)).trim();
  } catch (thrown) {
    const reason = thrown instanceof Deno.errors.NotFound
      ? `${path} does not exist; start the ${peer}, or set the cookie path to the file .cookie in ` +
        `the ${peer}'s directory (Zebra: rpc.cookie_dir)`
      : `${path}: ${reasonOf(thrown)}`;
    throw unreadable(peer, reason, thrown);
  }
  if (!/^[\x21-\x39\x3b-\x7e]+:[\x21-\x7e]+$/.test(text)) {
    throw unreadable(peer, `${path} does not hold one line "user:password"`);
  }
  return text;
}

/** A pipe would be waited for beyond every time limit of a call, a device read without end. */
async function readSmallFile(path: string): Promise<string> {
  const { isFile, size } = await Deno.stat(path);
  if (!isFile) throw new TypeError("it is no file");
  return size > COOKIE_LENGTH_MAX ? "" : await Deno.readTextFile(path);
}

function unreadable(peer: RpcPeer, reason: string, cause?: unknown): RpcError {
  const message = `Cannot read the ${peer}'s cookie file: ${reason}`;
  return new RpcError(peer, "unauthorized", message, { cause });
}

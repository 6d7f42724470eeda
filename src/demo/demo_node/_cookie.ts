/**
 * Cookie authentication: a secret in a file that only its owner can read.
 *
 * @module
 */
import type { Random } from "../../base/mod.ts";

/** The user name that goes with a cookie. */
const COOKIE_USER = "__cookie__";
const COOKIE_FILE = ".cookie";
const SECRET_LENGTH = 32;

/** Keeps the secret and the file that tells it; without a directory everybody may come in. */
export class CookieJar {
  readonly #directory: string | undefined;
  readonly #random: Random;
  #secret = "";

  private constructor(directory: string | undefined, random: Random) {
    this.#directory = directory;
    this.#random = random;
  }

  /** Makes the first cookie. */
  static async open(directory: string | undefined, random: Random): Promise<CookieJar> {
    const jar = new CookieJar(directory, random);
    await jar.renew();
    return jar;
  }

  /** The file with the cookie. */
  get path(): string | undefined {
    return this.#directory === undefined ? undefined : `${this.#directory}/${COOKIE_FILE}`;
  }

  /** Makes a new secret; the old one is worth nothing from now on. */
  async renew(): Promise<void> {
    if (this.path === undefined) return;
    this.#secret = btoa(String.fromCharCode(...this.#random.bytes(SECRET_LENGTH)));
    await Deno.mkdir(this.#directory as string, { recursive: true });
    // A file that is already there keeps its mode when written to, so it goes first.
    await Deno.remove(this.path).catch(ignoreMissing);
    await Deno.writeTextFile(this.path, `${COOKIE_USER}:${this.#secret}`, {
      mode: 0o600,
      createNew: true,
    });
  }

  /**
   * Whether a request may come in; only the password counts, whatever the user is called.
   *
   * @param authorization the header's value.
   */
  allows(authorization: string | undefined): boolean {
    if (this.path === undefined) return true;
    const credentials = /^Basic (\S+)$/i.exec(authorization ?? "")?.[1];
    if (credentials === undefined) return false;
    try {
      const text = atob(credentials);
      return text.slice(text.indexOf(":") + 1) === this.#secret;
    } catch {
      // No Base64.
      return false;
    }
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

import { type Clock, reasonOf } from "../../base/mod.ts";
import { type RedisClient, redisClient } from "./_client.ts";

/** A connection on which commands stay unanswered for this long is given up for a new one. */
const SILENCE_MAX_MS = 5_000;

/**
 * Sets in Redis, each with a time after which it is gone. Commands of one turn go out together.
 *
 * A command that cannot be sent at once rejects, and so does one whose connection breaks: none is
 * sent twice, since the second would find what the first has put in.
 */
export class RedisSets {
  readonly #url: string;
  readonly #clock: Clock;
  #client: RedisClient;
  /** Why there is no connection. */
  #trouble = "the first connection is being made";
  #isClosed = false;
  /** Since when commands wait without any answer; undefined while none waits. */
  #silentSinceMs: number | undefined;
  #waiting = 0;

  private constructor(url: string, clock: Clock) {
    this.#url = url;
    this.#clock = clock;
    this.#client = this.#connect();
  }

  /**
   * Begins to connect, and connects again whenever the connection breaks; waits for nothing.
   *
   * @param url `redis://` or, with TLS, `rediss://`; may name user, password and database.
   */
  static open(url: string, { clock }: { readonly clock: Clock }): RedisSets {
    return new RedisSets(url, clock);
  }

  /**
   * Adds a member and lets the set live `ttlMs` from now.
   *
   * @returns false when it was in. Rejects when the server does not do it.
   */
  async add(set: string, member: string, ttlMs: number): Promise<boolean> {
    const [added] = await this.#ask((client) =>
      client.multi().sAdd(set, member).pExpire(set, ttlMs).exec()
    );
    return Number(added) === 1;
  }

  /** Lets a set live `ttlMs` from now, if there is one. */
  async keep(set: string, ttlMs: number): Promise<void> {
    await this.#ask((client) => client.pExpire(set, ttlMs));
  }

  /** Breaks the connection; what waits rejects. */
  close(): void {
    this.#isClosed = true;
    destroy(this.#client);
  }

  async #ask<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    this.#leaveSilence();
    const client = this.#client;
    // A transaction would wait for the connection.
    if (!client.isReady) throw new Error(`not connected: ${this.#trouble}`);
    this.#waiting++;
    this.#silentSinceMs ??= this.#clock.monotonic();
    try {
      return await command(client);
    } finally {
      if (client === this.#client) {
        this.#waiting--;
        this.#silentSinceMs = this.#waiting === 0 ? undefined : this.#clock.monotonic();
      }
    }
  }

  /** A cut line looks to the system like a quiet one for a quarter of an hour. */
  #leaveSilence(): void {
    const sinceMs = this.#silentSinceMs;
    if (this.#isClosed || sinceMs === undefined) return;
    if (this.#clock.monotonic() - sinceMs < SILENCE_MAX_MS) return;
    const old = this.#client;
    this.#client = this.#connect();
    this.#waiting = 0;
    this.#silentSinceMs = undefined;
    destroy(old);
  }

  #connect(): RedisClient {
    const onError = (error: Error): void => {
      this.#trouble = reasonOf(error);
    };
    const client = redisClient(this.#url, { reconnects: true, onError });
    client.connect().catch(() => {
      // Only closing it ends the tries; until then commands reject.
    });
    return client;
  }
}

function destroy(client: RedisClient): void {
  try {
    client.destroy();
  } catch {
    // It has no connection.
  }
}

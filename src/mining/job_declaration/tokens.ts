import { bytesToHex, type Clock, concatBytes, type Random } from "../../base/mod.ts";
import { DeclarationErrorCode } from "../../wire/protocol/mod.ts";
import type { MinerIdentity } from "../channels/mod.ts";
import { DeclarationRefusal } from "./refusal.ts";

/** Tokens of all clients together; each costs some 300 bytes. */
export const TOKENS_MAX = 100_000;

/** What bounds tokens. */
export interface TokenLimits {
  readonly lifetimeMs: number;
  readonly perClientMax: number;
  /** Of all clients together. */
  readonly totalMax: number;
}

/** Random bytes of a token behind its number: nobody guesses one. */
const SECRET_LENGTH = 16;

/** The right of one client to declare jobs for one miner. */
interface Token {
  readonly miner: MinerIdentity;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
}

/** All tokens of the process. */
export class TokenBook {
  readonly #limits: TokenLimits;
  readonly #modules: { readonly clock: Clock; readonly random: Random };
  /** Tokens of each network of clients that has any. */
  readonly #byNetwork = new Map<string, number>();
  #number = 0n;
  #count = 0;

  constructor(
    limits: TokenLimits,
    modules: { readonly clock: Clock; readonly random: Random },
  ) {
    this.#limits = limits;
    this.#modules = modules;
  }

  /** Tokens that are remembered. */
  get count(): number {
    return this.#count;
  }

  /**
   * The purse of a client that has connected; it has to be closed when the connection ends.
   *
   * @param network whose connection it is: all of its clients together get as many tokens as they
   *   leave for others.
   */
  open(network: string): TokenPurse {
    const held = new Map<string, Token>();
    const forget = (key: string): void => {
      if (held.delete(key)) this.#add(network, -1);
    };
    return {
      allocate: (miner) => this.#allocate({ held, forget, network }, miner),
      find: (token) => this.#find(held, token),
      close: () => [...held.keys()].forEach(forget),
    };
  }

  #allocate(
    { held, forget, network }: {
      readonly held: Map<string, Token>;
      readonly forget: (key: string) => void;
      readonly network: string;
    },
    miner: MinerIdentity,
  ): Uint8Array {
    const { clock, random } = this.#modules;
    const { lifetimeMs, perClientMax } = this.#limits;
    const now = clock.monotonic();
    for (const [key, { expiresAt }] of held) if (expiresAt <= now) forget(key);
    if (held.size >= perClientMax) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.refusedIdentity,
        `this connection holds ${perClientMax} tokens, the most that it may; ` +
          "use one of them for the next job",
      );
    }
    if ((this.#byNetwork.get(network) ?? 0) >= this.#limits.totalMax - this.#count) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.overloaded,
        "the pool has no further tokens for this network; ask again in a minute",
      );
    }
    const number = new Uint8Array(8);
    new DataView(number.buffer).setBigUint64(0, this.#number++, true);
    const token = concatBytes(number, random.bytes(SECRET_LENGTH));
    held.set(bytesToHex(token), { miner, expiresAt: now + lifetimeMs });
    this.#add(network, 1);
    return token;
  }

  #add(network: string, by: number): void {
    this.#count += by;
    const count = (this.#byNetwork.get(network) ?? 0) + by;
    if (count > 0) this.#byNetwork.set(network, count);
    else this.#byNetwork.delete(network);
  }

  #find(held: ReadonlyMap<string, Token>, token: Uint8Array): Token {
    const found = held.get(bytesToHex(token));
    if (found === undefined) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.invalidToken,
        "a token that this connection was given is expected",
      );
    }
    if (found.expiresAt <= this.#modules.clock.monotonic()) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.tokenExpired,
        `a token can be used for ${this.#limits.lifetimeMs / 1_000} s; allocate another one`,
      );
    }
    return found;
  }
}

/** The tokens of one connection: nobody else can use them, and they end with it. */
export interface TokenPurse {
  /** @throws {DeclarationRefusal} when there are too many. */
  allocate(miner: MinerIdentity): Uint8Array;
  /** @throws {DeclarationRefusal} when it is none of this connection's, or too old. */
  find(token: Uint8Array): Token;
  close(): void;
}

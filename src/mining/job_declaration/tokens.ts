import { bytesToHex, type Clock, concatBytes, type Random } from "../../base/mod.ts";
import { DeclarationErrorCode, DeclarationMode } from "../../wire/protocol/mod.ts";
import type { MinerIdentity } from "../channels/mod.ts";
import { NetworkShares } from "./network_shares.ts";
import { DeclarationRefusal } from "./refusal.ts";

/** Tokens of all clients together; each costs some 300 bytes. */
export const TOKENS_MAX = 100_000;

/** Random bytes of a token behind its number: nobody guesses one. */
const SECRET_LENGTH = 16;

/**
 * Connections that may declare full templates at a time: each may send frames as large as a block
 * and have some of them alive.
 */
const FULL_DECLARERS_MAX = 32;

/** One of the values of `granted_mode`. */
export type Mode = typeof DeclarationMode[keyof typeof DeclarationMode];

/** The right of one client to declare jobs for one miner. */
interface Token {
  readonly miner: MinerIdentity;
  readonly mode: Mode;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
}

/** What bounds tokens. */
export interface TokenLimits {
  readonly lifetimeMs: number;
  readonly perClientMax: number;
  /** Of all clients together. */
  readonly totalMax: number;
}

/** All tokens of the process. */
export class TokenBook {
  readonly #limits: TokenLimits;
  readonly #modules: { readonly clock: Clock; readonly random: Random };
  #number = 0n;
  readonly #places: NetworkShares;
  readonly #fullDeclarers = new NetworkShares(FULL_DECLARERS_MAX);

  constructor(
    limits: TokenLimits,
    modules: { readonly clock: Clock; readonly random: Random },
  ) {
    this.#limits = limits;
    this.#modules = modules;
    this.#places = new NetworkShares(limits.totalMax);
  }

  /** Tokens that are remembered. */
  get count(): number {
    return this.#places.taken;
  }

  /**
   * The purse of a client that has connected; it has to be closed when the connection ends.
   *
   * @param network whose connection it is: all of its clients together get as many tokens, and as many
   *   places to declare full templates, as they leave for others.
   */
  open(network: string): TokenPurse {
    const held = new Map<string, Token>();
    const forget = (key: string): void => {
      if (held.delete(key)) this.#places.giveBack(network);
    };
    let isFull = false;
    return {
      allocate: (miner, mode) => {
        const opens = mode === DeclarationMode.fullTemplate && !isFull;
        if (opens && !this.#fullDeclarers.tryTake(network)) throw tooManyFullDeclarers();
        isFull ||= opens;
        return this.#allocate({ held, forget, network }, { miner, mode });
      },
      find: (token, mode) => this.#find(held, token, mode),
      close: () => {
        [...held.keys()].forEach(forget);
        if (isFull) this.#fullDeclarers.giveBack(network);
        isFull = false;
      },
    };
  }

  #allocate(
    { held, forget, network }: {
      readonly held: Map<string, Token>;
      readonly forget: (key: string) => void;
      readonly network: string;
    },
    owner: Pick<Token, "miner" | "mode">,
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
    if (!this.#places.tryTake(network)) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.overloaded,
        "the pool has no further tokens for this network; ask again in a minute",
      );
    }
    const number = new Uint8Array(8);
    new DataView(number.buffer).setBigUint64(0, this.#number++, true);
    const token = concatBytes(number, random.bytes(SECRET_LENGTH));
    held.set(bytesToHex(token), { ...owner, expiresAt: now + lifetimeMs });
    return token;
  }

  #find(held: ReadonlyMap<string, Token>, token: Uint8Array, mode: Mode): Token {
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
    if (found.mode === mode) return found;
    throw new DeclarationRefusal(
      DeclarationErrorCode.modeMismatch,
      `the token was granted for mode ${found.mode}, not ${mode}: allocate one of this mode`,
    );
  }
}

function tooManyFullDeclarers(): DeclarationRefusal {
  return new DeclarationRefusal(
    DeclarationErrorCode.overloaded,
    `${FULL_DECLARERS_MAX} connections declare full templates, the most that may; ` +
      "ask again later, or for mode 0",
  );
}

/** The tokens of one connection: nobody else can use them, and they end with it. */
export interface TokenPurse {
  /** @throws {DeclarationRefusal} when there are too many. */
  allocate(miner: MinerIdentity, mode: Mode): Uint8Array;
  /** @throws {DeclarationRefusal} when it is none of this connection's, too old, or for another mode. */
  find(token: Uint8Array, mode: Mode): Token;
  close(): void;
}

import { type Clock, deadline, type Logger, reasonOf } from "../../base/mod.ts";

/** The one question that is asked of a node here (`z_validateaddress`). */
export interface AddressNode {
  zValidateAddress(
    address: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly isValid: boolean }>;
}

/** What is known of an address: only a node's own word makes it valid or invalid. */
export type AddressVerdict = "valid" | "invalid" | "unchecked";

/** Bounds; the defaults serve a pool of 10,000 connections. */
export interface AddressVerdictsOptions {
  /**
   * How long somebody waits for the answer. Zebra answers within 10 ms; a second is not felt when a
   * channel opens, and a node that is slower than that must not keep miners away.
   */
  readonly waitMs?: number;
  /** Addresses that are remembered: some 300 bytes each, twice the miners of a large pool. */
  readonly rememberedMax?: number;
  /** Questions that are asked at one time; the node has templates and blocks to serve. */
  readonly askingMax?: number;
}

const DEFAULTS = { waitMs: 1_000, rememberedMax: 20_000, askingMax: 16 } as const;

/**
 * A refusal is asked again after this time: the node may have been one of another network, and
 * a miner that was wrongly refused must not need a restart of the pool.
 */
const REFUSAL_MS = 600_000;

/**
 * The authoritative check of addresses: whether the points inside of shielded receivers lie on their
 * curves can only be told by a node, and it is asked once for each address.
 *
 * Nobody waits longer than `waitMs`. Without an answer by then the address is `unchecked`, the
 * question goes on in the background, and what it finds counts from then on; payments ask again
 * before they pay an address for the first time.
 */
export class AddressVerdicts {
  readonly #options: Required<AddressVerdictsOptions>;
  readonly #nodes: readonly AddressNode[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** In the order in which they were last needed, the oldest first. */
  readonly #known = new Map<string, { readonly isValid: boolean; readonly atMs: number }>();
  readonly #asking = new Map<string, Promise<AddressVerdict>>();

  constructor(
    options: AddressVerdictsOptions,
    modules: {
      readonly nodes: readonly AddressNode[];
      readonly clock: Clock;
      readonly logger: Logger;
    },
  ) {
    this.#options = { ...DEFAULTS, ...options };
    this.#nodes = modules.nodes;
    this.#clock = modules.clock;
    this.#logger = modules.logger;
  }

  /** Says what a node thinks of the address; never rejects. */
  async check(address: string): Promise<AddressVerdict> {
    const known = this.#recall(address);
    if (known !== undefined) return known;
    let asking = this.#asking.get(address);
    if (asking === undefined) {
      if (this.#asking.size >= this.#options.askingMax) return "unchecked";
      asking = this.#ask(address).finally(() => this.#asking.delete(address));
      this.#asking.set(address, asking);
    }
    const limit = deadline(this.#clock, this.#options.waitMs);
    try {
      return await Promise.race([asking, fired(limit.signal)]);
    } finally {
      limit.done();
    }
  }

  #recall(address: string): AddressVerdict | undefined {
    const known = this.#known.get(address);
    if (known === undefined) return undefined;
    this.#known.delete(address);
    if (!known.isValid && this.#clock.monotonic() - known.atMs >= REFUSAL_MS) return undefined;
    this.#known.set(address, known);
    return known.isValid ? "valid" : "invalid";
  }

  /** The nodes in their order, until one answers; each call has a time limit of its own. */
  async #ask(address: string): Promise<AddressVerdict> {
    for (const node of this.#nodes) {
      try {
        const { isValid } = await node.zValidateAddress(address);
        this.#remember(address, isValid);
        return isValid ? "valid" : "invalid";
      } catch (error) {
        this.#logger.log(
          "debug",
          "address_not_checked",
          `a node did not check an address: ${reasonOf(error)}`,
        );
      }
    }
    return "unchecked";
  }

  #remember(address: string, isValid: boolean): void {
    this.#known.set(address, { isValid, atMs: this.#clock.monotonic() });
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#options.rememberedMax && oldest !== undefined) {
      this.#known.delete(oldest);
    }
  }
}

function fired(signal: AbortSignal): Promise<AddressVerdict> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve("unchecked"), { once: true });
  });
}

import type { MinerIdentity } from "../channels/mod.ts";

/** Workers of one connection: a proxy's machines. Each costs some 200 bytes. */
export const WORKERS_MAX = 256;

/**
 * The workers that were authorized on one connection. Names are the miner's own texts, because a
 * share repeats them; several of them may be one identity.
 */
export class Workers {
  readonly #identities = new Map<string, MinerIdentity>();

  get size(): number {
    return this.#identities.size;
  }

  /** Whether a further name has room. */
  get isFull(): boolean {
    return this.#identities.size >= WORKERS_MAX;
  }

  /** Each identity once, however many names it has. */
  identities(): Iterable<MinerIdentity> {
    const byKey = [...this.#identities.values()].map((miner) =>
      [`${miner.minerId}.${miner.workerName}`, miner] as const
    );
    return new Map(byKey).values();
  }

  find(name: string): MinerIdentity | undefined {
    return this.#identities.get(name);
  }

  add(name: string, identity: MinerIdentity): void {
    if (!this.isFull) this.#identities.set(name, identity);
  }
}

/** A node whose answers a test writes down, one after the other. */
import type { BlockCallOptions, BlockNode } from "../../../../src/chain/blocks/mod.ts";
import type { FoundBlock } from "../../../../src/chain/blocks/mod.ts";
import { displayHash, hashFromDisplay } from "../../../../src/base/mod.ts";

/** "hang" is never answered until the call is given up; an Error rejects. */
export type Answer<T> = T | "hang" | Error;

export class ScriptedNode implements BlockNode {
  readonly url: string;
  /** What `submitBlock` answers; the last one goes on. */
  submits: Answer<string | null>[] = [null];
  /** What the chain says; the last one goes on. */
  chain: Answer<Uint8Array | undefined>[] = [undefined];
  proposals: Answer<string | null>[] = [null];
  readonly calls: string[] = [];
  /** Calls that are under way. */
  pending = 0;

  constructor(url = "http://node-a") {
    this.url = url;
  }

  submitBlock(_block: Uint8Array, options?: BlockCallOptions): Promise<string | null> {
    return this.#answer("submit", this.submits, options);
  }

  proposeBlock(_block: Uint8Array, options?: BlockCallOptions): Promise<string | null> {
    return this.#answer("propose", this.proposals, options);
  }

  getBlockHash(_height: number, options?: BlockCallOptions): Promise<Uint8Array | undefined> {
    return this.#answer("chain", this.chain, options);
  }

  async #answer<T>(
    name: string,
    script: Answer<T>[],
    options: BlockCallOptions | undefined,
  ): Promise<T> {
    this.calls.push(name);
    const answer = (script.length > 1 ? script.shift() : script[0]) as Answer<T>;
    this.pending++;
    try {
      if (answer === "hang") await untilAborted(options?.signal);
      if (answer instanceof Error) throw answer;
      return answer as T;
    } finally {
      this.pending--;
    }
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted) reject(new Error("given up"));
    signal?.addEventListener("abort", () => reject(new Error("given up")), { once: true });
  });
}

/** A block that is told apart by `seed`, with `length` bytes. */
export function someBlock(seed: number, length = 200): FoundBlock {
  const block = new Uint8Array(length).map((_, index) => (index * 7 + seed) & 0xff);
  return {
    hash: hashFromDisplay(seed.toString(16).padStart(64, "0")),
    height: 1000 + seed,
    previousBlockHash: new Uint8Array(32).fill(seed & 0xff),
    block,
    minerId: `miner-${seed}`,
    foundAt: 1_795_400_000_000 + seed,
  };
}

export const otherHash = hashFromDisplay("ff".repeat(32));

/** The states of a block in the order in which they were told. */
export function statesOf(
  outcomes: readonly { hash: Uint8Array; state: string }[],
  found: FoundBlock,
) {
  return outcomes
    .filter((outcome) => displayHash(outcome.hash) === displayHash(found.hash))
    .map((outcome) => outcome.state);
}

/**
 * The node without its sockets: a chain, its mempool, its template and the calls on them.
 *
 * @module
 */
import type { Clock } from "../../base/mod.ts";
import { readTransparentAddress, scriptOf } from "./_address.ts";
import { BlockInbox, type BlockListener } from "./_block_inbox.ts";
import { Chain } from "./_chain.ts";
import type { Genesis } from "./_chain_block.ts";
import { ForeignMiner } from "./_foreign_miner.ts";
import { Mempool } from "./_mempool.ts";
import type { RpcMethods } from "./_rpc.ts";
import { chainMethods } from "./_rpc_chain.ts";
import { miningMethods } from "./_rpc_mining.ts";
import { nodeMethods } from "./_rpc_node.ts";
import { transactionMethods } from "./_rpc_transaction.ts";
import type { ChainRules } from "./_rules.ts";
import { SeededRandom } from "./_seeded_random.ts";
import { TemplateBoard } from "./_template_board.ts";
import { TransactionSource } from "./_transaction_source.ts";

/** What a node is made of. */
export interface NodeCoreOptions {
  readonly rules: ChainRules;
  readonly genesis: Genesis;
  readonly minerAddress: string;
  readonly extraCoinbaseData: Uint8Array;
  readonly seed: string;
  /** How often a transaction arrives; 0 for never, and then none is there at the start either. */
  readonly transactionIntervalMs: number;
}

/** All parts of a node that know nothing of HTTP. */
export class NodeCore {
  readonly chain: Chain;
  readonly mempool: Mempool;
  readonly source: TransactionSource;
  readonly board: TemplateBoard | undefined;
  readonly inbox: BlockInbox;
  readonly miner: ForeignMiner;
  readonly methods: RpcMethods;
  readonly #clock: Clock;
  #cancelArrival: () => void = () => {};

  constructor(options: NodeCoreOptions, modules: { clock: Clock; onBlock: BlockListener }) {
    const { clock, onBlock } = modules;
    const chain = new Chain(options.rules, options.genesis);
    const mempool = new Mempool(chain);
    const random = (purpose: string) => new SeededRandom(`${options.seed}/${purpose}`);
    this.#clock = clock;
    this.chain = chain;
    this.mempool = mempool;
    this.source = new TransactionSource(chain, mempool, random("transactions"));
    if (options.transactionIntervalMs > 0) this.#keepTransactionsComing(options);
    this.board = boardFor(options, { chain, mempool, clock });
    this.inbox = new BlockInbox({ chain, clock, onBlock });
    this.miner = new ForeignMiner({ chain, mempool, clock, random: random("foreign") });
    this.methods = {
      ...nodeMethods(chain),
      ...chainMethods(chain),
      ...transactionMethods(chain, mempool),
      ...miningMethods({ chain, clock, inbox: this.inbox, board: this.board }),
    };
  }

  /** Stops all timers and ends all waiting. */
  close(): void {
    this.#cancelArrival();
    this.board?.close();
  }

  #keepTransactionsComing({ transactionIntervalMs }: NodeCoreOptions): void {
    this.source.refill();
    this.chain.onTip(() => this.source.refill());
    const arrive = (): void => {
      this.source.trickle();
      this.#cancelArrival = this.#clock.after(transactionIntervalMs, arrive);
    };
    this.#cancelArrival = this.#clock.after(transactionIntervalMs, arrive);
  }
}

/** An address of another network counts as none, as with the real node. */
function boardFor(
  options: NodeCoreOptions,
  modules: { chain: Chain; mempool: Mempool; clock: Clock },
): TemplateBoard | undefined {
  const address = readTransparentAddress(options.minerAddress);
  if (address === undefined) {
    throw new TypeError(
      `Cannot start the demo node: a transparent address expected, received ${options.minerAddress}`,
    );
  }
  if (address.network !== "test") return undefined;
  const { extraCoinbaseData } = options;
  return new TemplateBoard({ minerScript: scriptOf(address), extraCoinbaseData }, modules);
}

/**
 * The control interface: what tests can have the node do. The pool never uses it.
 *
 * @module
 */
import { displayHash } from "../../base/mod.ts";
import type { CookieJar } from "./_cookie.ts";
import type { Fault, Faults, FaultScope } from "./_faults.ts";
import type { HttpServer } from "./_http_server.ts";
import type { NodeCore } from "./_node_core.ts";
import { type SpoilerName, spoilerOf } from "./_spoilers.ts";

/** Steers a demo node from within its process. */
export class DemoNodeControl {
  readonly #core: NodeCore;
  readonly #faults: Faults;
  readonly #cookies: CookieJar;
  readonly #server: HttpServer;

  constructor(
    modules: { core: NodeCore; faults: Faults; cookies: CookieJar; server: HttpServer },
  ) {
    this.#core = modules.core;
    this.#faults = modules.faults;
    this.#cookies = modules.cookies;
    this.#server = modules.server;
  }

  /** The best chain's last block; its hash as people write it. */
  get tip(): { height: number; hash: string } {
    const { height, hash } = this.#core.chain.tip;
    return { height, hash: displayHash(hash) };
  }

  /** Long polls that wait now. */
  get longPolls(): number {
    return this.#core.board?.waiting ?? 0;
  }

  /** Submitted blocks that wait for their parent now. */
  get orphans(): number {
    return this.#core.inbox.waiting;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#server.connections;
  }

  /**
   * Has someone else find blocks.
   *
   * @param options `empty` leaves the mempool as it is.
   * @returns their hashes as people write them, oldest first.
   */
  generate(count = 1, options: { empty?: boolean } = {}): string[] {
    return this.#announce(this.#core.miner.generate(count, options.empty));
  }

  /** Has another branch overtake the best chain, `depth` blocks below its tip. */
  reorg(depth = 1): string[] {
    return this.#announce(this.#core.miner.reorganise(depth));
  }

  /** Puts one more transaction into the mempool; templates show it at their next rebuild. */
  addTransaction(): boolean {
    return this.#core.source.addOne();
  }

  /** Builds the template again now instead of within five seconds. */
  rebuildTemplate(): void {
    this.#core.board?.rebuild();
  }

  /** Makes templates wrong in one way, or right again. */
  spoilTemplates(name: SpoilerName | undefined): void {
    this.#core.board?.spoil(name === undefined ? undefined : spoilerOf(name));
  }

  /** Has calls suffer: see {@link Fault}. */
  setFault(fault: Fault, scope?: FaultScope): void {
    this.#faults.set(fault, scope);
  }

  /** Ends all faults that were set; calls that hang already go on hanging. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** Closes every connection that is open now. */
  closeConnections(): void {
    this.#server.closeConnections();
  }

  /** Closes the connections of all long polls, unanswered. */
  dropLongPolls(): void {
    this.#core.board?.dropWaiting();
  }

  /** Writes a new cookie, as a restart would. */
  renewCookie(): Promise<void> {
    return this.#cookies.renew();
  }

  #announce(blocks: readonly { hash: Uint8Array }[]): string[] {
    for (const block of blocks) this.#core.inbox.arrived(block.hash);
    return blocks.map((block) => displayHash(block.hash));
  }
}

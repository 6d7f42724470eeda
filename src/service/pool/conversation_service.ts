import type { ConnectedMiner, ConversationServer } from "../../mining/channels/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import type { MiningService } from "./mining_service.ts";

/** Connections whose handshake is done. */
export interface ConnectionSource<C> {
  connections(): AsyncIterable<C>;
  /** Accepts nobody any more; connections that were handed out stay. */
  close(): Promise<void>;
}

/** What is served: a connection of any kind. */
interface Served {
  close(reason: string): void;
}

/** One protocol on its connections. */
export class ConversationService<C extends Served> implements MiningService {
  readonly name: string;
  readonly #source: ConnectionSource<C>;
  readonly #server: ConversationServer<C>;
  readonly #serving = new Set<Promise<void>>();

  /** @param name for logs and metrics. */
  constructor(name: string, source: ConnectionSource<C>, server: ConversationServer<C>) {
    this.name = name;
    this.#source = source;
    this.#server = server;
  }

  get channelCount(): number {
    return this.#server.channelCount;
  }

  get pendingShares(): number {
    return this.#server.pendingShares;
  }

  miners(): Iterable<ConnectedMiner> {
    return this.#server.connected();
  }

  async run(): Promise<void> {
    for await (const connection of this.#source.connections()) {
      // A conversation ends with its connection and never rejects.
      const served = this.#server.serve(connection).then(() => void this.#serving.delete(served));
      this.#serving.add(served);
    }
    await Promise.all(this.#serving);
  }

  broadcast(template: JobTemplate, cleanJobs: boolean): void {
    this.#server.broadcast(template, cleanJobs);
  }

  admit(open: boolean): void {
    this.#server.admit(open);
  }

  limitLiability(atCap: boolean): void {
    this.#server.limitLiability(atCap);
  }

  stopAccepting(): Promise<void> {
    return this.#source.close();
  }

  drain(reason: string, overMs: number): Promise<void> {
    return this.#server.drain(reason, overMs);
  }

  farewell(reason: string): void {
    this.#server.stop(reason);
  }

  closeAll(reason: string): void {
    this.#server.closeAll(reason);
  }
}

import type { SqlDatabase } from "../../platform/database/mod.ts";
import { lastHour } from "./hour_closer.ts";
import type { ShareReader } from "./share_reader.ts";

/**
 * Credits of written shares that no journal entry covers yet. Each refresh reads only the shares that
 * came since the last one.
 */
export class RunningHour {
  readonly #database: SqlDatabase;
  readonly #reader: ShareReader;
  readonly #credits = new Map<string, bigint>();
  #from = -1n;
  #seen = 0n;
  #totalPicoZat = 0n;
  #reading: Promise<void> | undefined;

  constructor(modules: { readonly database: SqlDatabase; readonly reader: ShareReader }) {
    this.#database = modules.database;
    this.#reader = modules.reader;
  }

  /** All miners' credits as of the last refresh, 10^-12 zatoshis. */
  get totalPicoZat(): bigint {
    return this.#totalPicoZat;
  }

  /** Up to which row id hours were closed at the last refresh: earlier shares are not in the total. */
  get closedThrough(): bigint {
    return this.#from;
  }

  /** Who has shares in it as of the last refresh, paid for or not. */
  get minerIds(): Iterable<string> {
    return this.#credits.keys();
  }

  /** One miner's credits as of the last refresh, 10^-12 zatoshis. */
  of(minerId: string): bigint {
    return this.#credits.get(minerId) ?? 0n;
  }

  /** Reads what was written since the last refresh; joined when one is under way. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #read(): Promise<void> {
    const through = await this.#reader.watermark();
    await this.#database.read(async (tx) => {
      const { through: closed } = await lastHour(tx);
      const begin = closed === this.#from ? this.#seen : closed;
      const work = await this.#reader.workBetween(tx, begin, through);
      if (closed !== this.#from) {
        this.#credits.clear();
        this.#totalPicoZat = 0n;
      }
      for (const { minerId, creditPicoZat } of work.values()) {
        this.#credits.set(minerId, this.of(minerId) + creditPicoZat);
        this.#totalPicoZat += creditPicoZat;
      }
      this.#from = closed;
      this.#seen = through > closed ? through : closed;
    });
  }
}

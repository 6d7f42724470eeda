import type { Client } from "../../../platform/database/mod.ts";
import { LOCKS } from "../../../platform/database/mod.ts";

/** The partition of a day; days since 1970-01-01 (UTC). */
export function partitionName(day: number): string {
  return `share_day_${day}`;
}

/** Sees to it that the partitions exist into which shares are written. */
export class DayPartitions {
  /** The day whose partition, and that of the next one, was seen to exist, and by which client. */
  #ready: { readonly day: number; readonly client: Client } | undefined;

  /**
   * Makes the partitions of a day and of the next one where they are missing. They are looked for
   * again when connections were lost: the server that comes back may be one that lacks them.
   */
  async ensure(client: Client, day: number): Promise<void> {
    if (this.#ready?.day === day && this.#ready.client === client) return;
    await client.begin("writing", async (tx) => {
      await tx.unsafe(`SELECT pg_advisory_xact_lock(${LOCKS.schema})`);
      for (const each of [day, day + 1]) {
        const name = partitionName(each);
        const [row] = await tx.unsafe("SELECT to_regclass($1)::text AS present", [name]);
        if (row?.present !== null) continue;
        // Made apart and then attached: that waits neither for writers nor for readers of shares,
        // as making it in its place would.
        await tx.unsafe(
          `CREATE TABLE ${name} (
             LIKE share INCLUDING CONSTRAINTS INCLUDING INDEXES, CHECK (day = ${each})
           )`,
        );
        await tx.unsafe(`ALTER TABLE share ATTACH PARTITION ${name} FOR VALUES IN (${each})`);
      }
    });
    this.#ready = { day, client };
  }
}

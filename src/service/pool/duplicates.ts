import type { Clock, Logger } from "../../base/mod.ts";
import {
  type ClaimMetrics,
  type DuplicateClaims,
  SeenShares,
  SharedClaims,
} from "../../mining/shares/mod.ts";
import { RedisSets } from "../../platform/redis/mod.ts";
import type { Config } from "../config/mod.ts";

/** What decides that a share counts once, and how it is closed. */
export interface Duplicates {
  readonly claims: DuplicateClaims & Pick<SeenShares, "openParent">;
  close(): void;
}

/** The memory of this process; with `[dedup]` also what other processes know. */
export function openDuplicates(
  { dedup }: Pick<Config, "dedup">,
  modules: { readonly clock: Clock; readonly logger: Logger; readonly metrics: ClaimMetrics },
): Duplicates {
  const local = new SeenShares();
  if (!dedup.enabled || dedup.redisUrl === undefined) {
    modules.metrics.usable.set(1);
    return { claims: local, close: () => {} };
  }
  const store = RedisSets.open(dedup.redisUrl.reveal(), modules);
  const options = { windowMs: dedup.windowSeconds * 1_000 };
  const claims = new SharedClaims(options, { ...modules, local, store });
  return {
    claims,
    close(): void {
      claims.close();
      store.close();
    },
  };
}

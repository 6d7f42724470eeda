import type { Clock, Logger } from "../../base/mod.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";
import {
  type Ban,
  BanStore,
  type ConductMetrics,
  PeerConduct,
  SharedBans,
} from "../conduct/mod.ts";
import type { Config } from "../config/mod.ts";
import { NoticeAllowance } from "./notice_allowance.ts";
import type { PeerNetworks } from "./peer_networks.ts";
import type { RefusalNotice } from "./refusal_notice.ts";

/** Conduct, and the bans behind it. */
export interface PoolConduct {
  readonly conduct: PeerConduct;
  readonly bans: SharedBans;
}

/** What it is made with. */
export interface PoolConductModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly database: SqlDatabase;
  readonly metrics: ConductMetrics;
  readonly networks: PeerNetworks;
  readonly refusals: RefusalNotice;
}

/** Makes it, with the bans that the ledger has. */
export async function openConduct(
  { security }: Pick<Config, "security">,
  { clock, logger, database, metrics, networks, refusals }: PoolConductModules,
): Promise<PoolConduct> {
  const bans = new SharedBans({ store: new BanStore(database), clock, logger });
  await bans.start();
  const allowance = new NoticeAllowance(clock);
  const conduct = new PeerConduct({
    threshold: security.banThreshold,
    durationSecs: security.banDurationSecs,
  }, {
    ...{ clock, metrics, bans },
    canBeBanned: (address) => networks.canBeBanned(address),
    limited: (limit, address) => refusals.refused(limit, address),
    banned: (ban) => sayBanned(ban, logger, allowance),
  });
  return { conduct, bans };
}

function sayBanned(ban: Ban, logger: Logger, allowance: NoticeAllowance): void {
  const { network, identity, durationSecs, reason } = ban;
  const granted = allowance.ask(`${network} ${identity}`);
  if (granted === undefined) return;
  const whom = identity === "" ? "everybody at an address" : "a miner at an address";
  const message = `${whom} is banned for security.ban_duration_secs: ${reason}; ` +
    "`bans lift` ends it";
  logger.log("warn", "peer_banned", message, {
    network,
    ...(identity === "" ? {} : { identity }),
    seconds: durationSecs,
    ...(granted.others === 0 ? {} : { not_shown: granted.others }),
  });
}

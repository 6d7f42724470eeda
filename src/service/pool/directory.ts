import type { Clock, Logger } from "../../base/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
import { type Accounts, AddressVerdicts, MinerDirectory } from "../../money/accounts/mod.ts";
import type { Config } from "../config/mod.ts";
import { poolNetwork } from "./options.ts";

/** Who may mine here: addresses of the pool's network that a node takes, and names of accounts. */
export function makeDirectory(
  config: Config,
  modules: {
    readonly accounts: Accounts;
    readonly nodes: readonly NodeClient[];
    readonly clock: Clock;
    readonly logger: Logger;
  },
): MinerDirectory {
  const { accounts, clock, logger } = modules;
  const paysByCoinbase = config.payout.wallet === "coinbase";
  return new MinerDirectory({ network: poolNetwork(config), paysByCoinbase }, {
    ...{ accounts, clock, logger },
    verdicts: new AddressVerdicts({}, modules),
  });
}

import type { Clock, CounterBy, Logger, LogLevel } from "../../base/mod.ts";
import type {
  LoginRefusal,
  LoginWatch,
  MinerIdentity,
  RefusedLogin,
} from "../../mining/channels/mod.ts";
import { consentNotice } from "./consent_notice.ts";
import { NoticeAllowance } from "./notice_allowance.ts";

/** Characters of a user identity that a line shows: an address with a worker's name has room. */
const USER_SHOWN_MAX = 160;

/** What can be done about it, by whom. */
const ADVICE: Readonly<Record<LoginRefusal, string>> = {
  "invalid-user-identity": "the miner's user must be ADDRESS or ADDRESS.WORKER of this network",
  "unknown-user": "use an address as user, or add the account: accounts add",
  "consent-not-possible": "the miner's user must be a transparent address, or without #coinbase",
  "overloaded": "the pool could not look the user up; see the lines about accounts and nodes",
  "invalid-hash-rate": "the miner's software states no usable hash rate",
  "max-target-too-hard":
    "the miner asks for a greater least difficulty than mining.max_difficulty allows",
  "liability-cap": "the pool owes as much as payout.liability_cap lets it owe",
  "nonce-prefix-too-long": "the miner needs more nonce bytes than mining.nonce_1_len leaves",
  "no-capacity": "all channels are in use: raise server.max_connections, or start another pool",
  "banned": "too many faults: the ban ends by itself after security.ban_duration_secs",
  "extension-not-negotiated": "the miner's software does not speak the Equihash extension",
};

/** The values of the label `reason`. */
export const LOGIN_REFUSALS = Object.keys(ADVICE) as readonly LoginRefusal[];

/** Counts refused logins, and logs who could not log in and why, within a bound. */
export class LoginNotice implements LoginWatch {
  readonly #logger: Logger;
  readonly #metric: CounterBy<LoginRefusal>;
  readonly #allowance: NoticeAllowance;
  /** The level of a line for each login. */
  readonly #logins: LogLevel;
  readonly #paysByCoinbase: boolean;

  /** @param options.everyLogin the operator wants to know who came, and from where. */
  constructor(
    options: { readonly everyLogin: boolean; readonly paysByCoinbase: boolean },
    modules: {
      readonly clock: Clock;
      readonly logger: Logger;
      readonly metric: CounterBy<LoginRefusal>;
    },
  ) {
    this.#logins = options.everyLogin ? "info" : "debug";
    this.#paysByCoinbase = options.paysByCoinbase;
    this.#logger = modules.logger;
    this.#metric = modules.metric;
    this.#allowance = new NoticeAllowance(modules.clock);
  }

  accepted({ minerId, workerName }: MinerIdentity, address: string): string | undefined {
    const fields = { miner: minerId, worker: workerName, miner_ip: address };
    this.#logger.log(this.#logins, "login_accepted", "a miner has logged in", fields);
    if (!this.#paysByCoinbase) return undefined;
    const notice = consentNotice(minerId);
    const granted = notice.waits ? this.#allowance.ask(`waits ${minerId}`) : undefined;
    if (granted !== undefined) {
      const message = `what a miner earns waits for a wallet: ${notice.text}`;
      this.#logger.log("info", "earnings_wait", message, { miner: minerId, worker: workerName });
    }
    return notice.text;
  }

  refused({ userIdentity, address, refusal, why }: RefusedLogin): void {
    this.#metric.increment(refusal);
    const user = userIdentity.slice(0, USER_SHOWN_MAX);
    const granted = this.#allowance.ask(`${refusal} ${user}`);
    if (granted === undefined) return;
    const message = `a miner could not log in: ${why}; ${ADVICE[refusal]}`;
    this.#logger.log("info", "login_refused", message, {
      user,
      reason: refusal,
      times: granted.times,
      miner_ip: address,
      ...(granted.others === 0 ? {} : { not_shown: granted.others }),
    });
  }
}

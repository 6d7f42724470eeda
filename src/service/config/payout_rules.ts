/**
 * Rules and advice about paying miners.
 *
 * @module
 */
import { AddressError, COINBASE_MATURITY, parseAddress } from "../../chain/zcash/mod.ts";
import { formatSocketAddress, overlap } from "./address_types.ts";
import type { ConfigWarning } from "./faults.ts";
import type { Advice, Rule } from "./rule.ts";
import { IN_MEMORY } from "./sections/database.ts";

/** One more recipient costs 1,000 to 5,000 zatoshis of network fee: a smaller payout is mostly fee. */
const MIN_PAYOUT_LEAST_ZAT = 10_000n;

/** Below this the network fee is more than one percent of the smallest payout. */
const MIN_PAYOUT_WISE_ZAT = 100_000n;

/** 100 ZEC: few miners ever get there, so the figure was most likely meant in another unit. */
const MIN_PAYOUT_ODD_ZAT = 10_000_000_000n;

/** Fewer blocks leave much to chance, and with more a newcomer of a small pool waits for months. */
const WINDOW_BLOCKS_MIN = 2;
const WINDOW_BLOCKS_MAX = 100;

/** A token that is sent with every request should not be guessed by trying. */
const TOKEN_LENGTH_MIN = 16;

/** Every rule about payments that concerns more than the form of one key. */
export const PAYOUT_RULES: readonly Rule[] = [
  {
    keys: ["payout.wallet", "payout.pool_address"],
    check({ payout }) {
      if (payout.wallet !== "coinbase" || isTransparent(payout.poolAddress)) return undefined;
      return {
        given: '"coinbase"',
        reason:
          "payout.pool_address is shielded, and the outputs of such a coinbase are signed by " +
          "the node: nothing can be divided in it",
        allowed: '"coinbase" with a transparent pool_address (t1 or t3), or another wallet',
      };
    },
  },
  {
    keys: ["payout.pplns_window", "payout.pplns_window_unit"],
    check({ payout: { pplnsWindow, pplnsWindowUnit } }) {
      if (pplnsWindowUnit === "shares") return undefined;
      if (pplnsWindow >= WINDOW_BLOCKS_MIN && pplnsWindow <= WINDOW_BLOCKS_MAX) return undefined;
      return {
        given: String(pplnsWindow),
        allowed: `a whole number from ${WINDOW_BLOCKS_MIN} to ${WINDOW_BLOCKS_MAX}, times the ` +
          'network\'s difficulty, with payout.pplns_window_unit = "difficulty"; 8 is a good one',
      };
    },
  },
  {
    keys: ["payout.min_payout"],
    check({ payout }) {
      if (payout.minPayoutZat >= MIN_PAYOUT_LEAST_ZAT) return undefined;
      return { allowed: "at least 0.0001 ZEC: less is eaten by the network's fee" };
    },
  },
  {
    keys: ["payout.liability_cap"],
    check({ payout }) {
      if (payout.liabilityCapZat !== 0n) return undefined;
      return { allowed: "more than 0 ZEC; leave it out for no limit" };
    },
  },
  {
    keys: ["payout.coinbase_maturity", "mining.network"],
    check({ payout, mining }) {
      if (payout.coinbaseMaturity >= COINBASE_MATURITY || mining.network === "regtest") {
        return undefined;
      }
      return {
        given: String(payout.coinbaseMaturity),
        allowed: `at least ${COINBASE_MATURITY}, except with mining.network = "regtest"`,
      };
    },
  },
  {
    keys: ["wallet.url", "payout.wallet"],
    check({ wallet, payout }) {
      if (payout.wallet !== "zallet" || wallet.url !== undefined) return undefined;
      return {
        reason: 'missing although payout.wallet = "zallet"',
        allowed: "the wallet's RPC address",
      };
    },
  },
  {
    keys: ["wallet.account", "payout.wallet"],
    check({ wallet, payout }) {
      if (payout.wallet !== "zallet" || wallet.account !== undefined) return undefined;
      return {
        reason: 'missing although payout.wallet = "zallet"',
        allowed: "the UUID of the paying account, or an address of it",
      };
    },
  },
  {
    keys: ["wallet.cookie_file", "wallet.user", "wallet.password"],
    check({ wallet }) {
      const { cookieFile, user, password } = wallet;
      if (cookieFile === undefined || (user === undefined && password === undefined)) {
        return undefined;
      }
      return {
        given: JSON.stringify(cookieFile),
        reason: "given together with wallet.user or wallet.password",
        allowed: "the cookie file, or user and password",
      };
    },
  },
  {
    keys: ["wallet.password", "wallet.user"],
    check({ wallet }) {
      if ((wallet.user === undefined) === (wallet.password === undefined)) return undefined;
      return {
        reason: "one of wallet.user and wallet.password is missing",
        allowed: "both or neither",
      };
    },
  },
  {
    keys: ["settlement.token", "payout.wallet"],
    check({ settlement, payout }) {
      if (payout.wallet !== "external") return undefined;
      const length = settlement.token?.reveal().length ?? 0;
      if (length >= TOKEN_LENGTH_MIN) return undefined;
      return {
        reason: length === 0 ? 'missing although payout.wallet = "external"' : "it is too short",
        allowed: `a secret of at least ${TOKEN_LENGTH_MIN} characters`,
      };
    },
  },
  {
    keys: ["settlement.listen_addr", "payout.wallet", "server.listen_addr", "metrics.listen_addr"],
    check({ settlement, payout, server, metrics }) {
      if (payout.wallet !== "external") return undefined;
      const own = settlement.listenAddr;
      const others = [server.listenAddr, ...metrics.enabled ? [metrics.listenAddr] : []];
      if (!others.some((other) => overlap(own, other))) return undefined;
      return {
        given: JSON.stringify(formatSocketAddress(own)),
        allowed: "an address that no other listener has",
      };
    },
  },
  {
    keys: ["payout.wallet", "database.path"],
    check({ payout, database }) {
      if (payout.wallet === "none" || database.path !== IN_MEMORY) return undefined;
      return {
        given: JSON.stringify(payout.wallet),
        reason: 'database.path is ":memory:", and what was paid must outlast the process',
        allowed: '"none"; or a file in database.path, or database.url',
      };
    },
  },
  {
    keys: ["database.url", "database.path"],
    check({ database }) {
      if (database.url === undefined || database.path === undefined) return undefined;
      return { reason: "given together with database.path", allowed: "one of the two" };
    },
  },
];

/** What may stand and is most likely not meant. */
export const PAYOUT_ADVICE: readonly Advice[] = [
  ({ payout }) =>
    payout.minPayoutZat >= MIN_PAYOUT_WISE_ZAT ? undefined : {
      paths: ["payout.min_payout"],
      message:
        "payout.min_payout is below 0.001 ZEC: the network's fee is more than a percent of " +
        "the smallest payouts.",
    },
  ({ payout }) =>
    payout.minPayoutZat <= MIN_PAYOUT_ODD_ZAT ? undefined : {
      paths: ["payout.min_payout"],
      message: "payout.min_payout is above 100 ZEC: hardly anybody will ever be paid. It is " +
        "written in ZEC.",
    },
  ({ payout }) =>
    payout.reserveFloorZat === undefined || payout.wallet === "zallet" ? undefined : {
      paths: ["payout.reserve_floor"],
      message: "payout.reserve_floor has no effect: only the wallet zallet tells its funds.",
    },
  ({ payout }, explicit) => {
    const paths = ["payout.payout_interval_hours"].filter((path) => explicit.has(path));
    return payout.wallet !== "coinbase" || paths.length === 0 ? undefined : {
      paths,
      message: 'payout.payout_interval_hours has no effect: with payout.wallet = "coinbase" each ' +
        "block of the pool pays.",
    };
  },
  ({ payout }, explicit) => {
    const paths = ["payout.coinbase_payees_max"].filter((path) => explicit.has(path));
    return payout.wallet === "coinbase" || paths.length === 0 ? undefined : {
      paths,
      message: 'payout.coinbase_payees_max has no effect: payout.wallet is not "coinbase".',
    };
  },
  ({ payout }, explicit) => unused("wallet", "zallet", payout.wallet, explicit),
  ({ payout }, explicit) => unused("settlement", "external", payout.wallet, explicit),
];

/** A text that is no address at all is a fault of its own key. */
function isTransparent(address: string): boolean {
  try {
    return parseAddress(address).scriptPubKey !== undefined;
  } catch (error) {
    if (error instanceof AddressError) return true;
    throw error;
  }
}

/** A section of a way to pay that was not chosen was most likely written to be obeyed. */
function unused(
  section: string,
  mode: string,
  wallet: string,
  explicit: ReadonlySet<string>,
): ConfigWarning | undefined {
  const paths = [...explicit].filter((path) => path.startsWith(`${section}.`));
  if (wallet === mode || paths.length === 0) return undefined;
  return {
    paths,
    message: `[${section}] has no effect: payout.wallet is "${wallet}"; set it to "${mode}" or ` +
      "leave the section out.",
  };
}

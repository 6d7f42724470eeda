import { areRecordsInMemory, type Config, type ParsedConfig } from "../config/mod.ts";
import { type JobFactoryOptions, payAllTo } from "../../chain/jobs/mod.ts";
import { type AddressNetwork, parseAddress, targetOfDifficulty } from "../../chain/zcash/mod.ts";
import type { DeclarationOptions } from "../../mining/job_declaration/mod.ts";
import type { MiningServerOptions } from "../../mining/sv2_server/mod.ts";
import { formatZec } from "../../money/ledger/mod.ts";
import type {
  CommonTerms,
  LiabilityLimits,
  MoneyTerms,
  TreasuryOptions,
} from "../../money/treasury/mod.ts";
import type { MiningCoreOptions } from "./mining_core.ts";
import type { PeerNetworks } from "./peer_networks.ts";
import type { PoolOptions } from "./pool.ts";

/** Channels of one connection: a large proxy's machines. Each costs some 2 KB. */
const CHANNELS_PER_CONNECTION_MAX = 1_000;

/**
 * Channels of the process for each connection that is allowed. The nonce space has room for four
 * (a rule of the configuration), so that as many prefixes may rest as are in use.
 */
const CHANNELS_PER_CONNECTION_MEAN = 2;

/** A silent channel is eased three times before its connection counts as idle. */
const SILENCES_UNTIL_IDLE = 3;

/** Wanted times between shares before a miner counts as idle: the right target is that silent once in 150 times. */
const SHARE_TIMES_UNTIL_IDLE = 5;

/**
 * How jobs are made from templates.
 *
 * @param processBytes 8 random bytes of this process start: two processes never search the same
 *   headers.
 */
export function jobFactoryOptions(config: Config, processBytes: Uint8Array): JobFactoryOptions {
  const { scriptPubKey } = parseAddress(config.payout.poolAddress, chosenNetwork(config));
  return {
    ...(scriptPubKey === undefined ? {} : { split: payAllTo(scriptPubKey) }),
    tag: new TextEncoder().encode(config.mining.tag),
    processBytes,
    unknownCoinbase: config.mining.unknownCoinbase === "refuse" ? "refuse" : "as-the-node-made-it",
  };
}

/** What decides about work and its worth. */
export function miningCoreOptions({ mining, payout }: Config): MiningCoreOptions {
  return { nonce1Length: mining.nonce1Len, scheme: payout.scheme, feePpm: payout.poolFeePpm };
}

/** When work goes out, and how the pool stops. */
export function poolOptions({ mining, server }: Config): PoolOptions {
  return {
    drainMs: server.drainMs,
    jobRefreshMs: mining.jobRefreshSecs * 1_000,
    jobMaxAgeMs: mining.jobMaxAgeSecs * 1_000,
  };
}

/** How long nothing may come from a miner: its first share takes its time. */
export function idleTimeoutMs({ mining, security }: Pick<Config, "mining" | "security">): number {
  const shareMs = 60_000 / mining.targetSharesPerMinute;
  return Math.max(security.idleTimeoutSecs * 1_000, SHARE_TIMES_UNTIL_IDLE * shareMs);
}

/** What miners' conversations may do. */
export function miningServerOptions(
  config: Config,
  networks: Pick<PeerNetworks, "maxSharesPerSecond">,
): MiningServerOptions {
  const { mining, security, server } = config;
  return {
    nonce1Length: mining.nonce1Len,
    bounds: {
      easiest: targetOfDifficulty(mining.minDifficulty),
      hardest: targetOfDifficulty(mining.maxDifficulty),
    },
    initialTarget: targetOfDifficulty(mining.initialDifficulty),
    targetSharesPerMinute: mining.targetSharesPerMinute,
    silenceMs: idleTimeoutMs(config) / (SILENCES_UNTIL_IDLE + 1),
    connectionTimeoutMs: security.connectionTimeoutSecs * 1_000,
    maxSharesPerSecond: (address) => networks.maxSharesPerSecond(address),
    channelsPerConnectionMax: CHANNELS_PER_CONNECTION_MAX,
    channelsMax: server.maxConnections * CHANNELS_PER_CONNECTION_MEAN,
  };
}

/** What declarers may do. */
export function declarationOptions(
  { jd, payout, security }: Config,
  networks: Pick<PeerNetworks, "maxSharesPerSecond">,
): DeclarationOptions {
  return {
    tokenLifetimeMs: jd.tokenLifetimeSecs * 1_000,
    tokensPerClientMax: jd.maxTokensPerClient,
    additionalSizeMax: jd.coinbaseOutputMaxAdditionalSize,
    poolPayoutMinZat: jd.minPoolPayoutZat,
    shareTarget: targetOfDifficulty(jd.shareDifficulty),
    fullTemplates: jd.fullTemplateEnabled ? jd.fullTemplateValidation : undefined,
    isWorkWeighed: payout.scheme === "pplns" || payout.scheme === "prop",
    connectionTimeoutMs: security.connectionTimeoutSecs * 1_000,
    maxSharesPerSecond: (address) => networks.maxSharesPerSecond(address),
  };
}

/** What holds for money; how payments are made is said beside the parts that make them. */
export function treasuryOptions(parsed: ParsedConfig): TreasuryOptions {
  const { payout, database, settlement } = parsed.config;
  const { scheme, poolFeePpm: feePpm, pplnsWindow, pplnsWindowUnit } = payout;
  return {
    terms: { scheme, feePpm, pplnsWindow, pplnsWindowUnit },
    warned: moneyTerms(parsed.config),
    coinbaseMaturity: payout.coinbaseMaturity,
    // In memory a share's row goes as soon as its hour is booked, unless a block may need it.
    shareRetentionDays: areRecordsInMemory(parsed) ? 0 : database.shareRetentionDays,
    limits: liabilityLimits(payout),
    payments: {
      mode: payout.wallet,
      startPaused: payout.startPaused,
      settlement: { ...settlement.listenAddr, token: settlement.token?.reveal() ?? "" },
    },
    coinbases: { minPayoutZat: payout.minPayoutZat, payeesMax: payout.coinbasePayeesMax },
  };
}

/** What all pools on one ledger have in common: by these miners are credited and paid. */
export function commonTerms({ payout, mining }: Config): CommonTerms {
  return {
    "payout.scheme": payout.scheme,
    "payout.pool_fee_percent": String(payout.poolFeePpm / 10_000),
    ...payout.scheme === "pplns"
      ? { "payout.pplns_window": `${payout.pplnsWindow} ${payout.pplnsWindowUnit}` }
      : {},
    "payout.wallet": payout.wallet,
    "payout.pool_address": payout.poolAddress,
    "payout.min_payout": formatZec(payout.minPayoutZat),
    ...payout.wallet === "coinbase"
      ? { "payout.coinbase_payees_max": String(payout.coinbasePayeesMax) }
      : {},
    "mining.network": mining.network,
  };
}

/** What of the configuration there may be something to warn of. */
export function moneyTerms(config: Pick<Config, "payout" | "mining">): MoneyTerms {
  const { scheme, poolFeePpm, pplnsWindowUnit, liabilityCapZat, wallet } = config.payout;
  return {
    scheme,
    feePpm: poolFeePpm,
    pplnsWindowUnit,
    hasLiabilityCap: liabilityCapZat !== undefined,
    isMainnet: poolNetwork(config) === "main",
    pays: wallet !== "none",
    paysByCoinbase: wallet === "coinbase",
  };
}

/** Only pay per share owes for what no block has brought yet. */
function liabilityLimits(
  { scheme, liabilityCapZat, reserveFloorZat }: Config["payout"],
): LiabilityLimits {
  if (scheme !== "pps") return {};
  return {
    ...(liabilityCapZat === undefined ? {} : { capZat: liabilityCapZat }),
    ...(reserveFloorZat === undefined ? {} : { floorZat: reserveFloorZat }),
  };
}

/** The chain that miners' addresses must belong to. */
export function poolNetwork(config: Pick<Config, "payout" | "mining">): AddressNetwork {
  return parseAddress(config.payout.poolAddress, chosenNetwork(config)).network;
}

/** Whether the pool is paid in shielded outputs. */
export function isPoolShielded(config: Pick<Config, "payout" | "mining">): boolean {
  return parseAddress(config.payout.poolAddress, chosenNetwork(config)).scriptPubKey === undefined;
}

/** The network that addresses must belong to; undefined leaves it to the pool's own address. */
function chosenNetwork({ mining }: Pick<Config, "mining">): AddressNetwork | undefined {
  return mining.network === "auto" ? undefined : mining.network;
}

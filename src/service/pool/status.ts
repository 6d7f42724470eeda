import { type Clock, visibleText } from "../../base/mod.ts";
import type { BlockSubmitter } from "../../chain/blocks/mod.ts";
import { difficultyOfTarget } from "../../chain/zcash/mod.ts";
import { type Config, formatSocketAddress } from "../config/mod.ts";
import { PICO_PER_ZAT } from "../../money/ledger/mod.ts";
import type { HashRate, HealthReport, StatusValue } from "../../platform/observability/mod.ts";
import type { RecordWriter } from "../../money/records/mod.ts";
import type { NodeSupport } from "../../chain/node/mod.ts";
import type { TemplateProvider } from "../../chain/template_provider/mod.ts";
import { MINING_PROTOCOLS } from "./mining_service.ts";
import type { MinerActivity } from "./miner_activity.ts";
import type { Pool } from "./pool.ts";
import type { Treasury } from "../../money/treasury/mod.ts";
import { moneyWarningText } from "./money_warning_text.ts";
import type { SupportWatch } from "./support_watch.ts";

/** What reports are made from. */
export interface PoolView {
  readonly pool: Pool;
  readonly templates: TemplateProvider;
  readonly support: SupportWatch;
  readonly submitter: BlockSubmitter;
  readonly treasury: Treasury;
  readonly writer: RecordWriter;
  readonly hashRate: HashRate;
  readonly activity: MinerActivity;
  readonly clock: Clock;
  readonly config: Config;
}

/** Disputed payments in the status; `payouts show` and the log have every one. */
const DISPUTES_SHOWN = 20;

/** Whether the pool does what it is for: work goes out, shares are recorded and become money. */
export function reportHealth({ pool, templates, writer, treasury }: PoolView): HealthReport {
  const reasons: string[] = [];
  const nodes = templates.status();
  if (!nodes.some(({ state }) => state === "usable")) {
    for (const { url, state, reason } of nodes) {
      reasons.push(`no work from ${url}: ${reason ?? state}`);
    }
  } else if (pool.height === undefined) reasons.push("there is no work to hand out");
  if (writer.failing) reasons.push("shares cannot be written, they wait in memory");
  if (!writer.accepting) reasons.push("no shares are taken, because they cannot be written");
  reasons.push(...treasury.standstills);
  return { healthy: reasons.length === 0, reasons };
}

/** What an operator sees at a glance. Amounts are integers as text. */
export function reportStatus(view: PoolView): StatusValue {
  const { pool, templates, support, submitter, writer, hashRate, clock, config } = view;
  const { accepted, rejected, blocksFound, blocksAccepted, creditPicoZat } = pool.totals;
  const now = clock.monotonic();
  const confirmedAt = templates.lastConfirmedAt;
  return {
    mining_height: pool.height ?? null,
    template_age_seconds: confirmedAt === undefined ? null : (now - confirmedAt) / 1000,
    nodes: templates.status().map(({ url, role, state, reason, height }) => ({
      url,
      role,
      state,
      reason: reason ?? null,
      height: height ?? null,
      end_of_support: supportStatus(support.supportOf(url)),
    })),
    channels: pool.channelCount,
    channels_by_protocol: Object.fromEntries(
      MINING_PROTOCOLS.map((protocol) => [protocol, pool.channelsOf(protocol)]),
    ),
    hashrate_sol_s: hashRate.solutionsPerSecond(now),
    since_start: {
      shares_accepted: accepted,
      shares_rejected: rejected,
      blocks_found: blocksFound,
      blocks_accepted: blocksAccepted,
      credited_zat: (creditPicoZat / PICO_PER_ZAT).toString(),
    },
    blocks_unsettled: submitter.openBlocks.length,
    records_waiting: writer.waiting,
    // By these two, check knows that it is this configuration's pool that has the ports.
    listen_addr: formatSocketAddress(config.server.listenAddr),
    pool_address: config.payout.poolAddress,
    scheme: config.payout.scheme,
    pool_fee_percent: config.payout.poolFeePpm / 10_000,
    wallet: config.payout.wallet,
    money: moneyStatus(view.treasury),
    warnings: view.treasury.warnings.map(moneyWarningText),
  };
}

/** Who is connected now, worker by worker; no IP addresses. Counts are since the process started. */
export function reportMiners({ pool, activity }: Pick<PoolView, "pool" | "activity">): StatusValue {
  return [...pool.miners()].map(({ miner, protocol, agent, sinceMs, target }) => {
    const known = activity.of(miner);
    const { accepted = 0, lastShareMs, solutionsPerSecond = 0 } = known ?? {};
    return {
      user: miner.minerId,
      worker: miner.workerName,
      protocol,
      agent: visibleText(agent),
      connected_since: new Date(sinceMs).toISOString(),
      difficulty: difficultyOfTarget(target),
      hashrate_sol_s: solutionsPerSecond,
      last_share: lastShareMs === undefined ? null : new Date(lastShareMs).toISOString(),
      accepted,
      ...(known?.rejected ?? { stale: 0, duplicate: 0, invalid: 0, low_diff: 0 }),
    };
  });
}

/** Figures are null before the first look. Amounts are zatoshis. */
function moneyStatus({ status }: Treasury): StatusValue {
  const { figures, luck, luckRatio, suspects, atCap, payments } = status;
  return {
    immature_zat: figures?.immatureZat ?? null,
    available_zat: figures?.availableZat ?? null,
    reserved_zat: figures?.reservedZat ?? null,
    paid_zat: figures?.paidZat ?? null,
    open_hour_zat: figures?.openZat ?? null,
    liability_zat: figures?.liabilityZat ?? null,
    at_liability_cap: atCap,
    luck_7_days: luckRatio ?? null,
    blocks_found_7_days: luck?.found ?? null,
    blocks_expected_7_days: luck?.expected ?? null,
    miners_suspected: suspects,
    payments: payments === undefined ? null : {
      role: payments.role,
      paused: payments.paused,
      paused_reason: payments.pausedReason,
      wallet_trouble: payments.walletTrouble ?? null,
      wait_reason: payments.waitReason ?? null,
      live_batches: payments.liveBatches,
      unknown_batches: payments.unknownBatches,
      disputed_batches: payments.disputes.slice(0, DISPUTES_SHOWN).map(({ batch, reason }) => ({
        ...{ batch, reason },
      })),
      next_run: payments.nextRunMs === undefined
        ? null
        : new Date(payments.nextRunMs).toISOString(),
      last_settled: payments.lastSettledMs === 0
        ? null
        : new Date(payments.lastSettledMs).toISOString(),
      shielding_backlog_zat: payments.shieldingBacklogZat,
      held_back: payments.heldBack.map(({ reason, minerIds }) => ({
        reason,
        miners: minerIds.length,
      })),
    },
  };
}

/** Null where a node has none, as on test networks, or has not said. */
function supportStatus(support: NodeSupport | undefined): StatusValue {
  if (support === undefined) return null;
  const { endHeight, blocksLeft, endsAtMs, soon } = support;
  return {
    height: endHeight,
    blocks_left: blocksLeft,
    estimated_time: endsAtMs === undefined ? null : new Date(endsAtMs).toISOString(),
    soon,
  };
}

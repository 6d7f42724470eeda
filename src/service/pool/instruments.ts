import type { CounterBy } from "../../base/mod.ts";
import { type BlockMetrics, SUBMISSION_STATES } from "../../chain/blocks/mod.ts";
import type { ChannelMetrics, LoginRefusal } from "../../mining/channels/mod.ts";
import {
  type DeclarationLevel,
  type DeclarationMetrics,
  REFUSAL_LABELS,
} from "../../mining/job_declaration/mod.ts";
import type { VerifierMetrics } from "../../mining/equihash/mod.ts";
import type { MetricsRegistry, PoolMetrics } from "../../platform/observability/mod.ts";
import { CLAIM_OUTCOMES, type ClaimMetrics, type ShareMetrics } from "../../mining/shares/mod.ts";
import type { RecordWriterMetrics, ShareCounters } from "../../money/records/mod.ts";
import type { TemplateProviderMetrics } from "../../chain/template_provider/mod.ts";
import type { TransportMetrics } from "../../wire/transport/mod.ts";
import { BAN_SCOPES, type ConductMetrics, PEER_FAULT_KINDS, PEER_LIMITS } from "../conduct/mod.ts";
import { LOGIN_REFUSALS } from "./login_notice.ts";
import type { MoneyMetrics } from "../../money/treasury/mod.ts";
import { moneyInstruments } from "./money_instruments.ts";

/** Upper bounds of times between microseconds and a second. */
const FINE_SECONDS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1] as const;

/** Upper bounds of times that a network or a disk may take. */
const COARSE_SECONDS = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30] as const;

/** The instruments of every room of a pool. */
export interface Instruments {
  readonly transport: TransportMetrics;
  readonly shares: ShareMetrics & ShareCounters;
  readonly claims: ClaimMetrics;
  readonly verifier: VerifierMetrics;
  readonly mining: ChannelMetrics;
  readonly declaration: DeclarationMetrics;
  readonly templates: TemplateProviderMetrics;
  readonly blocks: BlockMetrics;
  readonly records: RecordWriterMetrics;
  readonly money: MoneyMetrics;
  readonly conduct: ConductMetrics;
  readonly loginsRefused: CounterBy<LoginRefusal>;
}

/** Makes the instruments; the guide's own stand in `metrics` already. */
export function makeInstruments(metrics: PoolMetrics): Instruments {
  const { registry } = metrics;
  return {
    transport: transportInstruments(metrics),
    shares: {
      accepted: metrics.sharesAccepted,
      rejected: metrics.sharesRejected,
      blocksFound: metrics.blocksFound,
      blocksExpected: metrics.blocksExpected,
      validationSeconds: metrics.shareValidationSeconds,
    },
    claims: claimInstruments(registry),
    verifier: verifierInstruments(registry),
    mining: {
      channelsOpen: registry.gauge("pool_channels_open", "Mining channels that are open."),
      jobsSent: registry.counter("pool_jobs_sent_total", "Jobs sent to channels."),
      retargets: registry.counter("pool_retargets_total", "Share targets changed by vardiff."),
    },
    declaration: declarationInstruments(registry),
    templates: {
      templates: registry.counterBy(
        "pool_templates_total",
        "New templates, by the way that brought them first.",
        "source",
        ["long_poll", "poll"],
      ),
      longPollsLost: registry.counter(
        "pool_long_polls_lost_total",
        "Long polls without an answer.",
      ),
      // pool_zebra_connected asks the provider when it is read.
      connected: { set: () => {} },
      failovers: registry.counter("pool_zebra_failovers_total", "Changes to another Zebra node."),
    },
    blocks: {
      outcomes: registry.counterBy(
        "pool_block_outcomes_total",
        "States of found blocks.",
        "state",
        SUBMISSION_STATES,
      ),
      submitSeconds: registry.histogram(
        "pool_block_submit_duration_seconds",
        "From the verdict on a block to each node's answer.",
        COARSE_SECONDS,
      ),
      open: registry.gauge("pool_blocks_unsettled", "Found blocks whose fate is not known yet."),
      spoolFailures: registry.counter(
        "pool_block_spool_failures_total",
        "Found blocks that could not be written to the spool.",
      ),
    },
    money: moneyInstruments(registry),
    loginsRefused: registry.counterBy(
      "pool_channels_refused_total",
      "Logins of miners that came to nothing, by reason.",
      "reason",
      LOGIN_REFUSALS,
    ),
    conduct: {
      peerFaults: registry.counterBy(
        "pool_peer_faults_total",
        "Faults of peers, by where they went wrong.",
        "kind",
        PEER_FAULT_KINDS,
      ),
      limitsReached: registry.counterBy(
        "pool_limits_reached_total",
        "Shares refused, connections closed and channels refused by a limit of one peer.",
        "limit",
        PEER_LIMITS,
      ),
      bans: registry.counterBy(
        "pool_bans_total",
        "Bans for faults, of an address or of one identity there.",
        "scope",
        BAN_SCOPES,
      ),
      closed: registry.counter(
        "pool_connections_closed_for_faults_total",
        "Connections that were closed for their faults.",
      ),
    },
    records: {
      written: registry.counter("pool_records_written_total", "Shares written to the records."),
      duplicates: registry.counter(
        "pool_records_duplicate_total",
        "Accepted shares that the records knew already.",
      ),
      retries: registry.counter("pool_records_retries_total", "Writes that had to be repeated."),
      waiting: registry.gauge("pool_records_waiting", "Accepted shares that are not written yet."),
      batchSeconds: registry.histogram(
        "pool_records_batch_duration_seconds",
        "Time to write a batch of shares.",
        FINE_SECONDS,
      ),
    },
  };
}

function transportInstruments(metrics: PoolMetrics): TransportMetrics {
  const { registry } = metrics;
  return {
    connectionsActive: metrics.connectionsActive,
    connectionsTotal: metrics.connections,
    connectionsNoiseTotal: metrics.noiseConnections,
    connectionsRefused: registry.counterBy(
      "pool_connections_refused_total",
      "Connections turned away, by reason.",
      "reason",
      [
        "max_connections",
        "max_connections_per_ip",
        "max_handshakes",
        "max_handshakes_per_ip",
        "descriptors",
        "plain",
        "not_admitted",
      ],
    ),
    connectionsClosed: registry.counterBy(
      "pool_connections_closed_total",
      "Connections that ended, by cause.",
      "cause",
      ["peer", "local", "idle", "slow_reader", "protocol_error", "socket_error"],
    ),
    handshakeFailures: registry.counterBy(
      "pool_handshakes_failed_total",
      "Handshakes that came to nothing, by cause.",
      "cause",
      ["timeout", "closed", "socket_error", "text", "proxy_header"],
    ),
    acceptFailures: registry.counter(
      "pool_accept_failures_total",
      "Times that the system gave no connection.",
    ),
    receivedBytes: registry.counter("pool_received_bytes_total", "Bytes received from miners."),
    sentBytes: registry.counter("pool_sent_bytes_total", "Bytes sent to miners."),
  };
}

function declarationInstruments(registry: MetricsRegistry): DeclarationMetrics {
  return {
    tokens: registry.counter("jd_tokens_allocated_total", "Tokens given to declarers."),
    jobs: registry.counter("jd_jobs_declared_total", "Jobs declared and accepted by the node."),
    fullTemplateJobs: registry.counter(
      "jd_full_template_jobs_total",
      "Declared jobs with a miner's transactions.",
    ),
    validationSeconds: declarationTimes(registry),
    refusals: registry.counterBy(
      "jd_refusals_total",
      "Tokens and jobs refused to declarers, by reason.",
      "reason",
      REFUSAL_LABELS,
    ),
  };
}

function declarationTimes(registry: MetricsRegistry): DeclarationMetrics["validationSeconds"] {
  const seconds = (level: DeclarationLevel) =>
    registry.histogram(
      `jd_validation_${level}_seconds`,
      "From the turn of a declaration to its answer.",
      COARSE_SECONDS,
    );
  return {
    coinbase_only: seconds("coinbase_only"),
    minimal: seconds("minimal"),
    standard: seconds("standard"),
    strict: seconds("strict"),
  };
}

function claimInstruments(registry: MetricsRegistry): ClaimMetrics {
  return {
    claims: registry.counterBy(
      "pool_dedup_claims_total",
      "Shares claimed against other processes, by what came of it.",
      "outcome",
      CLAIM_OUTCOMES,
    ),
    usable: registry.gauge(
      "pool_dedup_usable",
      "1 while the store that processes share for deduplication answers, or none is configured.",
    ),
    seconds: registry.histogram(
      "pool_dedup_claim_duration_seconds",
      "Time until the shared store answered a claim.",
      FINE_SECONDS,
    ),
  };
}

function verifierInstruments(registry: MetricsRegistry): VerifierMetrics {
  const seconds = (step: string, help: string) =>
    registry.histogram(`pool_verifier_${step}_seconds`, help, FINE_SECONDS);
  return {
    queuedSeconds: seconds("queued", "A share's wait for a thread."),
    sentSeconds: seconds("sent", "A batch's way to its thread."),
    workedSeconds: seconds("worked", "Time to check one share."),
    returnedSeconds: seconds("returned", "The answer's way back."),
    waiting: registry.gauge("pool_verifier_waiting", "Shares that wait for a thread."),
    refused: registry.counter("pool_verifier_refused_total", "Shares refused by a full queue."),
    workerDeaths: registry.counter("pool_verifier_deaths_total", "Verifier threads that died."),
    poisoned: registry.counter(
      "pool_verifier_poisoned_total",
      "Shares that could not be checked at all.",
    ),
  };
}

/**
 * Rows of the tables of payments, and how they are read.
 *
 * @module
 */
import type { SqlRow, SqlValue } from "../../../platform/database/mod.ts";

/** A batch as it is stored. */
export interface PayoutBatchRow {
  readonly id: string;
  /** 1, 2, 3 … in the order of reservation. */
  readonly number: number;
  readonly mode: string;
  /** Names the wallet and account that pays. */
  readonly wallet: string;
  readonly kind: string;
  readonly policy: string;
  readonly run: number;
  readonly state: string;
  /** All that is known in the state, as JSON. */
  readonly stateText: string;
  /** Grows with each change; a change names the version that it was made from. */
  readonly version: number;
  /** True while no transaction of the wallet may be made beside it. */
  readonly occupies: boolean;
  readonly isFinal: boolean;
  readonly recipientAtFault: boolean;
  readonly recipients: number;
  readonly totalZat: bigint;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** The batch that this one is a half of. */
  readonly parent: string | undefined;
  readonly half: number | undefined;
}

/** One payee's part of a batch. */
export interface PayoutRow {
  readonly id: string;
  /** 1, 2, 3 … over all payouts. */
  readonly number: number;
  readonly batch: string;
  readonly minerId: string;
  readonly address: string;
  readonly amountZat: bigint;
  /** What of the amount stays with the pool for the network's fee. */
  readonly deductedZat: bigint;
  readonly ended: "settled" | "released" | undefined;
  readonly txid: string | undefined;
  readonly createdAtMs: number;
  readonly endedAtMs: number | undefined;
}

/** One step of a batch. */
export interface PayoutEventRow {
  readonly atMs: number;
  readonly event: string;
  readonly state: string;
  readonly actor: string;
  readonly detail: string;
}

/** What operators and the engine share: one row. */
export interface PayoutControl {
  readonly mode: string;
  readonly wallet: string;
  readonly paused: boolean;
  readonly pausedReason: string;
  readonly pausedBy: string;
  readonly pausedAtMs: number;
  /** The number of the newest run. */
  readonly run: number;
  readonly runOpen: boolean;
  /** Unix milliseconds; 0 before the first run. */
  readonly lastRunMs: number;
  readonly runRequested: boolean;
  /** When a payment settled last, Unix milliseconds; 0 for never. */
  readonly lastSettledMs: number;
}

/** Who may pay. */
export interface PayerLeaseRow {
  /** Empty when nobody holds it. */
  readonly holder: string;
  /** Grows with each new holder: the fencing token. */
  readonly token: number;
  readonly renewals: number;
}

/** A payee who is not paid until an operator says so. */
export interface PayoutHold {
  readonly minerId: string;
  readonly reason: string;
  readonly actor: string;
  readonly atMs: number;
}

/** What an operator did, or the engine by itself instead. */
export interface PayoutAction {
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly reason: string;
}

/** One transaction of shielding. */
export interface ShieldingRow {
  readonly id: number;
  readonly state: string;
  readonly opid: string | undefined;
  readonly valueZat: bigint;
  readonly atMs: number;
}

/** Longer than any reason that this program gives, or an operator types. */
const REASON_LENGTH_MAX = 500;

/** Columns of a batch, in the order of {@link batchValues}. */
export const BATCH =
  `id, number, mode, wallet, kind, policy, run, state, state_text, version, occupies,
  is_final, recipient_at_fault, recipients, total_zat, created_at_ms, changed_at_ms, parent, half`;
/** Columns of a payout. */
export const PAYOUT = `id, number, batch, miner_id, address, amount_zat, deducted_zat, ended, txid,
  created_at_ms, ended_at_ms`;

/** The values of a batch in the order of {@link BATCH}. */
export function batchValues(batch: PayoutBatchRow): SqlValue[] {
  return [
    batch.id,
    batch.number,
    batch.mode,
    batch.wallet,
    batch.kind,
    batch.policy,
    batch.run,
    batch.state,
    batch.stateText,
    batch.version,
    bit(batch.occupies),
    bit(batch.isFinal),
    bit(batch.recipientAtFault),
    batch.recipients,
    batch.totalZat,
    batch.createdAtMs,
    batch.changedAtMs,
    batch.parent ?? null,
    batch.half ?? null,
  ];
}

/** A batch out of its row. */
export function readBatch(row: SqlRow): PayoutBatchRow {
  return {
    id: text(row, "id"),
    number: int(row, "number"),
    mode: text(row, "mode"),
    wallet: text(row, "wallet"),
    kind: text(row, "kind"),
    policy: text(row, "policy"),
    run: int(row, "run"),
    state: text(row, "state"),
    stateText: text(row, "state_text"),
    version: int(row, "version"),
    occupies: flag(row, "occupies"),
    isFinal: flag(row, "is_final"),
    recipientAtFault: flag(row, "recipient_at_fault"),
    recipients: int(row, "recipients"),
    totalZat: zat(row, "total_zat"),
    createdAtMs: int(row, "created_at_ms"),
    changedAtMs: int(row, "changed_at_ms"),
    parent: optionalText(row, "parent"),
    half: row.half === null ? undefined : int(row, "half"),
  };
}

/** A payout out of its row. */
export function readPayout(row: SqlRow): PayoutRow {
  const ended = optionalText(row, "ended");
  return {
    id: text(row, "id"),
    number: int(row, "number"),
    batch: text(row, "batch"),
    minerId: text(row, "miner_id"),
    address: text(row, "address"),
    amountZat: zat(row, "amount_zat"),
    deductedZat: zat(row, "deducted_zat"),
    ended: ended === "settled" || ended === "released" ? ended : undefined,
    txid: optionalText(row, "txid"),
    createdAtMs: int(row, "created_at_ms"),
    endedAtMs: row.ended_at_ms === null ? undefined : int(row, "ended_at_ms"),
  };
}

/** What tables keep of a reason or detail: a report has lines, not pages. */
export function keptText(reason: string): string {
  return reason.slice(0, REASON_LENGTH_MAX);
}

/** `$1, $2 …`. */
export function placeholders(count: number): string {
  return Array.from({ length: count }, (_, at) => `$${at + 1}`).join(", ");
}

/** Truth as the databases keep it. */
export function bit(value: boolean): number {
  return value ? 1 : 0;
}

/** A text; empty for a row that is not there. */
export function text(row: SqlRow | undefined, column: string): string {
  return String(row?.[column] ?? "");
}

/** A text, or undefined for null. */
export function optionalText(row: SqlRow, column: string): string | undefined {
  const value = row[column];
  return value === null || value === undefined ? undefined : String(value);
}

/** A whole number below 2^53; 0 for a row that is not there. */
export function int(row: SqlRow | undefined, column: string): number {
  return Number(row?.[column] ?? 0);
}

/** Truth out of 0 or 1. */
export function flag(row: SqlRow | undefined, column: string): boolean {
  return int(row, column) === 1;
}

/** An amount. */
export function zat(row: SqlRow | undefined, column: string): bigint {
  return BigInt(row?.[column] as bigint);
}

import { displayHash } from "../../base/mod.ts";
import { PICO_PER_ZAT } from "../../money/ledger/mod.ts";
import type { PoolEvent } from "../../service/pool/mod.ts";

/** Where everything is. */
export interface DemoAddresses {
  readonly node: string;
  /** `stratum2+tcp://…` */
  readonly pool: string;
  /** Where Stratum V1 is served, if it is. */
  readonly stratum?: string;
  /** `http://127.0.0.1:PORT` */
  readonly metrics: string;
}

/** What a demo counted. */
export interface DemoCounts {
  readonly sharesAccepted: number;
  readonly sharesRejected: Readonly<Record<string, number>>;
  readonly blocksAccepted: number;
  readonly creditPicoZat: bigint;
  readonly hashRate: number;
  readonly secondsToFirstShare: number | undefined;
}

/** What a mature coinbase has paid a miner. */
export interface MaturePayout {
  readonly address: string;
  readonly amountZat: bigint;
  /** Of the coinbase, display order. */
  readonly txid: string;
}

/** Prints what happens in a demo, for people or for programs. */
export interface DemoReport {
  ready(addresses: DemoAddresses): void;
  event(event: PoolEvent): void;
  /** A payment in a coinbase is final. */
  matured(payout: MaturePayout): void;
  /** The running line. */
  running(counts: DemoCounts): void;
  summary(counts: DemoCounts): void;
}

/** One line of output. */
type Print = (line: string) => void;

/** Expected solutions for one block of the demo chain while it is short. */
const SOLUTIONS_PER_BLOCK = 8;

/** Expected solutions for one share at the demo's first difficulty. */
export const SOLUTIONS_PER_SHARE = 2;

/** Words for people. */
export function wordsReport(print: Print, elapsedMs: () => number): DemoReport {
  let first = true;
  const say = (text: string): void => print(`${clockText(elapsedMs())}  ${text}`);
  return {
    ready({ node, pool, stratum, metrics }) {
      print("zcash-pool demo: a node with a chain of its own, the pool, and a miner on this CPU");
      print("");
      print(`  node     ${node}`);
      print(`  pool     ${pool}`);
      if (stratum !== undefined) print(`           ${stratum}`);
      print(`  metrics  ${metrics}/metrics`);
      print(`  status   ${metrics}/status`);
      print("");
      say(
        `The miner searches for Equihash (200,9) solutions. About one in ${SOLUTIONS_PER_SHARE} ` +
          `counts as a share, one in ${SOLUTIONS_PER_BLOCK} makes a block. Ctrl-C ends it.`,
      );
    },
    event(event) {
      switch (event.kind) {
        case "share_accepted": {
          if (!first) return;
          first = false;
          const zat = grouped(event.creditPicoZat / PICO_PER_ZAT);
          return say(
            `First share accepted: its solution was checked and ${nameOf(event.miner)} ` +
              `is credited ${zat} zatoshis.`,
          );
        }
        case "share_rejected":
          return say(`A share was refused: ${event.fault.replaceAll("_", " ")}.`);
        case "block_outcome": {
          const { height, hash, state, reason } = event.outcome;
          const name = `Block ${height} (${displayHash(hash).slice(0, 16)}…)`;
          if (state === "accepted") say(`${name} was found and the node accepted it.`);
          else if (state === "side_chain") say(`${name} was found a moment too late.`);
          else if (state !== "submitted") say(`${name}: ${state}${reason ? `, ${reason}` : ""}.`);
          return;
        }
        default:
          return;
      }
    },
    matured: ({ address, amountZat, txid }) =>
      say(
        `${address} was paid ${grouped(amountZat)} zatoshis by the coinbase ${
          txid.slice(0, 16)
        }…, ` +
          "which is mature.",
      ),
    running: (counts) => say(countsText(counts)),
    summary(counts) {
      print("");
      print(`In ${clockText(elapsedMs())}: ${countsText(counts)}.`);
    },
  };
}

/** One JSON object a line. Amounts are text. */
export function jsonReport(print: Print): DemoReport {
  const write = (object: Record<string, unknown>): void => print(JSON.stringify(object));
  return {
    ready({ node, pool, stratum, metrics }) {
      write({
        event: "ready",
        node,
        pool,
        ...(stratum === undefined ? {} : { stratum }),
        metrics: `${metrics}/metrics`,
        status: `${metrics}/status`,
      });
    },
    event(event) {
      switch (event.kind) {
        case "share_accepted":
          return write({
            event: "share_accepted",
            miner: event.miner.minerId,
            worker: event.miner.workerName,
            difficulty: event.difficulty,
            credited_zat: (event.creditPicoZat / PICO_PER_ZAT).toString(),
            is_block: event.isBlock,
          });
        case "share_rejected":
          return write({ event: "share_rejected", reason: event.reason, fault: event.fault });
        case "block_outcome": {
          const { height, state, reason } = event.outcome;
          const hash = displayHash(event.outcome.hash);
          if (state === "accepted") write({ event: "block_accepted", height, hash });
          else if (state !== "submitted") write({ event: `block_${state}`, height, hash, reason });
          return;
        }
        default:
          return;
      }
    },
    matured: ({ address, amountZat, txid }) =>
      write({ event: "payout_mature", address, amount_zat: amountZat.toString(), txid }),
    running: () => {},
    summary(counts) {
      write({
        event: "summary",
        shares_accepted: counts.sharesAccepted,
        shares_rejected: counts.sharesRejected,
        blocks_accepted: counts.blocksAccepted,
        credited_zat: (counts.creditPicoZat / PICO_PER_ZAT).toString(),
        seconds_to_first_share: counts.secondsToFirstShare ?? null,
      });
    },
  };
}

function countsText(counts: DemoCounts): string {
  const rejected = Object.values(counts.sharesRejected).reduce((sum, count) => sum + count, 0);
  return [
    counted(counts.sharesAccepted, "share"),
    ...(rejected > 0 ? [`${rejected} refused`] : []),
    `${counts.hashRate.toFixed(1)} Sol/s`,
    counted(counts.blocksAccepted, "block"),
    `${grouped(counts.creditPicoZat / PICO_PER_ZAT)} zatoshis credited`,
  ].join(", ");
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

function nameOf(miner: { minerId: string; workerName: string }): string {
  return miner.workerName === "" ? miner.minerId : `${miner.minerId}.${miner.workerName}`;
}

function grouped(value: bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

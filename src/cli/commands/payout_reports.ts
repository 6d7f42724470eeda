import { formatZec } from "../../money/ledger/mod.ts";
import {
  type BatchReport,
  knownTxids,
  type PayoutHold,
  type PayoutRow,
} from "../../money/payouts/mod.ts";
import type { Books } from "../../money/treasury/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { countOption, textOption } from "../options.ts";
import { jsonLine, moment, textTable } from "../table.ts";
import { BOOK_OPTIONS, withBooks } from "../with_books.ts";

/** `payouts list`. */
export const payoutsList = defineCommand({
  name: "payouts list",
  summary: "Show batches of payments, or one miner's payments, the newest first",
  details: CONFIG_DETAILS,
  options: {
    ...BOOK_OPTIONS,
    miner: textOption("MINER", "Only this miner's payments."),
    limit: countOption({ min: 1, max: 1_000, preset: 50 }, "How many, the newest first."),
  },
  run(options, _operands, io) {
    return withBooks(options, async (books) => {
      io.out(
        options.miner === undefined
          ? await batchList(books, options)
          : await minerList(books, options.miner, options),
      );
      return ExitCode.ok;
    });
  },
});

interface ListOptions {
  readonly json: boolean;
  readonly limit: number;
}

async function batchList({ database, payouts }: Books, options: ListOptions): Promise<string> {
  const { batches, control, holds } = await database.read(async (tx) => ({
    holds: await payouts.holds.all(tx),
    batches: await payouts.batches.newest(tx, options.limit, Number.MAX_SAFE_INTEGER),
    control: await payouts.control.read(tx),
  }));
  if (options.json) {
    return jsonLine({
      paused: control.paused,
      paused_reason: control.pausedReason,
      holds: holds.map(({ minerId, reason, actor, atMs }) => ({
        ...{ miner: minerId, reason, by: actor, since: new Date(atMs).toISOString() },
      })),
      batches: batches.map((batch) => ({
        id: batch.id,
        run: batch.run,
        state: batch.state,
        recipients: batch.recipients,
        total_zat: batch.totalZat,
        txids: knownTxids(batch),
        created: new Date(batch.createdAtMs).toISOString(),
        changed: new Date(batch.changedAtMs).toISOString(),
      })),
    });
  }
  const pause = control.paused ? `Payments are paused: ${control.pausedReason}\n\n` : "";
  return pause + holdTable(holds) + textTable(
    [
      { title: "batch" },
      { title: "run", align: "right" },
      { title: "state" },
      { title: "miners", align: "right" },
      { title: "ZEC", align: "right" },
      { title: "created (UTC)" },
      { title: "changed (UTC)" },
      { title: "txid" },
    ],
    batches.map((batch) => [
      batch.id,
      String(batch.run),
      batch.state,
      String(batch.recipients),
      formatZec(batch.totalZat),
      moment(batch.createdAtMs),
      moment(batch.changedAtMs),
      knownTxids(batch).join(" "),
    ]),
    "Nothing was paid yet.",
  );
}

/** Nothing where nobody is on hold. */
function holdTable(holds: readonly PayoutHold[]): string {
  if (holds.length === 0) return "";
  const table = textTable(
    [{ title: "on hold" }, { title: "since (UTC)" }, { title: "by" }, { title: "why" }],
    holds.map(({ minerId, atMs, actor, reason }) => [minerId, moment(atMs), actor, reason]),
    "",
  );
  return `${table}\n`;
}

async function minerList(
  { database, payouts }: Books,
  minerId: string,
  options: ListOptions,
): Promise<string> {
  const found = await database.read((tx) => payouts.payouts.ofMiner(tx, minerId, options.limit));
  if (options.json) {
    return jsonLine({
      payouts: found.map(payoutJson),
    });
  }
  return textTable(
    [
      { title: "created (UTC)" },
      { title: "state" },
      { title: "ZEC", align: "right" },
      { title: "address" },
      { title: "txid" },
    ],
    found.map((payout) => [
      moment(payout.createdAtMs),
      payout.ended ?? "live",
      formatZec(payout.amountZat - payout.deductedZat),
      payout.address,
      payout.txid ?? "",
    ]),
    "This miner was not paid yet.",
  );
}

/** `payouts show`. */
export const payoutsShow = defineCommand({
  name: "payouts show",
  summary: "Show a batch with its payments and every event",
  details: `A batch is found by its own id or by that of a payout in it, as the settlement interface
and the list of a miner's payments have it.

${CONFIG_DETAILS}`,
  options: BOOK_OPTIONS,
  operands: { usage: "BATCH|PAYOUT", min: 1, max: 1 },
  run(options, [id = ""], io) {
    return withBooks(options, async (books) => {
      const report = await books.paymentOperator().show(await batchIdOf(books, id));
      const { batch, feeZat, events } = report;
      const { row, state, payouts } = batch;
      if (options.json) {
        io.out(jsonLine(batchJson(report)));
        return ExitCode.ok;
      }
      io.out(
        `batch ${row.id}: ${row.state}, ${formatZec(row.totalZat)} ZEC to ${row.recipients}\n`,
      );
      if (state.kind === "broadcast" && state.dispute !== undefined) {
        io.out(`disputed: ${state.dispute}\n`);
      }
      io.out(`network fee: ${feeZat === undefined ? "not known" : `${formatZec(feeZat)} ZEC`}\n\n`);
      io.out(textTable(
        [{ title: "miner" }, { title: "ZEC", align: "right" }, { title: "state" }, {
          title: "address",
        }],
        payouts.map((payout) => [
          payout.minerId,
          formatZec(payout.amountZat - payout.deductedZat),
          payout.ended ?? "live",
          payout.address,
        ]),
        "",
      ));
      io.out("\n");
      io.out(textTable(
        [{ title: "at (UTC)" }, { title: "event" }, { title: "state" }, { title: "by" }, {
          title: "what",
        }],
        events.map(({ atMs, event, state, actor, detail }) => [
          moment(atMs),
          event,
          state,
          actor,
          detail,
        ]),
        "",
      ));
      return ExitCode.ok;
    });
  },
});

/** The batch of an id that may also be a payout's; an id that is neither stays as it is. */
export async function batchIdOf({ database, payouts }: Books, id: string): Promise<string> {
  const payout = await database.read((tx) => payouts.payouts.find(tx, id));
  return payout?.batch ?? id;
}

function payoutJson(payout: PayoutRow): Record<string, unknown> {
  return {
    id: payout.id,
    batch: payout.batch,
    miner: payout.minerId,
    address: payout.address,
    amount_zat: payout.amountZat,
    deducted_zat: payout.deductedZat,
    state: payout.ended ?? "live",
    txid: payout.txid ?? null,
    created: new Date(payout.createdAtMs).toISOString(),
  };
}

function batchJson(
  { batch: { row, state, payouts }, feeZat, events }: BatchReport,
): Record<string, unknown> {
  return {
    id: row.id,
    run: row.run,
    mode: row.mode,
    kind: row.kind,
    policy: row.policy,
    state: row.state,
    reason: "reason" in state ? state.reason : null,
    dispute: "dispute" in state ? state.dispute ?? null : null,
    recipients: row.recipients,
    total_zat: row.totalZat,
    fee_zat: feeZat ?? null,
    txids: knownTxids(row),
    created: new Date(row.createdAtMs).toISOString(),
    changed: new Date(row.changedAtMs).toISOString(),
    payouts: payouts.map(payoutJson),
    events: events.map(({ atMs, event, state, actor, detail }) => ({
      time: new Date(atMs).toISOString(),
      event,
      state,
      by: actor,
      detail,
    })),
  };
}

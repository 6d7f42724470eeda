import { formatZec } from "../../money/ledger/mod.ts";
import { describePlan } from "../../money/payouts/mod.ts";
import type { Books } from "../../money/treasury/mod.ts";
import type { PayoutHold } from "../../money/payouts/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { CommandError, UsageError } from "../errors.ts";
import { ExitCode } from "../exit_codes.ts";
import { countOption, type OptionValues, textOption } from "../options.ts";
import { jsonLine, moment, textTable } from "../table.ts";
import { ACTION_OPTIONS, BOOK_OPTIONS, signature, withBooks } from "../with_books.ts";

/** `payouts list`. */
export const payoutsList = defineCommand({
  name: "payouts list",
  summary: "Show batches of payments, or one miner's payments, the newest first",
  details: CONFIG_DETAILS,
  options: {
    ...BOOK_OPTIONS,
    miner: textOption("MINER", "Only this miner's payments."),
    limit: countOption({ min: 1, max: 1_000, preset: 50 }, "The newest so many."),
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
    ],
    batches.map((batch) => [
      batch.id,
      String(batch.run),
      batch.state,
      String(batch.recipients),
      formatZec(batch.totalZat),
      moment(batch.createdAtMs),
      moment(batch.changedAtMs),
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
      payouts: found.map((payout) => ({
        id: payout.id,
        batch: payout.batch,
        address: payout.address,
        amount_zat: payout.amountZat,
        deducted_zat: payout.deductedZat,
        state: payout.ended ?? "live",
        txid: payout.txid ?? null,
        created: new Date(payout.createdAtMs).toISOString(),
      })),
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
  details: CONFIG_DETAILS,
  options: BOOK_OPTIONS,
  operands: { usage: "BATCH", min: 1, max: 1 },
  run(options, [id = ""], io) {
    return withBooks(options, async (books) => {
      const { batch, feeZat, events } = await books.paymentOperator().show(id);
      const { row, state, payouts } = batch;
      if (options.json) {
        io.out(jsonLine({ ...row, fee_zat: feeZat ?? null, known: state, payouts, events }));
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

/** `payouts dry-run`. */
export const payoutsDryRun = defineCommand({
  name: "payouts dry-run",
  summary: "Show what a run would pay now, and change nothing",
  details: `Asks the node and the wallet, which must be well.

${CONFIG_DETAILS}`,
  options: BOOK_OPTIONS,
  run(options, _operands, io) {
    return withBooks(options, async (books) => {
      const plan = await books.paymentEngine().dryRun();
      io.out(
        options.json
          ? jsonLine(plan)
          : [...describePlan(plan), plan.batches.length === 0 ? "Nobody would be paid." : ""]
            .filter((line) => line !== "").map((line) => `${line}\n`).join(""),
      );
      return ExitCode.ok;
    }, { calls: true });
  },
});

/** `payouts run`. */
export const payoutsRun = action(
  "payouts run",
  "Let a run begin with the payer's next turn, whenever the last one was",
  async (books, by) => {
    const { paused, pausedReason } = await books.paymentOperator().runNow(by);
    return paused ? `Payments are paused (${pausedReason}): it begins when they are resumed.` : "";
  },
  "A run is asked for; it begins with the next turn of the pool that pays.",
);

/** `payouts pause`. */
export const payoutsPause = action(
  "payouts pause",
  "Begin no payment until they are resumed, also after a restart",
  (books, by) => books.paymentOperator().pause(by),
  "Payments are paused. What is on its way is followed to its end.",
);

/** `payouts resume`. */
export const payoutsResume = action(
  "payouts resume",
  "Resume payments",
  (books, by) => books.paymentOperator().resume(by),
  "Payments are resumed.",
);

/** `payouts hold`. */
export const payoutsHold = action(
  "payouts hold",
  "Do not pay a miner until the hold is taken off",
  async (books, by, [miner = ""]) =>
    await books.paymentOperator().hold(await payeeOf(books, miner), by),
  "The miner is not paid; the balance keeps growing.",
  { usage: "MINER", min: 1, max: 1 },
);

/** `payouts unhold`. */
export const payoutsUnhold = action(
  "payouts unhold",
  "Pay a miner again",
  async (books, by, [miner = ""]) => {
    const id = await accountOf(books, miner) ?? miner.trim();
    if (!await books.paymentOperator().unhold(id, by)) {
      throw new CommandError(ExitCode.failed, `${quoted(miner)} is not on hold`);
    }
  },
  "The miner is paid again.",
  { usage: "MINER", min: 1, max: 1 },
);

/** `payouts resolve`. */
export const payoutsResolve = action(
  "payouts resolve",
  "Record which transaction paid a batch, when that is unknown or was reported wrongly",
  (books, by, [batch = "", txid = ""]) => books.paymentOperator().resolve(batch, txid, by),
  "The batch is followed by that transaction.",
  { usage: "BATCH TXID", min: 2, max: 2 },
);

/** `payouts allow-others`. */
export const payoutsAllowOthers = action(
  "payouts allow-others",
  "Let other batches be sent beside one that is unknown or parked",
  (books, by, [batch = ""]) => books.paymentOperator().allowOthers(batch, by),
  "Others are sent beside it; it is followed as before.",
  { usage: "BATCH", min: 1, max: 1 },
);

/** `payouts release`. */
export const payoutsRelease = defineCommand({
  name: "payouts release",
  summary: "Give the money of a batch back although nothing is proved",
  details:
    `Refused while a transaction of the batch is found. If one comes later, its miners are paid
twice: that is why the id has to be typed once more with --confirm.

${CONFIG_DETAILS}`,
  options: { ...ACTION_OPTIONS, confirm: textOption("BATCH", "The batch's id once more.") },
  operands: { usage: "BATCH", min: 1, max: 1 },
  run(options, [batch = ""], io) {
    const by = requireSignature(options);
    return withBooks(options, async (books) => {
      await books.paymentOperator().release(batch, options.confirm ?? "", by);
      io.out(options.json ? jsonLine({ done: true }) : "The money is due to its miners again.\n");
      return ExitCode.ok;
    }, { calls: true });
  },
});

/**
 * A miner as the books know it: with a typing error somebody else would be held, or nobody.
 *
 * @throws {CommandError} for what is neither an address of this network nor an account.
 */
async function payeeOf(books: Books, given: string): Promise<string> {
  const account = await accountOf(books, given);
  if (account !== undefined) return account;
  const id = given.trim();
  const payee = (await books.accounts.payees([id])).get(id);
  if (payee?.kind === "pay") return payee.address;
  throw new CommandError(
    ExitCode.failed,
    `There is no miner ${quoted(given)}: an address of this network or the name of an account ` +
      "expected",
  );
}

/** The name of an account as it is kept; undefined when there is none of that name. */
async function accountOf({ accounts }: Books, given: string): Promise<string | undefined> {
  const name = given.trim().toLowerCase();
  return await accounts.hasAccount(name) ? name : undefined;
}

function quoted(given: string): string {
  return JSON.stringify(given.slice(0, 100));
}

/**
 * A command by which an operator does one thing, recorded with who did it and why. What `act` returns
 * as text is printed behind what was done.
 */
function action(
  name: string,
  summary: string,
  act: (
    books: Books,
    by: { actor: string; reason: string },
    operands: readonly string[],
  ) => Promise<unknown>,
  done: string,
  operands?: { readonly usage: string; readonly min: number; readonly max: number },
) {
  return defineCommand({
    name,
    summary,
    details: `--reason is asked for: it stays in the audit trail.

${CONFIG_DETAILS}`,
    options: ACTION_OPTIONS,
    ...(operands === undefined ? {} : { operands }),
    run(options, given, io) {
      const by = requireSignature(options);
      return withBooks(options, async (books) => {
        const more = await act(books, by, given);
        const text = typeof more === "string" && more !== "" ? `${done} ${more}` : done;
        io.out(options.json ? jsonLine({ done: true }) : `${text}\n`);
        return ExitCode.ok;
      }, { calls: name === "payouts resolve" });
    },
  });
}

function requireSignature(
  options: Pick<OptionValues<typeof ACTION_OPTIONS>, "by" | "reason">,
): { actor: string; reason: string } {
  const by = signature(options);
  if (by.reason === "") {
    throw new UsageError("--reason is missing: it stays in the audit trail");
  }
  return by;
}

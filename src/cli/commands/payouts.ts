import { describePlan, type PaymentPlan } from "../../money/payouts/mod.ts";
import type { Books } from "../../money/treasury/mod.ts";
import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { CommandError, UsageError } from "../errors.ts";
import { ExitCode } from "../exit_codes.ts";
import { type OptionValues, textOption } from "../options.ts";
import { jsonLine } from "../table.ts";
import { ACTION_OPTIONS, BOOK_OPTIONS, signature, withBooks } from "../with_books.ts";
import { batchIdOf } from "./payout_reports.ts";

/** `payouts dry-run`. */
export const payoutsDryRun = defineCommand({
  name: "payouts dry-run",
  summary: "Show what a run would pay now, and change nothing",
  details:
    `With a wallet, node and wallet are asked and must be healthy. With payout.wallet = "external"
or "none" it shows what a settlement of now would hand to an external payer.

${CONFIG_DETAILS}`,
  options: BOOK_OPTIONS,
  run(options, _operands, io) {
    return withBooks(options, async (books, { config }) => {
      const isOthers = config.payout.wallet === "external" || config.payout.wallet === "none";
      const plan =
        await (isOthers ? books.settlementHandler().plan() : books.paymentEngine().dryRun());
      io.out(
        options.json
          ? jsonLine(planJson(plan))
          : [...describePlan(plan), plan.batches.length === 0 ? "Nobody would be paid." : ""]
            .filter((line) => line !== "").map((line) => `${line}\n`).join(""),
      );
      return ExitCode.ok;
    }, { calls: true });
  },
});

function planJson({ batches, heldBack }: PaymentPlan): unknown {
  return {
    batches: batches.map(({ kind, policy, totalZat, payouts }) => ({
      kind,
      policy,
      total_zat: totalZat,
      payouts: payouts.map(({ minerId, address, amountZat, deductedZat }) => ({
        miner: minerId,
        address,
        amount_zat: amountZat,
        deducted_zat: deductedZat,
      })),
    })),
    held_back: heldBack.map(({ reason, minerIds }) => ({ reason, miners: minerIds })),
  };
}

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
  async (books, by, [batch = "", txid = ""]) =>
    await books.paymentOperator().resolve(await batchIdOf(books, batch), txid, by),
  "The batch is followed by that transaction.",
  { usage: "BATCH TXID", min: 2, max: 2 },
);

/** `payouts allow-others`. */
export const payoutsAllowOthers = action(
  "payouts allow-others",
  "Let other batches be sent beside one that is unknown or parked",
  async (books, by, [batch = ""]) =>
    await books.paymentOperator().allowOthers(await batchIdOf(books, batch), by),
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
    if (options.confirm !== batch) {
      throw new CommandError(
        ExitCode.failed,
        `Cannot release batch ${quoted(batch)}: its id has to be typed once more with --confirm`,
      );
    }
    return withBooks(options, async (books) => {
      const id = await batchIdOf(books, batch);
      await books.paymentOperator().release(id, id, by);
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

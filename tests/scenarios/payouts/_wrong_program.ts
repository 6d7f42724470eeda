/**
 * Programs that pay wrongly: each is the pool's own with one guard taken out of its text, in a folder
 * of its own beside the tree. What is imported from other rooms stays the pool's.
 *
 * @module
 */
import type { PayoutProgram } from "../../support/payout_program.ts";

/** A statement of the program, and what stands there without the guard. */
interface Change {
  /** Below `src/money`. */
  readonly file: string;
  /** Stands there once. */
  readonly right: string;
  readonly wrong: string;
}

const DRIVER = "payouts/_batch_driver.ts";
const RUN = "payouts/_payment_run.ts";
const WATCH = "payouts/_transaction_watch.ts";

/** What each guard is in the text. */
const GUARDS = {
  /** The intent is committed before the wallet is called. */
  intentBeforeCall: [{
    file: DRIVER,
    right: `
    const next = await this.#applyIfAny(batch, { kind: "intend", intent }, context);
    this.#mayCall.add(batch.row.id);
    return next;`,
    wrong: `
    const event = await this.#call(batch, intent);
    const building = await this.#applyIfAny(batch, { kind: "intend", intent }, context);
    return building && await this.#applyIfAny(building, event, context);`,
  }],
  /** A lost answer leaves the outcome open. */
  lostAnswerIsUnknown: [{
    file: DRIVER,
    right: `case "unknown":\n        return this.#lost(outcome.reason);`,
    wrong: `case "unknown":\n        return rejection(outcome.reason);`,
  }],
  /** A payment that is not found is released only after its transaction can no longer appear. */
  patienceBeforeRelease: [{
    file: "payouts/_unknown_resolver.ts",
    right: "return hasPassed(clock.now(), { sinceMs: intent.atMs, ms: OPERATION_MS_MAX }) &&",
    wrong: "return true ||",
  }],
  /** An error of a status question changes nothing. */
  errorsDecideNothing: [{
    file: DRIVER,
    right: "const status = await wallet.operation(opid);",
    wrong: `
    let status;
    try {
      status = await wallet.operation(opid);
    } catch (thrown) {
      return rejection(String(thrown));
    }`,
  }],
  /** An operation that the wallet has forgotten is not a failed one. */
  missingIsUnknown: [{
    file: DRIVER,
    right: `return this.#lost("the wallet has forgotten the operation");`,
    wrong: `return rejection("the wallet has forgotten the operation");`,
  }],
  /** A failed operation is looked into, because a transaction may exist all the same. */
  failureIsUnknown: [{
    file: DRIVER,
    right: `case "failed":\n        return this.#lost(status.reason);`,
    wrong: `case "failed":\n        return rejection(status.reason);`,
  }],
  /** What the wallet has refused with authority is due again at once. */
  refusalReleases: [
    {
      file: DRIVER,
      right: "return rejection(outcome.reason, outcome.recipientAtFault);",
      wrong: "return this.#lost(outcome.reason);",
    },
    { file: DRIVER, right: `return batch.row.kind === "tex"\n`, wrong: "return true\n" },
  ],
  /** A transaction that the wallet made and did not send is not counted as sent. */
  onlyBroadcastCounts: [{
    file: DRIVER,
    right:
      `return this.#lost("the wallet made the transaction and does not send it", transactions);`,
    wrong: `return { kind: "send", transactions };`,
  }],
  /** A payment of several transactions needs all of them. */
  allTransactionsCount: [{
    file: WATCH,
    right: "async #locate(transactions: readonly SentTransaction[]): Promise<Sighting[]> {",
    wrong: `async #locate(all: readonly SentTransaction[]): Promise<Sighting[]> {
    const transactions = all.slice(0, 1);`,
  }],
  /** An expired transaction is given up only when the expiry itself lies deep. */
  expiryDepth: [{
    file: WATCH,
    right: "tip.height <= expiryHeight + this.#modules.settleDepth",
    wrong: "tip.height <= expiryHeight",
  }],
  /** A payment counts as paid only when it is deep. */
  settleDepth: [{
    file: WATCH,
    right: `return shallow ? undefined : { kind: "settle" };`,
    wrong: `return { kind: "settle" };`,
  }],
  /** Every write of the payer proves in its transaction that it still is the payer. */
  fencing: [
    {
      file: "payouts/batch_book.ts",
      right: `if (by.kind === "operator") return;`,
      wrong: "return;",
    },
    {
      file: "payouts/payout_engine.ts",
      right: "isPayer: () => this.#lease.token !== undefined",
      wrong: "isPayer: () => true",
    },
  ],
  /** A refused batch is halved until the bad recipient stands alone. */
  bisection: [
    {
      file: RUN,
      right: "const half = await planner.nextHalf(run);",
      wrong: "const half = undefined;",
    },
    { file: DRIVER, right: "if (alone && state.kind", wrong: "if (false && state.kind" },
  ],
  /** Batches hold at most so many recipients. */
  batchRules: [{
    file: "payouts/payment_plan.ts",
    right: `const lengthMax = kind === "tex" ? 1 : limits.recipientsMax;`,
    wrong: "const lengthMax = Infinity;",
  }],
  /** Nothing reveals more than the operator's ceiling allows. */
  privacyCeiling: [{
    file: "payouts/payment_plan.ts",
    right: "if (!allowedUnder(limits.privacyCeiling, policy)) {",
    wrong: "if (false) {",
  }],
  /** Nothing is sent while payments are paused. */
  pause: [
    {
      file: DRIVER,
      right: "wallet === undefined || context.paused",
      wrong: "wallet === undefined",
    },
    { file: DRIVER, right: "paused || !tip.synced", wrong: "!tip.synced" },
    {
      file: RUN,
      right: "if ((await database.read((tx) => store.control.read(tx))).paused) return;",
      wrong: "",
    },
    {
      file: "payouts/payout_engine.ts",
      right: "if (!sound || control.paused ||",
      wrong: "if (!sound ||",
    },
  ],
  /** A run is opened only with a wallet that is healthy. */
  walletGate: [{
    file: "payouts/wallet_health.ts",
    right: "const fault = await this.#fault(status, tip);",
    wrong: "const fault = undefined;",
  }],
  /** A list that cannot be read is not an empty list. */
  failedScanDecidesNothing: [{
    file: "payouts/_unknown_resolver.ts",
    right: "return { matches, complete };",
    wrong: "return { matches, complete: true };",
  }],
  /** A transaction without enough life left is not sent. */
  expiryMargin: [{
    file: DRIVER,
    right: "if (expiryHeight !== 0 && life < LIFE_BLOCKS_MIN) {",
    wrong: "if (false) {",
  }],
  /** A transaction that can be seen to pay less than is owed settles nothing. */
  payeesArePaid: [{
    file: "payouts/payee_check.ts",
    right: `if (event?.kind !== "mine") return event;`,
    wrong: "return event;",
  }],
} as const satisfies Readonly<Record<string, readonly Change[]>>;

export type Guard = keyof typeof GUARDS;

const MONEY = new URL("../../../src/money/", import.meta.url);
/** The rooms whose text is changed. */
const ROOMS = ["payouts", "settlement"] as const;

/**
 * The text of a file without a guard.
 *
 * @throws {Error} when the statement of the guard does not stand there exactly once.
 */
function unguarded(file: string, text: string, guard: Guard): string {
  let changed = text;
  const changes: readonly Change[] = GUARDS[guard];
  for (const change of changes) {
    if (change.file !== file) continue;
    const parts = changed.split(change.right);
    if (parts.length !== 2) {
      throw new Error(`${file} has the statement of ${guard} ${parts.length - 1} times`);
    }
    changed = parts.join(change.wrong);
  }
  return changed;
}

/**
 * Whether every statement still stands where it is said to stand.
 *
 * @throws {Error} naming the first one that does not.
 */
export async function checkGuards(): Promise<void> {
  for (const guard of Object.keys(GUARDS) as Guard[]) {
    for (const { file } of GUARDS[guard]) {
      unguarded(file, await Deno.readTextFile(new URL(file, MONEY)), guard);
    }
  }
}

/** The pool's program without one guard. */
export async function wrongProgram(guard: Guard): Promise<PayoutProgram> {
  const folder = await Deno.makeTempDir({ prefix: `without-${guard}-` });
  try {
    for (const room of ROOMS) await copyRoom(room, folder, guard);
    // They are the same texts but for the guard.
    const [payouts, settlement] = await Promise.all([
      import(`file://${folder}/payouts/mod.ts`) as Promise<PayoutProgram>,
      import(`file://${folder}/settlement/mod.ts`) as Promise<PayoutProgram>,
    ]);
    return { ...payouts, ...settlement };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function copyRoom(room: string, folder: string, guard: Guard): Promise<void> {
  await Deno.mkdir(`${folder}/${room}`);
  for await (const { name, isDirectory } of Deno.readDir(new URL(room, MONEY))) {
    const file = `${room}/${name}`;
    if (isDirectory) await copyRoom(file, folder, guard);
    if (!name.endsWith(".ts")) continue;
    const from = new URL(file, MONEY);
    const text = unguarded(file, await Deno.readTextFile(from), guard);
    const copy = text.replaceAll(
      /(?<=from ")\.[^"]*/g,
      (specifier) => importOfCopy(specifier, from),
    );
    await Deno.writeTextFile(`${folder}/${file}`, copy);
  }
}

/** Where an import of a copied file leads: within the copy, or to the pool's own file. */
function importOfCopy(specifier: string, from: URL): string {
  const { href } = new URL(specifier, from);
  const inside = ROOMS.some((room) => href.startsWith(new URL(`${room}/`, MONEY).href));
  return inside ? specifier : href;
}

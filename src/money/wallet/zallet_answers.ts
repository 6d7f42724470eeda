/**
 * What Zallet answers with, read strictly, and what its errors prove.
 *
 * @module
 */
import { MAX_MONEY_ZAT } from "../../chain/zcash/mod.ts";
import {
  type IntegerShape,
  JsonAnswer,
  malformed,
  type TextShape,
} from "../../platform/rpc/mod.ts";
import { memoText } from "./marker.ts";
import type {
  OperationStatus,
  RecentTransaction,
  SpendableFunds,
  WalletFeatures,
  WalletStatus,
} from "./wallet_port.ts";

/** zcashd's error codes, which Zallet keeps. */
export const RPC_ADDRESS = -5;
const RPC_FUNDS = -6;
export const RPC_PARAMETER = -8;

/**
 * Codes that prove that a call was not begun: its parameters or their types, funds, an account or
 * lock, a wallet that warms up, a request that is none. What they leave out may come from any point
 * of the work: an inner fault (-32603, -1), the wallet's or its database's (-4, -20), a transaction
 * that was made and not taken (-25 to -27).
 */
export const NOT_BEGUN: readonly number[] = [
  ...[-3, RPC_ADDRESS, RPC_FUNDS, RPC_PARAMETER, -11, -13, -18, -28],
  ...[-32600, -32601, -32602, -32700],
];

const TXID: TextShape = { pattern: /^[0-9a-fA-F]{64}$/, name: "a transaction id" };

/** A block height (Zcash protocol §7.6) is below 2^31; an expiry height below 500,000,000. */
const HEIGHT: IntegerShape = { min: 0, max: 2 ** 31 - 1, name: "a height" };

const AMOUNT: IntegerShape = { min: 0, max: Number(MAX_MONEY_ZAT), name: "an amount" };

/** The four steps of the path that sends nothing. */
const PCZT_METHODS = ["pczt_create", "pczt_prove", "pczt_sign", "pczt_extract"] as const;

/** The wallet's abilities by the names of its methods. */
export function featuresOf(methods: ReadonlySet<string>): WalletFeatures {
  const sendMany = methods.has("z_sendmany") && methods.has("z_getoperationstatus");
  const pczt = PCZT_METHODS.every((method) => methods.has(method));
  return {
    method: pczt ? "pczt" : sendMany ? "z_sendmany" : undefined,
    sendMany,
    shieldCoinbase: methods.has("z_shieldcoinbase"),
    listTransactions: methods.has("z_listtransactions"),
  };
}

/** Names out of `rpc.discover`. */
export function discoveredMethods(answer: unknown): Set<string> {
  const methods = new JsonAnswer("wallet", "rpc.discover", answer).optionalObjects("methods");
  return new Set(methods.map((method) => method.text("name")));
}

/** Names out of the text of `help`: the first word of each line. */
export function helpMethods(answer: unknown): Set<string> {
  if (typeof answer !== "string") {
    throw malformed("wallet", "help", "a text expected");
  }
  return new Set(answer.split("\n").map((line) => line.trim().split(/\s/)[0] ?? ""));
}

export function readStatus(answer: unknown): WalletStatus {
  const status = new JsonAnswer("wallet", "getwalletstatus", answer);
  const tip = status.object("node_tip");
  return {
    locked: status.optionalFlag("locked") ?? false,
    nodeHeight: tip.integer("height", HEIGHT),
    nodeHash: txidOf(tip, "blockhash"),
    syncedHeight: optionalHeightOf(status, "fully_synced_height"),
  };
}

/** The spendable parts of one account; an account without any has none. */
export function readFunds(answer: unknown, accountUuid: string): SpendableFunds {
  const account = new JsonAnswer("wallet", "z_getbalances", answer).optionalObjects("accounts")
    .find((candidate) => candidate.text("account_uuid") === accountUuid);
  const transparent = account?.optionalObject("transparent");
  return {
    transparent: spendable(transparent, "regular"),
    coinbase: spendable(transparent, "coinbase"),
    sapling: spendable(account, "sapling"),
    orchard: spendable(account, "orchard"),
    ironwood: spendable(account, "ironwood"),
  };
}

function spendable(parent: JsonAnswer | undefined, name: string): bigint {
  const value = parent?.optionalObject(name)?.optionalObject("spendable");
  return value === undefined ? 0n : zatOf(value, "valueZat");
}

/** Rows of `z_listtransactions`. */
export function readRecent(answer: unknown): RecentTransaction[] {
  return JsonAnswer.list("wallet", "z_listtransactions", answer).map((row) => {
    const expiryHeight = optionalHeightOf(row, "expiry_height");
    const fee = row.has("fee_paid") ? { feeZat: zatOf(row, "fee_paid") } : {};
    return {
      txid: txidOf(row, "txid"),
      ...(expiryHeight === undefined ? {} : { expiryHeight }),
      ...fee,
      outputs: row.objects("outputs").map((output) => ({
        address: output.optionalText("to_address"),
        amountZat: zatOf(output, "value"),
        isChange: output.optionalFlag("is_change"),
        memo: optionalMemo(output.optionalText("memo")),
      })),
    };
  });
}

/** Undefined also for the memo that says that there is none: one byte F6 (ZIP 302). */
function optionalMemo(memo: string | undefined): string | undefined {
  const text = memo === undefined ? "" : memoText(memo);
  return text === "" || text === "\u00f6" ? undefined : text;
}

/** A transaction id in lower case. */
export function txidOf(answer: JsonAnswer, name: string): string {
  return answer.text(name, TXID).toLowerCase();
}

/** A block height, undefined where there is none. */
export function optionalHeightOf(answer: JsonAnswer, name: string): number | undefined {
  return answer.optionalInteger(name, HEIGHT);
}

/** Zatoshis, none or more. */
export function zatOf(answer: JsonAnswer, name: string): bigint {
  return BigInt(answer.integer(name, AMOUNT));
}

/** What is known of one operation; an id that the answer lacks is missing, never failed. */
export function readOperation(answer: unknown, opid: string): OperationStatus {
  const operation = JsonAnswer.list("wallet", "z_getoperationstatus", answer)
    .find((candidate) => candidate.text("id") === opid);
  if (operation === undefined) return { kind: "missing" };
  const status = operation.text("status");
  switch (status) {
    case "queued":
    case "executing":
      return { kind: "running" };
    case "success":
      return readSuccess(operation.object("result"));
    case "failed":
    case "cancelled":
      return readFailure(operation, status);
    default:
      throw malformed("wallet", "z_getoperationstatus", "a status that is not known");
  }
}

function readSuccess(result: JsonAnswer): OperationStatus {
  const txids = result.has("txids") ? result.texts("txids") : [txidOf(result, "txid")];
  if (txids.length === 0 || !txids.every((txid) => TXID.pattern.test(txid))) {
    throw malformed("wallet", "z_getoperationstatus", "a success without transaction ids");
  }
  const kind = result.optionalFlag("broadcast") === false ? "not_broadcast" : "sent";
  return { kind, txids: txids.map((txid) => txid.toLowerCase()) };
}

/**
 * A failed operation proves that nothing was created only by the codes of the proposal: funds and
 * parameters. Its text is for people: a transaction is stored before it is sent, and a failure of
 * the sending looks like any other.
 */
function readFailure(operation: JsonAnswer, status: string): OperationStatus {
  const error = operation.optionalObject("error");
  const code = error?.optionalInteger("code");
  const message = error?.optionalText("message") ?? status;
  const reason = code === undefined ? message : `${message} (${code})`;
  if (status === "cancelled" || (code !== RPC_FUNDS && code !== RPC_PARAMETER)) {
    return { kind: "failed", reason };
  }
  // More careful by the text: this one says that the transaction had been made.
  if (/commit failed/i.test(message)) return { kind: "failed", reason };
  return { kind: "refused", reason, recipientAtFault: code === RPC_PARAMETER };
}

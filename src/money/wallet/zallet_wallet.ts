import { COINBASE_MATURITY } from "../../chain/zcash/mod.ts";
import { reasonOf } from "../../base/mod.ts";
import { JsonAnswer, printable, type RpcClient, RpcError } from "../../platform/rpc/mod.ts";
import { formatZec } from "../ledger/mod.ts";
import { memoHex } from "./marker.ts";
import type {
  BuildOutcome,
  OperationStatus,
  PaymentRecipient,
  PaymentRequest,
  RecentPage,
  SendOutcome,
  ShieldingBacklog,
  ShieldOutcome,
  SpendableFunds,
  WalletFeatures,
  WalletPort,
  WalletStatus,
  WalletTransaction,
} from "./wallet_port.ts";
import {
  discoveredMethods,
  featuresOf,
  helpMethods,
  NOT_BEGUN,
  optionalHeightOf,
  readFunds,
  readOperation,
  readRecent,
  readStatus,
  RPC_ADDRESS,
  RPC_PARAMETER,
  txidOf,
  zatOf,
} from "./zallet_answers.ts";

/** Which money of the wallet pays. */
export interface ZalletOptions {
  /** The paying account's UUID, or an address of it. */
  readonly account: string;
}

/** Questions; Zallet's own limit is 30 s. */
const QUESTION_MS = 30_000;
/** Choosing notes among thousands, or making the proofs of a large payment, takes minutes. */
const WORK_MS = 600_000;
/** Rows of one page: one memo that cannot be read spoils only its page. */
const PAGE_ROWS = 100;
/** Pages of one scan: 10,000 own transactions since a batch began are not to be expected. */
const PAGES_MAX = 100;

/** {@link WalletPort} over Zallet's JSON-RPC. */
export class ZalletWallet implements WalletPort {
  readonly identity: string;
  readonly #rpc: RpcClient;
  readonly #account: string;
  #paying: PayingAccount | undefined;

  constructor(options: ZalletOptions, modules: { readonly rpc: RpcClient }) {
    this.#account = options.account;
    this.#rpc = modules.rpc;
    this.identity = `zallet ${options.account}`;
  }

  async probe(): Promise<WalletFeatures> {
    this.#paying = await this.#findAccount();
    try {
      return featuresOf(discoveredMethods(await this.#ask("rpc.discover")));
    } catch (thrown) {
      if (!(thrown instanceof RpcError) || thrown.kind !== "rpc") throw thrown;
      return featuresOf(helpMethods(await this.#ask("help")));
    }
  }

  async status(): Promise<WalletStatus> {
    return readStatus(await this.#ask("getwalletstatus"));
  }

  async spendable(): Promise<SpendableFunds> {
    const { uuid } = await this.#payingAccount();
    return readFunds(await this.#ask("z_getbalances"), uuid);
  }

  /** None of the four steps sends anything, so a failure of any of them proves that nothing is out. */
  async build({ recipients, policy }: PaymentRequest): Promise<BuildOutcome> {
    try {
      const { uuid } = await this.#payingAccount();
      const amounts = recipients.map(amountOf);
      const created = await this.#work("pczt_create", [uuid, amounts, null, policy]);
      const proved = await this.#work("pczt_prove", [pcztOf("pczt_create", created)]);
      const signed = await this.#work("pczt_sign", [pcztOf("pczt_prove", proved), policy]);
      const extracted = await this.#work("pczt_extract", [pcztOf("pczt_sign", signed)]);
      const payment = new JsonAnswer("wallet", "pczt_extract", extracted);
      return {
        kind: "built",
        payment: { hex: payment.text("hex"), txid: txidOf(payment, "txid") },
      };
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      return thrown.kind === "rpc" ? refusal(thrown) : { kind: "failed", reason: thrown.message };
    }
  }

  async send({ recipients, policy }: PaymentRequest): Promise<SendOutcome> {
    let from: string;
    try {
      from = (await this.#payingAccount()).address;
    } catch (thrown) {
      // Nothing was asked yet that could make a payment.
      return { kind: "refused", reason: reasonOf(thrown), recipientAtFault: false };
    }
    try {
      const params = [from, recipients.map(amountOf), null, null, policy];
      const opid = await this.#work("z_sendmany", params);
      return typeof opid === "string" && /^[\x21-\x7e]{1,128}$/.test(opid)
        ? { kind: "started", opid }
        : { kind: "unknown", reason: "z_sendmany answered without an operation id" };
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      return thrown.rpcCode !== undefined && NOT_BEGUN.includes(thrown.rpcCode)
        ? refusal(thrown)
        : { kind: "unknown", reason: thrown.message };
    }
  }

  async operation(opid: string): Promise<OperationStatus> {
    return readOperation(await this.#ask("z_getoperationstatus", [[opid]]), opid);
  }

  async transaction(txid: string): Promise<WalletTransaction | undefined> {
    let answer: unknown;
    try {
      answer = await this.#ask("z_viewtransaction", [txid]);
    } catch (thrown) {
      if (thrown instanceof RpcError && thrown.rpcCode === RPC_ADDRESS) return undefined;
      throw thrown;
    }
    const found = new JsonAnswer("wallet", "z_viewtransaction", answer);
    const expiryHeight = optionalHeightOf(found, "expiryheight");
    return {
      txid: txidOf(found, "txid"),
      ...(expiryHeight === undefined ? {} : { expiryHeight }),
      ...(found.has("feeZat") ? { feeZat: zatOf(found, "feeZat") } : {}),
    };
  }

  async *recent(fromHeight: number): AsyncIterable<RecentPage> {
    const { uuid } = await this.#payingAccount();
    let offset = 0;
    for (let page = 0; page < PAGES_MAX; page++) {
      const params = [uuid, fromHeight, null, offset, PAGE_ROWS];
      try {
        const transactions = readRecent(await this.#ask("z_listtransactions", params));
        // A short page need not be the last one: the wallet may give fewer rows than it is asked for.
        if (transactions.length === 0) return;
        yield { kind: "rows", transactions };
        offset += transactions.length;
      } catch (thrown) {
        if (!(thrown instanceof RpcError)) throw thrown;
        yield { kind: "failed", reason: thrown.message };
        offset += PAGE_ROWS;
        // Only the wallet's own word may concern this page alone.
        if (thrown.kind !== "rpc" || page + 1 >= FAILED_PAGES_MAX) return;
      }
    }
    yield { kind: "failed", reason: `more than ${PAGES_MAX * PAGE_ROWS} transactions` };
  }

  async backlog(): Promise<ShieldingBacklog> {
    const { uuid } = await this.#payingAccount();
    const valueZat = (await this.spendable()).coinbase;
    if (valueZat === 0n) return { count: 0, valueZat };
    try {
      const unspent = JsonAnswer.list(
        "wallet",
        "z_listunspent",
        await this.#ask("z_listunspent", [COINBASE_MATURITY]),
      );
      const count = unspent.filter((row) =>
        row.optionalText("account_uuid") === uuid && row.optionalFlag("generated") === true
      ).length;
      return { count, valueZat };
    } catch (thrown) {
      // The list can be spoilt by anybody's memo; the value does not depend on it.
      if (!(thrown instanceof RpcError)) throw thrown;
      return { count: undefined, valueZat };
    }
  }

  async shieldCoinbase(limit: number): Promise<ShieldOutcome> {
    // "Nothing to shield" is an error to the wallet, so the balance is read first.
    if ((await this.spendable()).coinbase === 0n) return { kind: "nothing" };
    const { uuid, address } = await this.#payingAccount();
    try {
      const answer = await this.#work("z_shieldcoinbase", [uuid, address, null, limit]);
      const shielding = new JsonAnswer("wallet", "z_shieldcoinbase", answer);
      return {
        kind: "started",
        opid: shielding.text("opid"),
        valueZat: zecField(shielding, "shieldingValue"),
        remainingCount: shielding.integer("remainingUTXOs"),
      };
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      const kind = thrown.kind === "rpc" ? "refused" : "unknown";
      return { kind, reason: thrown.message };
    }
  }

  async #payingAccount(): Promise<PayingAccount> {
    this.#paying ??= await this.#findAccount();
    return this.#paying;
  }

  async #findAccount(): Promise<PayingAccount> {
    const accounts = JsonAnswer.list(
      "wallet",
      "z_listaccounts",
      await this.#ask("z_listaccounts", [true]),
    );
    for (const account of accounts) {
      const uuid = account.text("account_uuid");
      const addresses = account.optionalObjects("addresses")
        .flatMap((entry) => [entry.optionalText("ua"), entry.optionalText("sapling")])
        .filter((address) => address !== undefined);
      const own = this.#account === uuid
        ? addresses[0]
        : addresses.find((a) => a === this.#account);
      if (own !== undefined) return { uuid, address: own };
    }
    throw new RpcError(
      "wallet",
      "malformed",
      `The wallet has no account ${printable(this.#account)} with a shielded address; ` +
        "check the setting of the paying account",
    );
  }

  #ask(method: string, params: readonly unknown[] = []): Promise<unknown> {
    return this.#rpc.call(method, params, QUESTION_MS);
  }

  #work(method: string, params: readonly unknown[]): Promise<unknown> {
    return this.#rpc.call(method, params, WORK_MS);
  }
}

interface PayingAccount {
  readonly uuid: string;
  /** Shielded: where change and shielded coinbase go, and what `z_sendmany` spends from. */
  readonly address: string;
}
/** Further pages are tried after one that fails, within this many from the first. */
const FAILED_PAGES_MAX = 10;

/** The amount as text made from the integer: a float could not hold it. */
function amountOf({ address, amountZat, memo }: PaymentRecipient): Record<string, string> {
  const amount = formatZec(amountZat);
  return memo === undefined ? { address, amount } : { address, amount, memo: memoHex(memo) };
}

function pcztOf(method: string, answer: unknown): string {
  return new JsonAnswer("wallet", method, answer).text("pczt");
}

function refusal(error: RpcError): BuildOutcome & SendOutcome & { kind: "refused" } {
  const recipientAtFault = error.rpcCode === RPC_ADDRESS || error.rpcCode === RPC_PARAMETER;
  return { kind: "refused", reason: error.message, recipientAtFault };
}

/** An amount that the wallet gives in ZEC, as a number or text of at most eight decimals; for display. */
function zecField(answer: JsonAnswer, name: string): bigint {
  const value = answer.value(name);
  const text = typeof value === "number" ? value.toFixed(8) : value;
  if (typeof text !== "string" || !/^\d{1,9}(\.\d{1,8})?$/.test(text)) {
    throw answer.fault(name, "an amount");
  }
  const [whole = "0", decimals = ""] = text.split(".");
  return BigInt(whole) * 100_000_000n + BigInt(decimals.padEnd(8, "0").slice(0, 8));
}

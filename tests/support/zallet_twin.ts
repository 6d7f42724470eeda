import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { recipientKind } from "../../src/money/wallet/mod.ts";
import { parseAddress } from "../../src/chain/zcash/mod.ts";
import type { FakeChain } from "./fake_chain.ts";
import {
  payoutTransaction,
  type TwinRecipient,
  type TwinTransaction,
} from "./payout_transaction.ts";

/** What goes wrong with one call: before the wallet has done anything, or after it has done it. */
export interface TwinFault {
  readonly when: "before" | "after";
  readonly how: "reset" | "http500" | "http401" | "garbage" | { code: number; message: string };
}

/** How an operation ends. */
export type TwinOutcome =
  | "success"
  /** The proposal was refused: nothing exists. */
  | "refused"
  /** Sending failed after the transaction was made; it may be out (`sent`) or not. */
  | "commit-failed-sent"
  | "commit-failed-unsent"
  /** The wallet is told not to send. */
  | "not-broadcast";

interface TwinOperation {
  readonly id: string;
  readonly recipients: readonly TwinRecipient[];
  readonly outcome: TwinOutcome;
  readonly parts: number;
  status: "queued" | "success" | "failed";
  result?: unknown;
  error?: { code: number; message: string };
}

/** The twin's own account. */
export const TWIN_ACCOUNT = "6f0c1f2e-0000-4000-8000-000000000001";
/** Its paying address: one that no payee has. */
export const TWIN_ADDRESS =
  "zs1z7rejlpsa98s2rrrfkwmaxu53e4ue0ulcrw0h4x5g8jl04tak0d3mm47vdtahatqrlkngh9slya";

/** Blocks that a transaction of the twin lives. */
export const TWIN_EXPIRY = 40;
const MARGINAL_FEE = 1_000n;

class RpcError extends Error {
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

/** A wallet that speaks Zallet's JSON-RPC over HTTP and fails where a test says. */
export class ZalletTwin {
  readonly #chain: FakeChain;
  readonly #server: Server;
  readonly #faults = new Map<string, TwinFault[]>();
  readonly #operations = new Map<string, TwinOperation>();
  #transactions: TwinTransaction[] = [];
  #serial = 0;
  /** Calls that were executed, by method. */
  readonly calls = new Map<string, number>();
  pczt: boolean;
  funds = { ironwood: 100_000_000_000n, orchard: 0n, sapling: 0n, coinbase: 0n };
  coinbaseOutputs = 0;
  locked = false;
  /** Blocks that the wallet is behind. */
  lag = 0;
  /** How the next operations end; success when empty. */
  outcomes: TwinOutcome[] = [];
  /** Operations end when they are made, or when {@link finishOperations} is called. */
  finishesAtOnce = true;
  /** Transactions that one operation makes. */
  parts = 1;
  expiryBlocks = TWIN_EXPIRY;
  /** Operations are said to be at work, whatever they have done. */
  executesForEver = false;
  /** Operations succeed and make nothing. */
  makesNothing = false;
  /** The transaction that operations are said to have made, instead of theirs. */
  successNamed: string | undefined;
  /** What it says of one transaction beside or instead of the truth. */
  lies: { readonly expiryheight?: unknown; readonly feeZat?: unknown } = {};
  /** Addresses that the wallet refuses, with the code that it does so. */
  readonly refusedAddresses = new Map<string, number>();
  /** What its list says of every memo, instead of what was written. */
  memosTold: string | undefined;
  /** What its list says of every output beside or instead of the truth. */
  outputLies: { readonly to_address?: null; readonly is_change?: null } = {};
  listsOutputs = true;
  /** Rows of one page at most, whatever is asked for. */
  pageRowsMax = Number.MAX_SAFE_INTEGER;
  /** A foreign memo that is no text: from this row on lists fail. */
  poisonedRow: number | undefined;
  methodsHidden: readonly string[] = [];
  /** Makes PCZT transactions pay somebody else. */
  cheats = false;
  password = "secret";
  url = "";

  constructor(chain: FakeChain, options: { readonly pczt: boolean }) {
    this.#chain = chain;
    this.pczt = options.pczt;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve()));
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("no address");
    this.url = `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** The next calls of the method fail this way, one fault each. */
  fail(method: string, ...faults: readonly TwinFault[]): void {
    this.#faults.set(method, [...this.#faults.get(method) ?? [], ...faults]);
  }

  /** Forgets what lives in memory only: all operations. */
  restart(): void {
    this.#operations.clear();
  }

  finishOperations(): void {
    for (const operation of this.#operations.values()) this.#finish(operation);
  }

  /** Transactions that were made, whether or not anybody has them. */
  get transactions(): readonly TwinTransaction[] {
    return this.#transactions;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const part of request) body += String(part);
    const { id, method, params } = JSON.parse(body) as {
      id: unknown;
      method: string;
      params: unknown[];
    };
    const expected = `Basic ${btoa(`pool:${this.password}`)}`;
    if (request.headers.authorization !== expected) return answer(response, 401, "");
    const fault = this.#faults.get(method)?.shift();
    if (fault?.when === "before") return breakOff(request, response, id, fault);
    let result: unknown;
    try {
      this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
      result = this.#execute(method, params);
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      const error = { code: thrown.code, message: thrown.message };
      return answer(response, 200, JSON.stringify({ jsonrpc: "2.0", id, error }));
    }
    if (fault !== undefined) return breakOff(request, response, id, fault);
    answer(response, 200, JSON.stringify({ jsonrpc: "2.0", id, result }));
  }

  #execute(method: string, params: unknown[]): unknown {
    if (!this.#methods().includes(method)) throw new RpcError(-32601, "Method not found");
    switch (method) {
      case "rpc.discover":
        return { methods: this.#methods().map((name) => ({ name })) };
      case "help":
        return ["== Zallet ==", ...this.#methods().map((name) => `${name} [parameters]`)].join(
          "\n",
        );
      case "z_listaccounts":
        return [{ account_uuid: TWIN_ACCOUNT, addresses: [{ sapling: TWIN_ADDRESS }] }];
      case "getwalletstatus":
        return this.#status();
      case "z_getbalances":
        return this.#balances();
      case "z_sendmany":
        return this.#sendMany(params);
      case "z_getoperationstatus":
        return (params[0] as string[]).flatMap((id) => this.#operationStatus(id));
      case "z_viewtransaction":
        return this.#view(params[0] as string);
      case "z_listtransactions":
        return this.#list(params);
      case "z_listunspent":
        return Array.from({ length: this.coinbaseOutputs }, () => ({
          account_uuid: TWIN_ACCOUNT,
          generated: true,
        }));
      case "z_shieldcoinbase":
        return this.#shield(params);
      case "pczt_create":
        return { pczt: this.#pcztCreate(params), privacy_policy: params[3] };
      case "pczt_prove":
      case "pczt_sign":
        return { pczt: params[0] };
      case "pczt_extract":
        return this.#pcztExtract(params[0] as string);
      default:
        throw new RpcError(-32601, "Method not found");
    }
  }

  #methods(): string[] {
    const pczt = ["pczt_create", "pczt_prove", "pczt_sign", "pczt_extract"];
    return [
      "help",
      "rpc.discover",
      "getwalletstatus",
      "z_listaccounts",
      "z_getbalances",
      "z_sendmany",
      "z_getoperationstatus",
      "z_viewtransaction",
      "z_listtransactions",
      "z_listunspent",
      "z_shieldcoinbase",
      ...(this.pczt ? pczt : []),
    ].filter((name) => !this.methodsHidden.includes(name));
  }

  #status(): unknown {
    const { height } = this.#chain;
    return {
      node_tip: { height, blockhash: this.#chain.tipHash },
      fully_synced_height: height - this.lag,
      locked: this.locked,
    };
  }

  #balances(): unknown {
    const leaf = (zat: bigint) => ({ spendable: { valueZat: Number(zat) } });
    const { ironwood, orchard, sapling, coinbase } = this.funds;
    return {
      accounts: [{
        account_uuid: TWIN_ACCOUNT,
        transparent: { coinbase: leaf(coinbase) },
        sapling: leaf(sapling),
        orchard: leaf(orchard),
        ironwood: leaf(ironwood),
        total: {},
      }],
    };
  }

  #sendMany([from, amounts, , fee, policy]: unknown[]): string {
    if (from !== TWIN_ADDRESS) throw new RpcError(-5, "Invalid from address");
    if (fee !== null) throw new RpcError(-8, "Fee must be null");
    const recipients = this.#readRecipients(amounts, policy);
    const id = `opid-${(++this.#serial).toString().padStart(8, "0")}`;
    const outcome = this.outcomes.shift() ?? "success";
    const operation: TwinOperation = {
      id,
      recipients,
      outcome,
      parts: this.parts,
      status: "queued",
    };
    this.#operations.set(id, operation);
    if (this.finishesAtOnce) this.#finish(operation);
    return id;
  }

  #readRecipients(amounts: unknown, policy: unknown): TwinRecipient[] {
    const list = amounts as { address: string; amount: unknown; memo?: string }[];
    if (list.length === 0) throw new RpcError(-8, "Invalid parameter, amounts array is empty.");
    if (list.length > 50) throw new RpcError(-8, "Too many recipients");
    const seen = new Set<string>();
    const recipients = list.map(({ address, amount, memo }) => {
      const code = this.refusedAddresses.get(address);
      if (code !== undefined) {
        throw new RpcError(code, "Invalid parameter, an address is not valid");
      }
      if (seen.has(address)) throw new RpcError(-8, "Invalid parameter, duplicated recipient");
      seen.add(address);
      if (typeof amount !== "string" || !/^\d+\.\d{8}$/.test(amount)) {
        throw new RpcError(-8, "Invalid amount");
      }
      const transparent = recipientKind(parseAddress(address)) === "transparent";
      if (transparent && memo !== undefined) {
        throw new RpcError(-8, "Memo for transparent recipient");
      }
      if (transparent && policy !== "AllowRevealedRecipients" && policy !== "NoPrivacy") {
        throw new RpcError(-8, "This transaction would have transparent recipients");
      }
      const amountZat = BigInt(amount.replace(".", ""));
      return memo === undefined ? { address, amountZat } : { address, amountZat, memoHex: memo };
    });
    const total = recipients.reduce((sum, { amountZat }) => sum + amountZat, 0n);
    const { ironwood, orchard, sapling } = this.funds;
    if (total > ironwood + orchard + sapling) throw new RpcError(-6, "Insufficient balance");
    return recipients;
  }

  #finish(operation: TwinOperation): void {
    if (operation.status !== "queued") return;
    const { outcome, recipients, parts } = operation;
    if (outcome === "refused") {
      operation.status = "failed";
      operation.error = { code: -6, message: "Failed to propose transaction: insufficient funds" };
      return;
    }
    const transactions = Array.from(
      { length: this.makesNothing ? 0 : parts },
      (_, at) => this.#make(at + 1 === parts ? recipients : []),
    );
    const sent = outcome === "success" || outcome === "commit-failed-sent";
    if (sent) { for (const { txid } of transactions) this.#chain.receive(txid); }
    if (outcome.startsWith("commit-failed")) {
      operation.status = "failed";
      operation.error = {
        code: -4,
        message: "SendTransaction: Transaction commit failed: timeout",
      };
      return;
    }
    operation.status = "success";
    const made = transactions.map(({ txid }) => txid);
    const txids = this.successNamed === undefined ? made : [this.successNamed];
    operation.result = {
      ...(txids.length === 1 ? { txid: txids[0] } : {}),
      txids,
      broadcast: outcome === "success",
    };
  }

  #make(recipients: readonly TwinRecipient[]): TwinTransaction {
    const transaction = payoutTransaction(recipients, {
      expiryHeight: this.#chain.height + this.expiryBlocks,
      feeZat: MARGINAL_FEE * BigInt(recipients.length + 1),
      serial: ++this.#serial,
    });
    this.#transactions.push(transaction);
    this.#chain.known.set(transaction.txid, transaction);
    return transaction;
  }

  #operationStatus(id: string): unknown[] {
    const operation = this.#operations.get(id);
    if (operation === undefined) return [];
    const { result, error } = operation;
    const status = this.executesForEver ? "executing" : operation.status;
    return [{
      id,
      method: "z_sendmany",
      status,
      creation_time: 0,
      ...(result === undefined ? {} : { result }),
      ...(error === undefined ? {} : { error }),
    }];
  }

  #view(txid: string): unknown {
    const found = this.#transactions.find((transaction) => transaction.txid === txid);
    if (found === undefined) throw new RpcError(-5, "Invalid or non-wallet transaction id");
    const { expiryHeight, feeZat } = found;
    return { txid, expiryheight: expiryHeight, feeZat: Number(feeZat), outputs: [], ...this.lies };
  }

  #list([, , , offset, limit]: unknown[]): unknown[] {
    const from = offset as number;
    const length = Math.min(limit as number, this.pageRowsMax);
    const rows = this.#transactions.slice(from, from + length);
    const poison = this.poisonedRow;
    if (poison !== undefined && poison >= from && poison < from + (limit as number)) {
      throw new RpcError(-20, "memo is not valid UTF-8");
    }
    return rows.map(({ txid, expiryHeight, feeZat, recipients }) => ({
      account_uuid: TWIN_ACCOUNT,
      txid,
      expiry_height: expiryHeight,
      fee_paid: Number(feeZat),
      outputs: [
        ...recipients.map(({ address, amountZat, memoHex }) => ({
          to_address: address,
          value: Number(amountZat),
          is_change: false,
          ...(memoHex === undefined ? {} : { memo: this.memosTold ?? memoHex }),
        })),
        { to_address: TWIN_ADDRESS, value: 12_345, is_change: true },
      ].map((output) => ({ ...output, ...this.outputLies })),
      ...(this.listsOutputs ? {} : { outputs: undefined }),
    }));
  }

  #shield([from, to, , limit]: unknown[]): unknown {
    if (from !== TWIN_ACCOUNT || to !== TWIN_ADDRESS) throw new RpcError(-5, "not this account");
    if (this.coinbaseOutputs === 0) throw new RpcError(-4, "Could not find any coinbase funds");
    const count = Math.min(this.coinbaseOutputs, limit as number);
    const value = this.funds.coinbase * BigInt(count) / BigInt(this.coinbaseOutputs);
    this.coinbaseOutputs -= count;
    this.funds.coinbase -= value;
    this.funds.sapling += value;
    const id = `opid-${(++this.#serial).toString().padStart(8, "0")}`;
    const operation: TwinOperation = {
      ...{ id, recipients: [], outcome: "success", parts: 1, status: "queued" },
    };
    this.#operations.set(id, operation);
    if (this.finishesAtOnce) this.#finish(operation);
    return {
      opid: id,
      shieldingUTXOs: count,
      shieldingValue: Number(value) / 1e8,
      remainingUTXOs: this.coinbaseOutputs,
      remainingValue: Number(this.funds.coinbase) / 1e8,
    };
  }

  #pcztCreate([from, amounts, , policy]: unknown[]): string {
    if (from !== TWIN_ACCOUNT) throw new RpcError(-5, "not this account");
    const recipients = this.#readRecipients(amounts, policy);
    const written = recipients.map(({ address, amountZat, memoHex }) => ({
      address,
      amount: amountZat.toString(),
      memo: memoHex,
    }));
    return btoa(JSON.stringify(written));
  }

  #pcztExtract(pczt: string): unknown {
    const written = JSON.parse(atob(pczt)) as { address: string; amount: string; memo?: string }[];
    const recipients = written.map(({ address, amount, memo }): TwinRecipient => {
      const amountZat = BigInt(amount) + (this.cheats ? 1n : 0n);
      return memo === undefined ? { address, amountZat } : { address, amountZat, memoHex: memo };
    });
    const { hex, txid } = this.#make(recipients);
    return { hex, txid, stored: true };
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body);
}

function breakOff(
  request: IncomingMessage,
  response: ServerResponse,
  id: unknown,
  { how }: TwinFault,
): void {
  switch (how) {
    case "reset":
      request.socket.destroy();
      return;
    case "http500":
      return answer(response, 500, "<html>proxy</html>");
    case "http401":
      return answer(response, 401, "");
    case "garbage":
      return answer(response, 200, '{"jsonrpc":"2.0","result":');
    default:
      answer(response, 200, JSON.stringify({ jsonrpc: "2.0", id, error: how }));
  }
}

import { reasonOf } from "../base/mod.ts";
import { type Config, formatSocketAddress } from "../service/config/mod.ts";
import { CommandError } from "./errors.ts";
import { ExitCode } from "./exit_codes.ts";

/**
 * Whether the pool of a configuration runs here already; `unknown` where it cannot be asked: without
 * metrics, or without the permission.
 */
export type OwnPool = "runs" | "not" | "unknown";

/** It is on this machine and answers from memory. */
const ANSWER_LIMIT_MS = 3_000;
/** The status has a few KB; what has more is something else. */
const ANSWER_LENGTH_MAX = 1024 * 1024;

/** Asks for the status and compares what it serves with what the configuration says. */
export async function askOwnPool({ metrics, server, payout }: Config): Promise<OwnPool> {
  const host = formatSocketAddress(metrics.listenAddr);
  if (!metrics.enabled || metrics.listenAddr.port === 0) return "unknown";
  if (Deno.permissions.querySync({ name: "net", host }).state !== "granted") return "unknown";
  const status = await fetchStatus(`http://${host}/status`);
  const isOwn = status?.listen_addr === formatSocketAddress(server.listenAddr) &&
    status.pool_address === payout.poolAddress;
  return isOwn ? "runs" : "not";
}

/** Ten thousand miners have some 3 MB. */
const MINERS_LENGTH_MAX = 64 * 1024 * 1024;

/** A miner that is connected, as the pool that runs here reports it. */
export type ConnectedRow = Readonly<Record<string, string | number | null>>;

/**
 * Asks the pool that runs here who is connected.
 *
 * @throws {CommandError} when metrics are off, or no pool answers there.
 */
export async function askConnectedMiners({ metrics }: Config): Promise<readonly ConnectedRow[]> {
  if (!metrics.enabled) {
    throw new CommandError(
      ExitCode.failed,
      "Cannot ask the running pool: metrics.enabled is false",
    );
  }
  const url = `http://${formatSocketAddress(metrics.listenAddr)}/miners`;
  try {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const response = await fetch(url, { signal, redirect: "error" });
    const rows: unknown = JSON.parse(await boundedText(response, MINERS_LENGTH_MAX));
    if (!Array.isArray(rows)) throw new TypeError("the answer is no list");
    return rows;
  } catch (error) {
    throw new CommandError(
      ExitCode.failed,
      `No running pool answers at ${url}: ${
        reasonOf(error)
      }. Start it, or check metrics.listen_addr`,
    );
  }
}

/** Undefined for everything that is no status of a pool. */
async function fetchStatus(url: string): Promise<Record<string, unknown> | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const response = await fetch(url, { signal, redirect: "error" });
    const value: unknown = JSON.parse(await boundedText(response, ANSWER_LENGTH_MAX));
    return typeof value === "object" && value !== null
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

async function boundedText({ body }: Response, lengthMax: number): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > lengthMax) throw new RangeError("it is too long");
  }
  return text;
}
